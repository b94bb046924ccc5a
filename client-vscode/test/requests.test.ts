import { describe, expect, test } from "vitest";
import {
  ask,
  commitMessage,
  edit,
  explain,
  failure,
  messageIn,
  missing,
  type Place,
  pair,
  pause,
  refactor,
  review,
  reviewsAt,
  titleParts,
  unchosen,
  withText,
} from "../src/requests";
import { masked, withoutKeys } from "../src/trace";
import { OLDEST_SERVER, versionProblem } from "../src/version";

const PLACE: Place = {
  uri: "file:///shop/orders.py",
  version: 7,
  range: { start: { line: 1, character: 2 }, end: { line: 3, character: 0 } },
};

describe("requests carry exactly what their scope needs", () => {
  test("a file's review names the file, and asks before it spends", () => {
    expect(review("file", PLACE).argument).toEqual({ scope: "file", uri: PLACE.uri, confirm: true });
  });
  test("a selection's review names the range too", () => {
    const { uri, range } = PLACE;
    expect(review("symbol", PLACE).argument).toEqual({ scope: "symbol", uri, range, confirm: true });
  });
  test("an edit carries the version it was asked for, and leaves the instruction to the server", () => {
    expect(edit(PLACE).argument).toEqual(PLACE);
    expect(refactor(PLACE)).toEqual({ command: "counterpoint.refactor", argument: PLACE });
  });
  test("a question goes with the place it was asked at, if there is one", () => {
    const { uri, range } = PLACE;
    expect(ask("Why?", PLACE).argument).toEqual({ question: "Why?", uri, range });
    expect(ask("Why?").argument).toEqual({ question: "Why?" });
    expect(pair(PLACE).argument).toEqual({ uri, range });
  });
  test("a commit message is the text of the answer", () => {
    expect(commitMessage("file:///shop").argument).toEqual({ task: "commit", uri: "file:///shop" });
    expect(messageIn({ text: "Add a guard\n" })).toBe("Add a guard");
    expect(messageIn({ markdown: "Add a guard" })).toBe("Add a guard");
    expect(messageIn({ text: "" })).toBeUndefined();
    expect(messageIn(undefined)).toBeUndefined();
  });
  test("why there was a completion is asked for at the cursor, and shown", () => {
    const { uri, range } = PLACE;
    expect(explain(PLACE).argument).toEqual({ uri, position: range.start, show: true });
  });
  test("null resumes", () => {
    expect(pause(null).argument).toEqual({ minutes: null });
  });
});

describe("commands that lack a text", () => {
  test("a finding is dismissed for the team with a reason, and undone without", () => {
    const forTeam = missing("counterpoint.dismiss", [{ id: "f", for: "team" }]);
    expect(forTeam).toMatchObject({ name: "reason", optional: false });
    expect(forTeam?.question).toContain("baseline.jsonl");
    expect(missing("counterpoint.dismiss", [{ id: "f", reason: "not a bug" }])).toBeUndefined();
    expect(missing("counterpoint.dismiss", [{ id: "f", undo: true }])).toBeUndefined();
  });
  test("others, and complete ones, are let through", () => {
    expect(missing("counterpoint.review", [{}])).toBeUndefined();
    expect(missing("counterpoint.edit", [{ uri: "x" }])).toBeUndefined();
  });
  test("the rest of the argument stays", () => {
    const filled = withText([{ id: "f", version: 2 }, "rest"], "reason", "Not a bug");
    expect(filled).toEqual([{ id: "f", version: 2, reason: "Not a bug" }, "rest"]);
  });
});

describe("reviews and tasks to choose from", () => {
  test("are asked for where the server says that one is to be chosen", () => {
    const argument = { uri: "x", range: PLACE.range, choose: true };
    const place = { uri: "x", range: PLACE.range };
    expect(unchosen("counterpoint.review", [argument])).toMatchObject({
      list: { command: "counterpoint.reviews", argument: place },
      command: "counterpoint.review",
    });
    expect(unchosen("counterpoint.task", [argument])).toMatchObject({
      list: { command: "counterpoint.tasks", argument: place },
      listed: "tasks",
    });
    expect(unchosen("counterpoint.review", [{ uri: "x" }])).toBeUndefined();
    expect(unchosen("counterpoint.task", [{ uri: "x", task: "explain" }])).toBeUndefined();
    expect(unchosen("counterpoint.edit", [argument])).toBeUndefined();
    expect(reviewsAt(argument).argument).toEqual(place);
  });
  test("show price and time beside the title", () => {
    const title = "Review file: quick security (Opus 4.7, $0.02-0.09, ~20 s)";
    expect(titleParts({ title, argument: {} })).toEqual({
      label: "Review file: quick security",
      description: "Opus 4.7, $0.02-0.09, ~20 s",
    });
    expect(titleParts({ title: "Review this", argument: {} }).description).toBe("");
  });
  test("need no file where git tells what they are about", () => {
    expect(review("staged").argument).toEqual({ scope: "staged", confirm: true });
    expect(review("commit", undefined, "HEAD~1").argument).toMatchObject({ ref: "HEAD~1" });
  });
});

describe("failures", () => {
  test("end with what to do next", () => {
    const error = Object.assign(new Error("No key for Opus 4.7."), {
      code: -32803,
      data: { fix: "Set one." },
    });
    expect(failure(error)).toBe("No key for Opus 4.7. Set one.");
  });
  test("do not say the fix twice", () => {
    expect(failure({ message: "No key. Set one.", data: { fix: "Set one." } })).toBe("No key. Set one.");
  });
  test("are silent when the user cancelled", () => {
    expect(failure({ code: -32800, message: "cancelled" })).toBeUndefined();
  });
  test("of any other kind are still text", () => {
    expect(failure("plain")).toBe("plain");
    expect(failure({ code: 1, message: "bare" })).toBe("bare");
  });
});

describe("the trace", () => {
  test("never holds a key", () => {
    const seen: string[] = [];
    const channel = masked({ name: "log", trace: (message: string) => void seen.push(message) });
    channel.trace('Sending request \'counterpoint/keys - (3)\'.\nParams: {"keys": {"openai": "sk-secret"}}');
    channel.trace("Sending request 'textDocument/hover - (4)'.");
    expect(seen.join()).not.toContain("sk-secret");
    expect(seen[1]).toContain("hover");
    expect(channel.name).toBe("log");
  });
  test("other lines are left alone", () => {
    expect(withoutKeys("x")).toBe("x");
  });
});

describe("the server's version", () => {
  test.each([OLDEST_SERVER, "0.1.7", "0.2.0", "1.0.0", "0.10.0", undefined])("%s is accepted", (version) => {
    expect(versionProblem({ name: "counterpoint", version })).toBeUndefined();
  });
  test("an older one is named with the way to update it", () => {
    expect(versionProblem({ name: "counterpoint", version: "0.9.3" }, "0.10.0")).toMatch(
      /0\.9\.3.*pipx upgrade/,
    );
  });
  test("another server is named", () => {
    expect(versionProblem({ name: "pylsp", version: "9.9" })).toMatch(/"pylsp"/);
    expect(versionProblem(undefined)).toMatch(/not counterpoint/);
  });
});
