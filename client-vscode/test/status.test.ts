import { describe, expect, test } from "vitest";
import manifest from "../package.json";
import { costsView } from "../src/costs";
import { VENDORS } from "../src/keys";
import { menuEntries, PAUSES } from "../src/menu";
import { buttons, CLOSE } from "../src/messages";
import { dollars, statusView } from "../src/status";

test("a ready server shows its name and no state", () => {
  const view = statusView({ state: "ready", model: "GPT-5.5", spentToday: 0.412, budgetToday: 5 });
  expect(view).toMatchObject({ text: "$(comment-discussion) Counterpoint", severity: "normal" });
  expect(view.tooltip).toEqual([
    "Counterpoint is ready.",
    "Model: GPT-5.5",
    "Spent today: $0.412 of $5.00",
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
  ["waiting", "$(watch) Counterpoint: waiting", "normal"],
  ["something_new", "Counterpoint: something new", "normal"],
])("state %s is named", (state, text, severity) => {
  const view = statusView({ state, reason: "Because." });
  expect(view.text).toContain(text);
  expect(view.severity).toBe(severity);
  expect(view.tooltip).toContain("Because.");
});

test.each([
  ["no-key", "Counterpoint has nobody to ask."],
  ["needs-consent", "Counterpoint needs your consent."],
  ["budget", "Counterpoint is held by a budget."],
  ["error", "Counterpoint met with an error."],
  ["slow", "Counterpoint is slow."],
  ["waiting", "Counterpoint waits for a vendor."],
])("the tooltip of state %s begins with a sentence", (state, sentence) => {
  expect(statusView({ state }).tooltip[0]).toBe(sentence);
});

test("missing figures are left out rather than shown as nothing", () => {
  const view = statusView({ state: "ready", reason: null, model: null, spentToday: null, budgetToday: 5 });
  expect(view.tooltip).toEqual(["Counterpoint is ready.", "Click for the menu."]);
  expect(statusView({ state: "ready", spentToday: 1 }).tooltip).toContain("Spent today: $1.00");
});

test("month, session, the nearest cap and what the last answer tells are in the tooltip", () => {
  const view = statusView({
    state: "ready",
    reason: "Only Anthropic's key is there: Opus 4.7 completes as well.",
    notice: "The budget leaves room for a short answer only.",
    spentToday: 4.2,
    budgetToday: 5,
    spentMonth: 31,
    budgetMonth: 40,
    spentSession: 0.004,
    budgetSession: null,
    nearest: { setting: "budget.completions_day_usd", spent: 1.9, budget: 2 },
  });
  expect(view.tooltip).toEqual([
    "Counterpoint is ready.",
    "Only Anthropic's key is there: Opus 4.7 completes as well.",
    "Last answer: The budget leaves room for a short answer only.",
    "Spent today: $4.20 of $5.00",
    "Spent this month: $31.00 of $40.00",
    "Spent in this session: $0.004",
    "Nearest cap: budget.completions_day_usd, 95 % of $2.00",
    "Click for the menu.",
  ]);
});

test.each([
  [{ setting: "budget.day_usd", spent: 2.4, budget: 5 }, 0],
  [{ setting: "budget.day_usd", spent: 2.5, budget: 5 }, 1],
  [{ setting: "budget.day_usd", spent: 0, budget: 0 }, 0],
  [null, 0],
])("the cap %o is worth %d lines", (nearest, lines) => {
  const view = statusView({ state: "ready", nearest });
  expect(view.tooltip.filter((line) => line.startsWith("Nearest cap"))).toHaveLength(lines);
});

test.each([
  [0, "$0"],
  [0.00004, "$0"],
  [0.0004, "$0.0004"],
  [0.004, "$0.004"],
  [0.02, "$0.02"],
  [0.0841, "$0.0841"],
  [0.3, "$0.30"],
  [1.239, "$1.24"],
])("%d USD reads %s", (amount, text) => {
  expect(dollars(amount)).toBe(text);
});

test.each([
  ["Open a file first.", []],
  ["GPT-5.5's answer could not be used (a quote stands nowhere): Opus 4.7 was asked.", [CLOSE]],
  ["Two\nlines", [CLOSE]],
])("a message that takes more than a line has a button, which shows it whole: %s", (message, wanted) => {
  expect(buttons(message)).toEqual(wanted);
});

describe("the menu", () => {
  const declared = new Set(manifest.contributes.commands.map((item) => item.command));

  test.each(["ready", "paused", "stopped"])("names only declared commands when %s", (state) => {
    for (const entry of menuEntries(state)) {
      expect(declared).toContain(entry.command);
    }
  });

  test("sets the key of each vendor there is", () => {
    const labels = menuEntries("stopped").map((entry) => entry.label.replace("$(key) ", ""));
    expect(labels).toEqual(
      expect.arrayContaining(Object.values(VENDORS).map((name) => `Set ${name} key...`)),
    );
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
    expect(view.title).toBe("Spent today: $0.231 of $5.00");
    expect(view.detail.split("\n")).toEqual([
      "Since 2026-01-02, $0.231 in all:",
      "gpt-5.5, complete: $0.031 for 12 calls",
      "opus, review: $0.20 for 1 call, 1 failed",
    ]);
  });

  test("come to their sum as they are shown, also where each is small", () => {
    const rows = [0.0776, 0.0154, 0.0154, 0.0154].map((costUsd) => ({ ...row, costUsd }));
    const view = costsView({ todayUsd: 0.1238, budgetTodayUsd: 5, since: "2026-01-02", totals: rows });
    const shown = [...view.detail.matchAll(/: \$([\d.]+) for/g)].map((found) => Number(found[1]));
    expect(shown.reduce((sum, one) => sum + one)).toBeCloseTo(0.1238, 6);
    expect([view.title, view.detail].join("\n").match(/\$0\.1238/g)).toHaveLength(2);
  });

  test("say so when nothing was spent", () => {
    const view = costsView({ todayUsd: 0, budgetTodayUsd: 5, since: "2026-01-02", totals: [] });
    expect(view.detail).toBe("Nothing was asked of a model since 2026-01-02.");
  });
});
