/** Where we step in between editor and server: settings that are pulled, commands that lack an instruction. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { missingInstruction, withInstruction } from "./requests";

export interface Hooks {
  /** Plain settings in force for a file. */
  plain(scope: vscode.Uri | undefined): unknown;
  /** Send a command and show its failure. */
  execute(command: string, args: unknown[]): Promise<unknown>;
}

export function middleware(hooks: Hooks): Middleware {
  return {
    workspace: {
      configuration: (params) =>
        params.items.map((item) =>
          item.section === "counterpoint"
            ? hooks.plain(item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri))
            : null,
        ),
    },
    executeCommand: async (command, args) => {
      const question = missingInstruction(command, args);
      if (question === undefined) {
        return await hooks.execute(command, args);
      }
      const instruction = await askInstruction(question);
      return instruction === undefined
        ? undefined
        : await hooks.execute(command, withInstruction(args, instruction));
    },
  };
}

/** One line from the user, perhaps empty; undefined when the user went away. */
export async function askInstruction(question: string): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: "Counterpoint",
    prompt: question,
    ignoreFocusOut: true,
  });
  return text?.trim();
}
