/** Says whether the server that answered is one this extension can work with. Pure. */

/** The oldest server this extension works with; the first two numbers must not be below. */
export const OLDEST_SERVER = "0.1.0";

/** A message for the user, or undefined if all is well. `reported` is `serverInfo` of `initialize`. */
export function versionProblem(
  reported: { readonly name: string; readonly version?: string | undefined } | undefined,
  oldest: string = OLDEST_SERVER,
): string | undefined {
  if (reported?.name !== "counterpoint") {
    const who = reported?.name ? `"${reported.name}"` : "a program that does not name itself";
    return `The server that answered is ${who}, not counterpoint. See the setting counterpoint.server.command.`;
  }
  const found = numbers(reported.version);
  const wanted = numbers(oldest);
  if (found === undefined || wanted === undefined || compare(found, wanted) >= 0) {
    return undefined;
  }
  return (
    `Counterpoint ${reported.version} is older than this extension needs (${oldest}). ` +
    "Update it with `pipx upgrade counterpoint` or `pip install --upgrade counterpoint`, then restart the server."
  );
}

function numbers(version: string | undefined): [number, number] | undefined {
  const match = /^(\d+)\.(\d+)/.exec(version ?? "");
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function compare(left: [number, number], right: [number, number]): number {
  return left[0] - right[0] || left[1] - right[1];
}
