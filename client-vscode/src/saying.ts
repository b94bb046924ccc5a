/** Messages that are shown whole. VS Code cuts those without a button to one line. */

import * as vscode from "vscode";
import { MessageType, type ShowMessageParams } from "vscode-languageclient/node";
import { buttons } from "./messages";

/** Shows what the server, or we, have to say, beside the work. */
export function say({ type, message }: ShowMessageParams): void {
  const show =
    type === MessageType.Error
      ? vscode.window.showErrorMessage
      : type === MessageType.Warning
        ? vscode.window.showWarningMessage
        : vscode.window.showInformationMessage;
  void show(message, ...buttons(message));
}

/** The same for what is good to know and no more. */
export function tell(message: string): void {
  say({ type: MessageType.Info, message });
}
