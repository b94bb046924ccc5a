/**
 * Turns editor settings into what the server is told. Pure.
 *
 * The manifest is the only list of settings: those it declares machine-scoped are *protected* and travel in
 * `initializationOptions.user`; all others are *plain* and travel in answers to `workspace/configuration`.
 * Only values somebody set are sent, so that defaults of the manifest never outrank a config.toml.
 */

/** Settings of this extension's own, which the server does not know. */
const OWN = new Set(["counterpoint.server.command", "counterpoint.trace.server"]);
const SECTION = "counterpoint.";

/** The part of the manifest that is read here. */
export interface Manifest {
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly scope?: string }>> };
  };
}

/** What VS Code's `inspect` tells of a setting. A repository can write all but `globalValue`. */
export interface Inspected {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

/** Reads one setting by its full name. */
export type Inspect = (name: string) => Inspected | undefined;

export interface Names {
  readonly protected: readonly string[];
  readonly plain: readonly string[];
}

/** The server's settings that the manifest declares, by trust. */
export function settingNames(manifest: Manifest): Names {
  const all = Object.entries(manifest.contributes.configuration.properties).filter(
    ([name]) => !OWN.has(name),
  );
  return {
    protected: all.filter(([, item]) => item.scope === "machine").map(([name]) => name),
    plain: all.filter(([, item]) => item.scope !== "machine").map(([name]) => name),
  };
}

/** Protected settings as a tree, from the user's own settings alone. */
export function protectedSettings(names: Names, inspect: Inspect): Record<string, unknown> {
  return tree(names.protected, (name) => inspect(name)?.globalValue);
}

/** Plain settings as a tree, the nearest place first: folder, workspace, user. */
export function plainSettings(names: Names, inspect: Inspect): Record<string, unknown> {
  return tree(names.plain, (name) => {
    const found = inspect(name);
    return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
  });
}

function tree(names: readonly string[], read: (name: string) => unknown): Record<string, unknown> {
  const top: Record<string, unknown> = {};
  for (const name of names) {
    const value = read(name);
    if (value !== undefined) {
      put(top, name.slice(SECTION.length).split("."), value);
    }
  }
  return top;
}

function put(top: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key, ...rest] = keys;
  if (key === undefined) {
    return;
  }
  if (rest.length === 0) {
    top[key] = value;
    return;
  }
  const below = (top[key] ?? {}) as Record<string, unknown>;
  top[key] = below;
  put(below, rest, value);
}
