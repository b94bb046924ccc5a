/** Puts the parts together when the editor has started, and takes them down with it. */

import * as vscode from "vscode";
import { offerProfile } from "./choosing";
import { commands } from "./commands";
import { isOurs } from "./keys";
import { Session } from "./session";
import { settingNames } from "./settings";
import { StatusBar } from "./statusBar";

let running: Session | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Counterpoint", { log: true });
  const bar = new StatusBar();
  const manifest = context.extension.packageJSON;
  const names = settingNames(manifest);
  const session = new Session(context.secrets, log, bar, names);
  running = session;
  const own = commands({ session, secrets: context.secrets, bar, log, manifest });
  context.subscriptions.push(
    log,
    bar,
    ...Object.entries(own).map(([name, act]) => vscode.commands.registerCommand(name, act)),
    context.secrets.onDidChange((change) => (isOurs(change.key) ? session.sendKeys() : undefined)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      const needing = [...names.protected, "counterpoint.server.command"];
      return needing.some((name) => change.affectsConfiguration(name)) ? offerRestart(session) : undefined;
    }),
  );
  void session.restart().then(() => offerProfile(context.globalState, manifest));
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}

async function offerRestart(session: Session): Promise<void> {
  const message = "This Counterpoint setting counts from the server's next start.";
  if ((await vscode.window.showInformationMessage(message, "Restart")) === "Restart") {
    await session.restart();
  }
}
