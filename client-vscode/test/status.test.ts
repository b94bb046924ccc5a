import { describe, expect, test } from "vitest";
import manifest from "../package.json";
import { menuEntries, PAUSES } from "../src/menu";
import { dollars, statusView } from "../src/status";

test("a ready server shows its name and no state", () => {
  const view = statusView({ state: "ready", model: "GPT-5.5", spentToday: 0.412, budgetToday: 5 });
  expect(view).toMatchObject({ text: "$(comment-discussion) Counterpoint", severity: "normal" });
  expect(view.tooltip).toEqual([
    "Counterpoint is ready.",
    "Model: GPT-5.5",
    "Spent today: $0.41 of $5.00",
    "Click for the menu.",
  ]);
});

test.each([
  ["no-key", "Counterpoint: no key", "warning"],
  ["error", "Counterpoint: error", "error"],
  ["paused", "Counterpoint: paused", "normal"],
  ["something_new", "Counterpoint: something new", "normal"],
])("state %s is named", (state, text, severity) => {
  const view = statusView({ state, reason: "Because." });
  expect(view.text).toContain(text);
  expect(view.severity).toBe(severity);
  expect(view.tooltip).toContain("Because.");
});

test("missing figures are left out rather than shown as nothing", () => {
  const view = statusView({ state: "ready", reason: null, model: null, spentToday: null, budgetToday: 5 });
  expect(view.tooltip).toEqual(["Counterpoint is ready.", "Click for the menu."]);
  expect(statusView({ state: "ready", spentToday: 1 }).tooltip).toContain("Spent today: $1.00");
});

test.each([
  [0, "$0.00"],
  [0.004, "$0.004"],
  [1.239, "$1.24"],
])("%d USD reads %s", (amount, text) => {
  expect(dollars(amount)).toBe(text);
});

describe("the menu", () => {
  const declared = new Set(manifest.contributes.commands.map((item) => item.command));

  test.each(["ready", "paused", "stopped"])("names only declared commands when %s", (state) => {
    for (const entry of menuEntries(state)) {
      expect(declared).toContain(entry.command);
    }
  });

  test("offers to resume only while paused, and no work without a server", () => {
    const commands = (state: string) => menuEntries(state).map((entry) => entry.command);
    expect(commands("paused")).toContain("counterpoint.resumeCompletions");
    expect(commands("ready")).not.toContain("counterpoint.resumeCompletions");
    expect(commands("stopped")).not.toContain("counterpoint.reviewFile");
    expect(commands("stopped")).toContain("counterpoint.restart");
  });

  test("pauses are offered shortest first", () => {
    const minutes = PAUSES.map((item) => item.minutes);
    expect(minutes).toEqual([...minutes].sort((left, right) => left - right));
  });
});
