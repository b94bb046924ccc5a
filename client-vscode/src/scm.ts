/** The message for what is staged, put into the input box of VS Code's own git view. */

import * as vscode from "vscode";
import { commitMessage, messageIn } from "./requests";
import { tell } from "./saying";
import type { Session } from "./session";

/** The part of the git extension's API that is used. */
interface Git {
  getAPI(version: 1): { readonly repositories: readonly Repository[] };
}
interface Repository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
}

/** `control` is the source control the command was chosen at, undefined from the palette. */
export async function writeCommitMessage(session: Session, control: unknown): Promise<void> {
  const repository = await repositoryOf(control);
  if (repository === undefined) {
    tell("There is no git repository here.");
    return;
  }
  const before = repository.inputBox.value;
  const message = messageIn(await session.run(commitMessage(repository.rootUri.toString())));
  if (message === undefined) {
    return;
  }
  // What the user has typed meanwhile is theirs.
  if (repository.inputBox.value !== before) {
    tell(message);
    return;
  }
  repository.inputBox.value = message;
  await vscode.commands.executeCommand("workbench.view.scm");
}

async function repositoryOf(control: unknown): Promise<Repository | undefined> {
  const extension = vscode.extensions.getExtension<Git>("vscode.git");
  const repositories = (await extension?.activate())?.getAPI(1).repositories ?? [];
  const wanted = rootOf(control) ?? vscode.window.activeTextEditor?.document.uri;
  const inside = repositories.filter(({ rootUri }) => wanted?.fsPath.startsWith(rootUri.fsPath) === true);
  return inside.sort((a, b) => b.rootUri.fsPath.length - a.rootUri.fsPath.length)[0] ?? repositories[0];
}

function rootOf(control: unknown): vscode.Uri | undefined {
  const { rootUri } = (control ?? {}) as { rootUri?: vscode.Uri };
  return rootUri;
}
