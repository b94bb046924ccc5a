/**
 * Finds the `counterpoint` command. Pure: what the machine holds comes in through `Machine`.
 *
 * A command is never taken out of a workspace that the user has not trusted: the setting is
 * machine-scoped, and entries of PATH that are relative or lie inside such a workspace are passed over.
 */

import * as path from "node:path";

/** What the search may see of the machine. `isExecutable` must be false for folders. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  isExecutable(file: string): boolean;
}

/** The open folders, and whether the user trusts them. */
export interface Workspace {
  readonly folders: readonly string[];
  readonly trusted: boolean;
}

export type Discovery =
  | {
      readonly kind: "found";
      readonly command: string;
      readonly args: readonly string[];
      readonly from: Origin;
    }
  | { readonly kind: "missing"; readonly message: string };

export type Origin = "setting" | "PATH" | "known place";

/** The server's command line, or a message that says what to do. `setting` is `counterpoint.server.command`. */
export function findServer(setting: readonly string[], machine: Machine, workspace: Workspace): Discovery {
  if (setting.length > 0) {
    return fromSetting(setting, machine, workspace);
  }
  for (const folder of pathFolders(machine, workspace)) {
    const file = executableIn(folder, machine);
    if (file !== undefined) {
      return { kind: "found", command: file, args: ["serve"], from: "PATH" };
    }
  }
  for (const folder of knownPlaces(machine)) {
    const file = executableIn(folder, machine);
    if (file !== undefined) {
      return { kind: "found", command: file, args: ["serve"], from: "known place" };
    }
  }
  return {
    kind: "missing",
    message:
      "The counterpoint command was not found. Install it with `pipx install counterpoint` " +
      "(or `uv tool install counterpoint`), or name it in the setting counterpoint.server.command.",
  };
}

function fromSetting(setting: readonly string[], machine: Machine, workspace: Workspace): Discovery {
  const [first = "", ...args] = setting;
  const paths = flavour(machine);
  const command = first.startsWith("~/") ? paths.join(machine.home, first.slice(2)) : first;
  const named = { kind: "found", args: args.length > 0 ? args : ["serve"], from: "setting" } as const;
  if (paths.isAbsolute(command)) {
    if (machine.isExecutable(command)) {
      return { ...named, command };
    }
    return {
      kind: "missing",
      message: `The setting counterpoint.server.command names ${command}, which cannot be run. Correct or remove it.`,
    };
  }
  for (const folder of command.includes("/") || command.includes("\\")
    ? []
    : pathFolders(machine, workspace)) {
    const file = executableIn(folder, machine, command);
    if (file !== undefined) {
      return { ...named, command: file };
    }
  }
  return {
    kind: "missing",
    message:
      `The setting counterpoint.server.command names ${command || "nothing"}, which is not on PATH. ` +
      "Give an absolute path.",
  };
}

function pathFolders(machine: Machine, workspace: Workspace): string[] {
  const paths = flavour(machine);
  const value = machine.env.PATH ?? machine.env.Path ?? "";
  const entries = value.split(paths.delimiter).filter((entry) => paths.isAbsolute(entry));
  return workspace.trusted
    ? entries
    : entries.filter((entry) => !workspace.folders.some((folder) => isInside(entry, folder, machine)));
}

function isInside(entry: string, folder: string, machine: Machine): boolean {
  const paths = flavour(machine);
  const relative = paths.relative(folder, entry);
  return !relative.startsWith("..") && !paths.isAbsolute(relative);
}

/** Where pip --user, pipx, uv and Homebrew put commands; editors started from a dock often lack them in PATH. */
function knownPlaces({ platform, env, home }: Machine): string[] {
  if (platform === "win32") {
    const roaming = env.APPDATA ?? path.win32.join(home, "AppData", "Roaming");
    const minors = [14, 13, 12, 11];
    return [
      path.win32.join(home, ".local", "bin"),
      ...minors.map((minor) => path.win32.join(roaming, "Python", `Python3${minor}`, "Scripts")),
    ];
  }
  const shared = [path.posix.join(home, ".local", "bin"), "/usr/local/bin"];
  if (platform !== "darwin") {
    return shared;
  }
  const library = path.posix.join(home, "Library", "Python");
  const minors = [14, 13, 12, 11];
  return [
    ...shared,
    "/opt/homebrew/bin",
    ...minors.map((minor) => path.posix.join(library, `3.${minor}`, "bin")),
  ];
}

function executableIn(folder: string, machine: Machine, name = "counterpoint"): string | undefined {
  const windows = machine.platform === "win32" && path.win32.extname(name) === "";
  const file = flavour(machine).join(folder, windows ? `${name}.exe` : name);
  return machine.isExecutable(file) ? file : undefined;
}

function flavour(machine: Machine): path.PlatformPath {
  return machine.platform === "win32" ? path.win32 : path.posix;
}
