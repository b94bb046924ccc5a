import { describe, expect, test } from "vitest";
import manifest from "../package.json";
import { costsView } from "../src/costs";
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
  ["no-key", "Counterpoint: no key", "normal"],
  ["needs-consent", "Counterpoint: needs consent", "warning"],
  ["budget", "Counterpoint: budget", "warning"],
  ["error", "Counterpoint: error", "error"],
  ["paused", "Counterpoint: paused", "normal"],
  ["slow", "Counterpoint: slow", "normal"],
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

  test("pauses are offered shortest first, the endless one last", () => {
    expect(PAUSES.map((item) => item.minutes || Number.POSITIVE_INFINITY)).toEqual([
      15,
      60,
      Number.POSITIVE_INFINITY,
    ]);
  });
});

describe("the costs", () => {
  const row = { model: "gpt-5.5", task: "complete", calls: 12, failed: 0, costUsd: 0.031 };

  test("name today's sum and each model and task since", () => {
    const totals = [row, { model: "opus", task: "review", calls: 1, failed: 1, costUsd: 0.2 }];
    const view = costsView({ todayUsd: 0.231, budgetTodayUsd: 5, since: "2026-01-02", totals });
    expect(view.title).toBe("Spent today: $0.23 of $5.00");
    expect(view.detail.split("\n")).toEqual([
      "Since 2026-01-02:",
      "gpt-5.5, complete: $0.03 for 12 calls",
      "opus, review: $0.20 for 1 call, 1 failed",
    ]);
  });

  test("say so when nothing was spent", () => {
    const view = costsView({ todayUsd: 0, budgetTodayUsd: 5, since: "2026-01-02", totals: [] });
    expect(view.detail).toBe("Nothing was asked of a model since 2026-01-02.");
  });
});
