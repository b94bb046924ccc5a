/**
 * Where we step in between editor and server: settings that are pulled, commands that lack something, entries
 * of the menu.
 */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { Entries } from "./entries";
import {
  type Choice,
  type InputParams,
  type InputResult,
  type Listed,
  missing,
  titleParts,
  unchosen,
  withText,
} from "./requests";

export interface Hooks {
  /** Plain settings in force for a file. */
  plain(scope: vscode.Uri | undefined): unknown;
  /** Send a command and show its failure. */
  execute(command: string, args: unknown[]): Promise<unknown>;
}

export function middleware(hooks: Hooks, entries: Entries): Middleware {
  return {
    provideCodeActions: async (document, range, context, token, next) => {
      const list = await next(document, range, context, token);
      return list ? entries.offered(list) : list;
    },
    resolveCodeAction: (item, token, next) => entries.resolve(item, token, next),
    workspace: {
      configuration: (params) =>
        params.items.map((item) =>
          item.section === "counterpoint"
            ? hooks.plain(item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri))
            : null,
        ),
    },
    executeCommand: async (command, args) => {
      const choice = unchosen(command, args);
      if (choice !== undefined) {
        return await choose(choice, hooks.execute);
      }
      const lacking = missing(command, args);
      if (lacking === undefined) {
        return await hooks.execute(command, args);
      }
      const text = await askText(lacking.question);
      return text === undefined || (text === "" && !lacking.optional)
        ? undefined
        : await hooks.execute(command, withText(args, lacking.name, text));
    },
  };
}

/** Lists all there is to choose from at a place, with its price, and runs what is chosen. */
export async function choose(choice: Choice, execute: Hooks["execute"]): Promise<unknown> {
  const { command, argument } = choice.list;
  const found = (await execute(command, [argument])) as Record<Choice["listed"], Listed[]> | undefined;
  if (found === undefined) {
    return undefined;
  }
  const items = found[choice.listed].map((one) => ({
    ...titleParts(one),
    command: one.command ?? choice.command,
    argument: one.argument,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title: choice.title, matchOnDescription: true });
  return chosen === undefined ? undefined : await execute(chosen.command, [chosen.argument]);
}

/** The server's own question for a line of text. */
export async function askedFor({ title, value, placeholder }: InputParams): Promise<InputResult> {
  const text = await vscode.window.showInputBox({
    title,
    value: value ?? "",
    placeHolder: placeholder ?? "",
    ignoreFocusOut: true,
  });
  return { text: text ?? null };
}

/** One line from the user, perhaps empty; undefined when the user went away. */
export async function askText(question: string): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: "Counterpoint",
    prompt: question,
    ignoreFocusOut: true,
  });
  return text?.trim();
}
