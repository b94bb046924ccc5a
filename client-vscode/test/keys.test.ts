import { describe, expect, test } from "vitest";
import {
  handOver,
  inForceMessage,
  isOurs,
  keyProblem,
  secretName,
  storedVendors,
  storeKey,
} from "../src/keys";

function store(initial: Record<string, string> = {}) {
  const held = new Map(Object.entries(initial));
  return {
    held,
    get: async (name: string) => held.get(name),
    store: async (name: string, value: string) => void held.set(name, value),
    delete: async (name: string) => void held.delete(name),
  };
}

test("what the store holds is handed over, and nothing else", async () => {
  const sent: unknown[] = [];
  const secrets = store({ "counterpoint.openai": "sk-one-two", "other.extension": "secret" });
  const result = await handOver(secrets, async (params) => {
    sent.push(params);
    return { inForce: { openai: "editor" } };
  });
  expect(sent).toEqual([{ keys: { openai: "sk-one-two" } }]);
  expect(result).toEqual({ inForce: { openai: "editor" } });
});

test("an empty store is handed over too, so that a removed key stops counting", async () => {
  const sent: unknown[] = [];
  await handOver(store(), async (params) => {
    sent.push(params);
    return undefined;
  });
  expect(sent).toEqual([{ keys: {} }]);
});

test("a pasted key is stored without the blanks around it", async () => {
  const secrets = store();
  await storeKey(secrets, "anthropic", "  sk-ant-12345678\n");
  expect(secrets.held.get("counterpoint.anthropic")).toBe("sk-ant-12345678");
  expect(await storedVendors(secrets)).toEqual(["anthropic"]);
});

test.each([
  ["", /Paste a key/],
  ["short", /one word/],
  ["two words here", /one word/],
  ["sk-\u00e9t\u00e9-12345678", /one word/],
])("%j cannot be a key", (text, problem) => {
  expect(keyProblem(text)).toMatch(problem);
});

test("a key of any prefix is accepted", () => {
  expect(keyProblem(" gateway_0123456789 ")).toBeUndefined();
});

test("only changes of our own secrets concern us", () => {
  expect(isOurs(secretName("openai"))).toBe(true);
  expect(isOurs("counterpoint.other")).toBe(false);
});

test("a key of Google's is no leave to ask Google", () => {
  const message = inForceMessage("google", "stored", { inForce: { google: "editor" } });
  expect(message).toMatch(/Google key stored\..*secret store.*providers\.allow names it/);
});

describe("the message says which source is in force", () => {
  test.each([
    ["stored", undefined, /as soon as the server runs/],
    ["stored", "editor", /this editor's secret store/],
    ["stored", "environment", /OPENAI_API_KEY in the environment outranks it/],
    ["removed", "keyring", /operating system's keyring/],
    ["removed", null, /No OpenAI key is in force/],
  ] as const)("%s, %s", (did, source, text) => {
    const result = source === undefined ? undefined : { inForce: { openai: source } };
    const message = inForceMessage("openai", did, result);
    expect(message).toMatch(text);
    expect(message).toContain(`OpenAI key ${did}.`);
  });
});
