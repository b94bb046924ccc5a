/** Asks which profile fits, once and beside the work, and writes it into the user's own settings. */

import * as vscode from "vscode";
import { ASKED, CHOOSE, isAskedFor, type Manifest, profiles, QUESTION, SETTING } from "./profile";

/** Lists the profiles; what is chosen goes into the user's settings, never into a workspace's. */
export async function chooseProfile(manifest: Manifest): Promise<void> {
  const settings = vscode.workspace.getConfiguration();
  const now = settings.inspect<string>(SETTING)?.globalValue ?? "";
  const items = profiles(manifest).map(({ name, about }) => ({
    label: name,
    description: name === now ? "in force" : "",
    detail: about,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: "How do you work?" });
  if (chosen !== undefined) {
    await settings.update(SETTING, chosen.label, vscode.ConfigurationTarget.Global);
  }
}

/** Offer the choice to who was never asked and has made none. Whatever comes of it, this is the only time. */
export async function offerProfile(memory: vscode.Memento, manifest: Manifest): Promise<void> {
  const setting = vscode.workspace.getConfiguration().inspect<string>(SETTING);
  if (!isAskedFor(setting, memory.get(ASKED, false))) {
    return;
  }
  await memory.update(ASKED, true);
  if ((await vscode.window.showInformationMessage(QUESTION, CHOOSE)) === CHOOSE) {
    await chooseProfile(manifest);
  }
}
