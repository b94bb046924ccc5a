import { expect, test } from "vitest";
import manifest from "../package.json";
import { isAskedFor, profiles } from "../src/profile";
import { settingNames } from "../src/settings";

test("the profiles are those of the setting, each with a line on what it is for", () => {
  const found = profiles(manifest);
  expect(found.map(({ name }) => name)).toEqual(["solo", "startup", "pair", "pipeline", "enterprise"]);
  for (const { about } of found) {
    expect(about).toMatch(/\.$/);
  }
  expect(profiles({ contributes: { configuration: { properties: {} } } })).toEqual([]);
});

test("it is a protected setting, which no workspace can choose", () => {
  expect(settingNames(manifest).protected).toContain("counterpoint.profile");
});

test.each([
  [undefined, false, true],
  [{}, false, true],
  [{ workspaceValue: "enterprise" }, false, true],
  [{ globalValue: "solo" }, false, false],
  [{ globalValue: "" }, false, false],
  [{}, true, false],
])("with the setting at %o and asked %s it is asked: %s", (setting, asked, expected) => {
  expect(isAskedFor(setting, asked)).toBe(expected);
});

test("the command is declared", () => {
  const declared = manifest.contributes.commands.map(({ command }) => command);
  expect(declared).toContain("counterpoint.chooseProfile");
});
