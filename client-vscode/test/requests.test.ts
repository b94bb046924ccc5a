import { describe, expect, test } from "vitest";
import {
  edit,
  explain,
  failure,
  missingInstruction,
  type Place,
  pause,
  review,
  withInstruction,
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
  test("an edit carries the version it was asked for", () => {
    expect(edit(PLACE, "Add a guard").argument).toEqual({ ...PLACE, instruction: "Add a guard" });
  });
  test("why there was a completion is asked for at the cursor, and shown", () => {
    const { uri, range } = PLACE;
    expect(explain(PLACE).argument).toEqual({ uri, position: range.start, show: true });
  });
  test("null resumes", () => {
    expect(pause(null).argument).toEqual({ minutes: null });
  });
});

describe("commands that lack an instruction", () => {
  test("are asked for one", () => {
    expect(missingInstruction("counterpoint.edit", [{ uri: "x" }])).toMatch(/changed\?/);
    expect(missingInstruction("counterpoint.edit", [])).toMatch(/comments/);
  });
  test("others, and complete ones, are let through", () => {
    expect(missingInstruction("counterpoint.review", [{}])).toBeUndefined();
    expect(missingInstruction("counterpoint.edit", [{ instruction: "Rename" }])).toBeUndefined();
  });
  test("the rest of the argument stays", () => {
    const filled = withInstruction([{ uri: "x", version: 2 }, "rest"], "Rename");
    expect(filled).toEqual([{ uri: "x", version: 2, instruction: "Rename" }, "rest"]);
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
