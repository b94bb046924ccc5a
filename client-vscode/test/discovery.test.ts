import { describe, expect, test } from "vitest";
import { findServer, type Machine, type Workspace } from "../src/discovery";

const TRUSTED: Workspace = { folders: ["/home/me/shop"], trusted: true };
const UNTRUSTED: Workspace = { folders: ["/home/me/shop"], trusted: false };

function machine(files: string[], PATH = "", platform: NodeJS.Platform = "linux"): Machine {
  const home = platform === "win32" ? "C:\\Users\\ann" : "/home/ann";
  return { platform, env: { PATH }, home, isExecutable: (file) => files.includes(file) };
}

describe("findServer without a setting", () => {
  test("takes the first one on PATH", () => {
    const found = findServer([], machine(["/b/counterpoint", "/c/counterpoint"], "/a:/b:/c"), TRUSTED);
    expect(found).toEqual({ kind: "found", command: "/b/counterpoint", args: ["serve"], from: "PATH" });
  });

  test("passes over entries inside a workspace that is not trusted", () => {
    const files = ["/home/me/shop/.venv/bin/counterpoint", "/usr/bin/counterpoint"];
    const path = "/home/me/shop/.venv/bin:/usr/bin";
    expect(findServer([], machine(files, path), UNTRUSTED)).toMatchObject({
      command: "/usr/bin/counterpoint",
    });
    expect(findServer([], machine(files, path), TRUSTED)).toMatchObject({ command: files[0] });
  });

  test("does not take a neighbour of the workspace for a part of it", () => {
    const files = ["/home/me/shop-tools/counterpoint"];
    const found = findServer([], machine(files, "/home/me/shop-tools"), UNTRUSTED);
    expect(found).toMatchObject({ kind: "found" });
  });

  test("sees through dots that lead into the workspace", () => {
    const files = ["/home/me/shop/bin/counterpoint"];
    expect(findServer([], machine(files, "/home/me/x/../shop/bin"), UNTRUSTED).kind).toBe("missing");
  });

  test.each(["bin", "", "."])("never uses the relative entry %j", (entry) => {
    const files = ["bin/counterpoint", "counterpoint", "./counterpoint"];
    expect(findServer([], machine(files, entry), TRUSTED).kind).toBe("missing");
  });

  test("looks where pipx and uv install when PATH has none", () => {
    const found = findServer([], machine(["/home/ann/.local/bin/counterpoint"], "/usr/bin"), UNTRUSTED);
    expect(found).toMatchObject({ from: "known place", command: "/home/ann/.local/bin/counterpoint" });
  });

  test("knows the places of macOS and Windows", () => {
    const brew = findServer([], machine(["/opt/homebrew/bin/counterpoint"], "", "darwin"), TRUSTED);
    expect(brew.kind).toBe("found");
    const user = "C:\\Users\\ann\\AppData\\Roaming\\Python\\Python312\\Scripts\\counterpoint.exe";
    expect(findServer([], machine([user], "", "win32"), TRUSTED)).toMatchObject({ command: user });
  });

  test("says how to install when there is none", () => {
    const found = findServer([], machine([], "/usr/bin"), TRUSTED);
    expect(found).toMatchObject({ kind: "missing" });
    expect(found.kind === "missing" && found.message).toMatch(
      /pipx install counterpoint.*counterpoint\.server\.command/,
    );
  });
});

describe("findServer with a setting", () => {
  test("runs an absolute command with its own arguments", () => {
    const found = findServer(["/opt/py", "-m", "counterpoint", "serve"], machine(["/opt/py"]), UNTRUSTED);
    expect(found).toMatchObject({
      command: "/opt/py",
      args: ["-m", "counterpoint", "serve"],
      from: "setting",
    });
  });

  test("adds serve when only the program is named, and knows the home folder", () => {
    const found = findServer(["~/cp/counterpoint"], machine(["/home/ann/cp/counterpoint"]), TRUSTED);
    expect(found).toMatchObject({ command: "/home/ann/cp/counterpoint", args: ["serve"] });
  });

  test("finds a bare name on PATH", () => {
    const found = findServer(["cp-next"], machine(["/b/cp-next"], "/a:/b"), TRUSTED);
    expect(found).toMatchObject({ command: "/b/cp-next", from: "setting" });
  });

  test.each([["/gone/counterpoint"], ["./counterpoint"], ["bin/counterpoint"], ["unknown"]])(
    "does not fall back to another server when %s cannot be run",
    (command) => {
      const files = [
        "./counterpoint",
        "bin/counterpoint",
        "/usr/bin/counterpoint",
        "/usr/bin/bin/counterpoint",
      ];
      const found = findServer([command], machine(files, "/usr/bin"), TRUSTED);
      expect(found).toMatchObject({ kind: "missing" });
      expect(found.kind === "missing" && found.message).toContain(command);
    },
  );
});
