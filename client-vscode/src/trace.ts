/** Keeps keys out of the protocol trace, which users switch on and paste into reports. */

/** The text as it may be logged. */
export function withoutKeys(text: string): string {
  return text.includes("counterpoint/keys") ? "counterpoint/keys (its contents are not logged)" : text;
}

/** A channel like the one given, whose trace lines are masked. */
export function masked<Channel extends { trace(message: string, ...rest: unknown[]): void }>(
  channel: Channel,
): Channel {
  const trace = (message: string) => channel.trace(withoutKeys(message));
  return Object.create(channel, { trace: { value: trace } }) as Channel;
}
