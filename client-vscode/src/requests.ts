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

export type Scope = "symbol" | "file";

/** A command for `workspace/executeCommand`. */
export interface Request {
  readonly command: string;
  readonly argument: Readonly<Record<string, unknown>>;
}

/** Review a file, or the selected part of it. The server asks before it spends, since no price was shown. */
export function review(scope: Scope, place: Place): Request {
  const where = scope === "symbol" ? { uri: place.uri, range: place.range } : { uri: place.uri };
  return { command: "counterpoint.review", argument: { ...where, scope, confirm: true } };
}

export function edit(place: Place, instruction: string): Request {
  return { command: "counterpoint.edit", argument: { ...place, instruction } };
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

/** What to ask for an edit. The server takes the comments for the instruction where there is no other. */
export const EDIT_QUESTION = "What should be changed? Leave empty to follow the comments in the selection.";

/** Commands that want an instruction; the server cannot ask for one, an editor can. */
const ASKS: Readonly<Record<string, string>> = { "counterpoint.edit": EDIT_QUESTION };

/** The question to ask the user before this command is sent, or undefined if its argument is complete. */
export function missingInstruction(command: string, args: readonly unknown[]): string | undefined {
  const question = ASKS[command];
  const instruction = asRecord(args[0])?.instruction;
  return question !== undefined && !instruction ? question : undefined;
}

/** The command's arguments with the instruction filled in. */
export function withInstruction(args: readonly unknown[], instruction: string): unknown[] {
  return [{ ...asRecord(args[0]), instruction }, ...args.slice(1)];
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
