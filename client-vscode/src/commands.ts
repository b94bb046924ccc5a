/** The extension's own commands; each is a question to the server or a change of the secret store. */

import * as vscode from "vscode";
import { chooseProfile } from "./choosing";
import { type Costs, costsView } from "./costs";
import {
  inForceMessage,
  keyProblem,
  secretName,
  storedVendors,
  storeKey,
  VENDORS,
  type Vendor,
} from "./keys";
import { menuEntries, PAUSES } from "./menu";
import { askText, choose } from "./middleware";
import type { Manifest } from "./profile";
import {
  ask,
  cancelAll,
  choiceOfReviews,
  costs,
  edit,
  explain,
  type Place,
  pair,
  pause,
  type Request,
  refactor,
  review,
  showContext,
} from "./requests";
import { tell } from "./saying";
import { writeCommitMessage } from "./scm";
import type { Session } from "./session";
import type { StatusBar } from "./statusBar";

export interface Parts {
  readonly session: Session;
  readonly secrets: vscode.SecretStorage;
  readonly bar: StatusBar;
  readonly log: vscode.LogOutputChannel;
  readonly manifest: Manifest;
}

/** Every command the manifest declares, by name. */
export function commands(parts: Parts): Record<string, (argument?: unknown) => unknown> {
  const { session } = parts;
  const run = (request: Request) => session.run(request);
  return {
    "counterpoint.reviewFile": () => atCursor((place) => run(review("file", place))),
    "counterpoint.reviewSelection": () => atCursor((place) => run(review("symbol", place))),
    "counterpoint.reviewChanges": () => run(review("changes", cursor())),
    "counterpoint.reviewStaged": () => run(review("staged", cursor())),
    "counterpoint.reviewBranch": () => run(review("branch", cursor())),
    "counterpoint.reviewCommit": () => reviewCommit(parts),
    "counterpoint.reviewWorkspace": () => run(review("workspace", cursor())),
    "counterpoint.reviewWritten": () => run(review("machine", cursor())),
    "counterpoint.moreReviews": () =>
      atCursor((place) =>
        choose(choiceOfReviews({ uri: place.uri, range: place.range }), (command, args) =>
          session.execute(command, args),
        ),
      ),
    "counterpoint.editSelection": () => atCursor((place) => run(edit(place))),
    "counterpoint.refactorSelection": () => atCursor((place) => run(refactor(place))),
    "counterpoint.askQuestion": () => askQuestion(parts),
    "counterpoint.pairAboutFile": () => atCursor((place) => run(pair(place))),
    "counterpoint.writeCommitMessage": (control?: unknown) => writeCommitMessage(session, control),
    "counterpoint.previewContext": () => atCursor((place) => run(showContext(place))),
    "counterpoint.explainCompletion": () => atCursor((place) => run(explain(place))),
    "counterpoint.showCosts": () => showCosts(parts),
    "counterpoint.cancelAll": () => run(cancelAll),
    "counterpoint.pauseCompletions": () => choosePause(parts),
    "counterpoint.resumeCompletions": () => run(pause(null)),
    "counterpoint.restart": () => session.restart(),
    "counterpoint.showLog": () => parts.log.show(),
    "counterpoint.openSettings": () =>
      vscode.commands.executeCommand("workbench.action.openSettings", "@ext:counterpoint.counterpoint"),
    "counterpoint.chooseProfile": () => chooseProfile(parts.manifest),
    "counterpoint.menu": () => openMenu(parts),
    "counterpoint.setOpenAIKey": () => setKey(parts, "openai"),
    "counterpoint.setAnthropicKey": () => setKey(parts, "anthropic"),
    "counterpoint.setGoogleKey": () => setKey(parts, "google"),
    "counterpoint.removeKey": () => removeKey(parts),
  };
}

async function atCursor(act: (place: Place) => Promise<unknown>): Promise<void> {
  const place = cursor();
  if (place === undefined) {
    void vscode.window.showInformationMessage("Open a file first.");
    return;
  }
  await act(place);
}

/** Where the user is; undefined where no file is open. */
function cursor(): Place | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return undefined;
  }
  const { document, selection } = editor;
  return {
    uri: document.uri.toString(),
    version: document.version,
    range: { start: position(selection.start), end: position(selection.end) },
  };
}

async function reviewCommit({ session }: Parts): Promise<void> {
  const ref = await askText("Which commit? A branch, a tag or an id; empty for the last one.");
  if (ref !== undefined) {
    await session.run(review("commit", cursor(), ref === "" ? "HEAD" : ref));
  }
}

function position({ line, character }: vscode.Position) {
  return { line, character };
}

async function askQuestion({ session }: Parts): Promise<void> {
  const question = await askText("What would you like to know about this workspace?");
  if (question) {
    await session.run(ask(question, cursor()));
  }
}

async function showCosts({ session }: Parts): Promise<void> {
  const result = await session.run(costs);
  if (result !== undefined) {
    const { title, detail } = costsView(result as Costs);
    await vscode.window.showInformationMessage(title, { modal: true, detail });
  }
}

async function choosePause({ session }: Parts): Promise<void> {
  const choice = await vscode.window.showQuickPick(PAUSES, { title: "Pause completions for" });
  if (choice !== undefined) {
    await session.run(pause(choice.minutes));
  }
}

async function openMenu({ bar }: Parts): Promise<void> {
  const choice = await vscode.window.showQuickPick(menuEntries(bar.state), { title: "Counterpoint" });
  if (choice !== undefined) {
    await vscode.commands.executeCommand(choice.command);
  }
}

async function setKey({ session, secrets }: Parts, vendor: Vendor): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: `${VENDORS[vendor]} API key`,
    prompt: "Kept in this editor's secret store and handed to the server on this machine only.",
    password: true,
    ignoreFocusOut: true,
    validateInput: keyProblem,
  });
  if (text !== undefined) {
    await storeKey(secrets, vendor, text);
    tell(inForceMessage(vendor, "stored", await session.sendKeys()));
  }
}

async function removeKey({ session, secrets }: Parts): Promise<void> {
  const stored = await storedVendors(secrets);
  if (stored.length === 0) {
    tell("No key is kept in this editor's secret store.");
    return;
  }
  const entries = stored.map((vendor) => ({ label: VENDORS[vendor], vendor }));
  const choice = await vscode.window.showQuickPick(entries, { title: "Remove the key of" });
  if (choice !== undefined) {
    await secrets.delete(secretName(choice.vendor));
    tell(inForceMessage(choice.vendor, "removed", await session.sendKeys()));
  }
}
