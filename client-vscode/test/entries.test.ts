import { beforeEach, describe, expect, test } from "vitest";
import type { CancellationToken, CodeAction, Command } from "vscode";
import { Entries, type Registry } from "../src/entries";

const TOKEN = {} as CancellationToken;
const KEEP: Command = { title: "Keep", command: "counterpoint.outcome", arguments: [{ choice: "kept" }] };
const FIXED: Command = { title: "Fix", command: "counterpoint.outcome", arguments: [{ choice: "fixed" }] };

/** The commands of an editor, and what was run of those that the server knows. */
class Editor implements Registry {
  readonly registered = new Map<string, () => unknown>();
  readonly ran: unknown[][] = [];

  register(name: string, run: () => unknown) {
    this.registered.set(name, run);
    return { dispose: () => void this.registered.delete(name) };
  }

  execute(name: string, ...args: unknown[]): unknown {
    return this.ran.push([name, ...args]);
  }

  /** As VS Code runs what was chosen after its list was forgotten: arguments are gone with the list. */
  run(command: Command | undefined): unknown {
    const known = this.registered.get(command?.command ?? "");
    if (known === undefined) {
      throw new Error("Actual command not found");
    }
    return known();
  }
}

class WithData {
  constructor(
    readonly title: string,
    readonly data: unknown,
    public command: Command | undefined,
  ) {}
}

const entry = (command: Command): CodeAction => ({ title: command.title, command });
const withData = (command?: Command) => new WithData("Fix", { fix: 1 }, command) as CodeAction;
const fix = () => withData(FIXED);
const asked: CodeAction[] = [];
const silent = () => {
  throw new Error("the server was asked");
};

let editor: Editor;
let entries: Entries;

beforeEach(() => {
  editor = new Editor();
  entries = new Entries(editor);
  asked.length = 0;
});

describe("an entry that is a command", () => {
  test("stands in the list as the server sent it", () => {
    const [item] = entries.offered([entry(KEEP)]);
    expect(item?.command).toEqual(KEEP);
    expect(editor.registered.size).toBe(0);
  });

  test("runs after its list was forgotten, and nobody was asked about it", async () => {
    const item = entry(KEEP);
    entries.offered([item]);
    const chosen = await entries.resolve(item, TOKEN, silent);
    expect(chosen?.command?.arguments).toBeUndefined();
    editor.run(chosen?.command);
    expect(editor.ran).toEqual([[KEEP.command, { choice: "kept" }]]);
    expect(editor.registered.size).toBe(0);
    expect(item.command).toEqual(KEEP);
  });

  test("that is chosen twice runs twice", async () => {
    const item = entry(KEEP);
    for (const _ of [1, 2]) {
      editor.run((await entries.resolve(item, TOKEN, silent))?.command);
    }
    expect(editor.ran.length).toBe(2);
  });

  test("a bare command is left as it is", () => {
    expect(entries.offered([KEEP])).toEqual([KEEP]);
  });
});

describe("an entry whose edit the server is asked for", () => {
  const answer = (found: Partial<CodeAction>) => (item: CodeAction) => {
    asked.push(item);
    return { ...item, ...found } as CodeAction;
  };

  test("runs its command though its list was forgotten before the server answered", async () => {
    const item = fix();
    const [offered] = entries.offered([item]);
    const shown = { ...(offered?.command as Command) };
    expect(shown.arguments).toBeUndefined();
    await entries.resolve(item, TOKEN, answer({ edit: {} as never }));
    editor.run(shown);
    expect(editor.ran).toEqual([[FIXED.command, { choice: "fixed" }]]);
  });

  test("has one too where the command comes with the edit, or not at all", async () => {
    for (const command of [FIXED, undefined]) {
      const item = withData();
      entries.offered([item]);
      await entries.resolve(item, TOKEN, answer(command === undefined ? {} : { command }));
      editor.run(item.command);
    }
    expect(editor.ran).toEqual([[FIXED.command, { choice: "fixed" }]]);
    expect(asked.map((one) => one.command)).toEqual([undefined, undefined]);
  });

  test("is asked about as the server sent it", async () => {
    const item = fix();
    entries.offered([item]);
    await entries.resolve(item, TOKEN, answer({}));
    expect(asked[0]).toBeInstanceOf(WithData);
    expect(asked[0]).toMatchObject({ data: { fix: 1 }, command: FIXED });
  });

  test("runs what the server puts in the place of its command", async () => {
    const item = fix();
    entries.offered([item]);
    const gone: Command = { title: "Fix", command: "counterpoint.applyFix", arguments: [1] };
    const chosen = await entries.resolve(item, TOKEN, answer({ command: gone }));
    editor.run(chosen?.command);
    expect(editor.ran).toEqual([["counterpoint.applyFix", 1]]);
  });

  test("that the server failed at tells so, and is not said to be done", async () => {
    const item = fix();
    entries.offered([item]);
    const failing = () => Promise.reject(new Error("no"));
    await expect(entries.resolve(item, TOKEN, failing)).rejects.toThrow("no");
    await expect(editor.run(item.command)).rejects.toThrow("no");
    expect(editor.ran).toEqual([]);
  });
});

test("an entry that is disabled stays as it is", () => {
  const [item] = entries.offered([{ ...fix(), disabled: { reason: "no key" } }]);
  expect(item?.command).toEqual(FIXED);
});

test("of entries that never ran only the last are kept, and none after the end", async () => {
  for (let number = 0; number < 100; number += 1) {
    await entries.resolve(entry(KEEP), TOKEN, silent);
  }
  expect(editor.registered.size).toBe(20);
  entries.dispose();
  expect(editor.registered.size).toBe(0);
});
