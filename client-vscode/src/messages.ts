/** Which messages need a button to be shown whole. Pure. */

/** What surely fits into the one line that VS Code gives a message without a button. */
const ONE_LINE = 48;

export const CLOSE = "OK";

/** The buttons of a message that has nothing to choose: one where it is longer than a line, else none. */
export function buttons(message: string): string[] {
  return message.length > ONE_LINE || message.includes("\n") ? [CLOSE] : [];
}
