/** The server's commands and their one argument each, and how their failures read. Pure. */

/** A place in a document, in the protocol's terms (0-based, UTF-16). */
export interface Place {
  readonly uri: string;
  readonly version: number;
  readonly range: { readonly start: Position; readonly end: Position };
}
export interface Position {
  readonly line: number;
  readonly character: number;
}

export type Scope = "symbol" | "file" | "changes" | "staged" | "branch" | "commit" | "workspace" | "machine";

/** A command for `workspace/executeCommand`. */
export interface Request {
  readonly command: string;
  readonly argument: Readonly<Record<string, unknown>>;
}

/**
 * Review a file, the selected part of it, or what git tells. The server asks before it spends, since no price
 * was shown. Without a place it is about the first folder; `ref` is a commit or a branch.
 */
export function review(scope: Scope, place?: Place, ref?: string): Request {
  const argument: Record<string, unknown> = { scope, confirm: true };
  if (place !== undefined) {
    argument.uri = place.uri;
  }
  if (place !== undefined && scope === "symbol") {
    argument.range = place.range;
  }
  if (ref !== undefined) {
    argument.ref = ref;
  }
  return { command: "counterpoint.review", argument };
}

/** Ask for every review there is at a place, with its price. Costs nothing. */
export function reviewsAt(argument: Readonly<Record<string, unknown>>): Request {
  return { command: "counterpoint.reviews", argument: { uri: argument.uri, range: argument.range } };
}

/** One review or task as the server lists it, with the command that runs it where they differ. */
export interface Listed {
  readonly title: string;
  readonly command?: string;
  readonly argument: Readonly<Record<string, unknown>>;
}

/** What is to be chosen from: where the list comes from, and the command that runs one of it. */
export interface Choice {
  readonly title: string;
  readonly list: Request;
  readonly listed: "reviews" | "tasks";
  readonly command: string;
}

/** Every review there is at a place. */
export function choiceOfReviews(argument: Readonly<Record<string, unknown>>): Choice {
  return {
    title: "Counterpoint: which review?",
    list: reviewsAt(argument),
    listed: "reviews",
    command: "counterpoint.review",
  };
}

/** Every task there is at a place, the repository's own among them. */
export function choiceOfTasks(argument: Readonly<Record<string, unknown>>): Choice {
  return {
    title: "Counterpoint: which edit?",
    list: { command: "counterpoint.tasks", argument: { uri: argument.uri, range: argument.range } },
    listed: "tasks",
    command: "counterpoint.task",
  };
}

/** The title without its last brackets, and what stands in them: model, price and time. */
export function titleParts({ title }: Listed): { readonly label: string; readonly description: string } {
  const found = /^(.*) \(([^()]*)\)$/.exec(title);
  return { label: found?.[1] ?? title, description: found?.[2] ?? "" };
}

/** Edit, or refactor, what is selected. The server asks for the instruction. */
export function edit(place: Place): Request {
  return { command: "counterpoint.edit", argument: { ...place } };
}

export function refactor(place: Place): Request {
  return { command: "counterpoint.refactor", argument: { ...place } };
}

/** Ask about the workspace, or about what is selected in it. */
export function ask(question: string, place?: Place): Request {
  const argument: Record<string, unknown> = { question };
  if (place !== undefined) {
    argument.uri = place.uri;
    argument.range = place.range;
  }
  return { command: "counterpoint.ask", argument };
}

/** Begin a conversation about a file: a document opens, in which the user writes. */
export function pair(place: Place): Request {
  return { command: "counterpoint.pair", argument: { uri: place.uri, range: place.range } };
}

/** Write the message for what is staged in a folder's repository. */
export function commitMessage(uri: string): Request {
  return { command: "counterpoint.task", argument: { task: "commit", uri } };
}

/** The text in the answer to `commitMessage`. */
export function messageIn(result: unknown): string | undefined {
  const { text, markdown } = asRecord(result) ?? {};
  const found = typeof text === "string" ? text : markdown;
  return typeof found === "string" && found.trim() !== "" ? found.trim() : undefined;
}

/** What the server asks to have typed, and the answer: null where the user went away. */
export interface InputParams {
  readonly title: string;
  readonly value?: string;
  readonly placeholder?: string;
}
export interface InputResult {
  readonly text: string | null;
}

/** Show, as a page, exactly what would be sent for a completion here. Nothing is sent. */
export function showContext(place: Place): Request {
  return {
    command: "counterpoint.showContext",
    argument: { uri: place.uri, position: place.range.start, show: true },
  };
}

/** Show, as a page, why there was this completion here, or none. */
export function explain(place: Place): Request {
  return {
    command: "counterpoint.why",
    argument: { uri: place.uri, position: place.range.start, show: true },
  };
}

/** Minutes to pause completions for, 0 for no end; null resumes. */
export function pause(minutes: number | null): Request {
  return { command: "counterpoint.pause", argument: { minutes } };
}

export const costs: Request = { command: "counterpoint.costs", argument: {} };
export const cancelAll: Request = { command: "counterpoint.cancel", argument: {} };

/** What an editor asks the user for because the server cannot: a text that the argument lacks. */
export interface Missing {
  readonly name: "reason";
  readonly question: string;
  /** Whether an empty text will do. */
  readonly optional: boolean;
}

const ASKS: Readonly<Record<string, (argument: Readonly<Record<string, unknown>>) => Missing>> = {
  "counterpoint.dismiss": (argument) => ({
    name: "reason",
    question:
      argument.for === "team"
        ? "Why is this dismissed for the team? It is written to .counterpoint/baseline.jsonl with your name."
        : "Why is this dismissed?",
    optional: false,
  }),
};

/** What to ask the user for before this command is sent, or undefined if its argument is complete. */
export function missing(command: string, args: readonly unknown[]): Missing | undefined {
  const argument = asRecord(args[0]) ?? {};
  const found = ASKS[command]?.(argument);
  return found !== undefined && !argument[found.name] && !argument.undo ? found : undefined;
}

/** The command's arguments with a text filled in. */
export function withText(args: readonly unknown[], name: string, text: string): unknown[] {
  return [{ ...asRecord(args[0]), [name]: text }, ...args.slice(1)];
}

/** The choice to be made before a command can run, undefined for one that says what it wants. */
export function unchosen(command: string, args: readonly unknown[]): Choice | undefined {
  const argument = asRecord(args[0]);
  if (argument?.choose !== true) {
    return undefined;
  }
  if (command === "counterpoint.review") {
    return choiceOfReviews(argument);
  }
  return command === "counterpoint.task" ? choiceOfTasks(argument) : undefined;
}

/** LSP's RequestCancelled and ServerCancelled: the user knows. */
const SILENT = new Set([-32800, -32802]);

/** A failure as one sentence or two, with what to do next; undefined if nothing need be said. */
export function failure(error: unknown): string | undefined {
  const { code, message, data } = asRecord(error) ?? {};
  if (typeof code === "number" && SILENT.has(code)) {
    return undefined;
  }
  const text = typeof message === "string" && message !== "" ? message : String(error);
  const fix = asRecord(data)?.fix;
  return typeof fix === "string" && !text.includes(fix) ? `${text} ${fix}` : text;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
