import { expect, test } from "vitest";
import manifest from "../package.json";
import { type Inspected, plainSettings, protectedSettings, settingNames } from "../src/settings";

const names = settingNames(manifest);

function inspector(values: Record<string, Inspected>) {
  return (name: string) => values[name];
}

test("the manifest's own settings never reach the server", () => {
  const all = [...names.protected, ...names.plain];
  expect(all).not.toContain("counterpoint.server.command");
  expect(all).not.toContain("counterpoint.trace.server");
});

test("what decides where code and money go is protected", () => {
  for (const name of ["endpoints.openai.base_url", "budget.day_usd", "privacy.consent", "network.proxy"]) {
    expect(names.protected).toContain(`counterpoint.${name}`);
  }
  expect(names.plain).toContain("counterpoint.completion.enabled");
});

test("protected settings come from the user's own settings and nowhere else", () => {
  const read = inspector({
    "counterpoint.budget.day_usd": { globalValue: 2, workspaceValue: 500, workspaceFolderValue: 900 },
    "counterpoint.endpoints.openai.base_url": { workspaceValue: "https://evil.example" },
  });
  expect(protectedSettings(names, read)).toEqual({ budget: { day_usd: 2 } });
});

test("plain settings take the nearest place, and unset ones are not sent", () => {
  const read = inspector({
    "counterpoint.completion.enabled": { globalValue: true, workspaceFolderValue: false },
    "counterpoint.completion.debounce_ms": { globalValue: 20 },
    "counterpoint.budget.day_usd": { globalValue: 2 },
  });
  expect(plainSettings(names, read)).toEqual({ completion: { enabled: false, debounce_ms: 20 } });
});
