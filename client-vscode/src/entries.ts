/**
 * Entries of the code-action menu whose commands outlive the menu.
 *
 * VS Code forgets the arguments of an entry's command as soon as a newer list takes the menu's place, and that
 * may happen between the choice and its execution: then it says "Actual command not found" and does nothing.
 * Of a command without arguments there is nothing to forget, so the entry that is chosen gets one of its own.
 */

import type { CancellationToken, CodeAction, Command, Disposable, ProviderResult } from "vscode";

export interface Registry {
  /** As `vscode.commands.registerCommand`. */
  register(name: string, run: () => unknown): Disposable;
  /** As `vscode.commands.executeCommand`. */
  execute(name: string, ...args: unknown[]): unknown;
}

type Next = (item: CodeAction, token: CancellationToken) => ProviderResult<CodeAction>;

/** Chosen entries whose commands may still be about to run. */
const MOST = 20;

export class Entries {
  private readonly commands = new WeakMap<CodeAction, Command | undefined>();
  private readonly waiting = new Map<string, Disposable>();
  private count = 0;

  constructor(private readonly registry: Registry) {}

  /**
   * A list on its way to the menu. An entry whose edit is yet to be asked for carries its lasting command from
   * the start: the list may be forgotten before the server has answered.
   */
  offered<T extends CodeAction | Command>(list: T[]): T[] {
    for (const item of list) {
      if (isAction(item) && item.disabled === undefined && dataOf(item) !== undefined) {
        this.commands.set(item, item.command);
        item.command = { title: item.title, command: this.name() };
      }
    }
    return list;
  }

  /** The entry that was chosen. The server is asked only about one whose edit it has yet to tell. */
  async resolve(
    item: CodeAction,
    token: CancellationToken,
    next: Next,
  ): Promise<CodeAction | null | undefined> {
    const shown = item.command;
    if (shown === undefined) {
      return await next(item, token);
    }
    if (!this.commands.has(item)) {
      return { ...item, command: this.lasting(shown, this.name()) };
    }
    const name = shown.command;
    const command = this.commands.get(item);
    try {
      const asked = Object.assign(Object.create(Object.getPrototypeOf(item)), item, { command });
      const found = await next(asked, token);
      // Where the fix has no place any more, the server has put another command there, which says so.
      return { ...(found ?? item), command: this.lasting(found?.command ?? command, name) };
    } catch (error) {
      this.register(name, () => Promise.reject(error));
      throw error;
    }
  }

  dispose(): void {
    for (const one of this.waiting.values()) {
      one.dispose();
    }
    this.waiting.clear();
  }

  /** A command of this name, without arguments, which does what another does with its own, or nothing. */
  private lasting(command: Command | undefined, name: string): Command {
    this.register(
      name,
      () => command && this.registry.execute(command.command, ...(command.arguments ?? [])),
    );
    return { title: command?.title ?? "", command: name };
  }

  /** Registered until it has run, or so many others were. */
  private register(name: string, run: () => unknown): void {
    this.forget(name);
    const once = () => {
      this.forget(name);
      return run();
    };
    this.waiting.set(name, this.registry.register(name, once));
    for (const oldest of [...this.waiting.keys()].slice(0, -MOST)) {
      this.forget(oldest);
    }
  }

  private forget(name: string): void {
    this.waiting.get(name)?.dispose();
    this.waiting.delete(name);
  }

  /** Names with an underscore in front are shown nowhere. */
  private name(): string {
    this.count += 1;
    return `_counterpoint.entry.${this.count}`;
  }
}

function isAction(item: CodeAction | Command): item is CodeAction {
  return typeof item.command !== "string";
}

/** What the language client keeps of an entry for the server, to ask about it. */
function dataOf(item: CodeAction): unknown {
  return (item as { data?: unknown }).data ?? undefined;
}
