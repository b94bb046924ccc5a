/**
 * Keys: kept in the editor's secret store, handed to the server once it runs, never written anywhere else.
 * The server says which source is in force, and so do we.
 */

export const VENDORS = { openai: "OpenAI", anthropic: "Anthropic", google: "Google" } as const;
export type Vendor = keyof typeof VENDORS;
const VARIABLES: Readonly<Record<Vendor, string>> = {
  openai: "OPENAI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  google: "GEMINI_API_KEY",
};

/** The part of VS Code's SecretStorage that is used. */
export interface Secrets {
  get(name: string): PromiseLike<string | undefined>;
  store(name: string, value: string): PromiseLike<void>;
  delete(name: string): PromiseLike<void>;
}

/** Result of `counterpoint/keys`: for each vendor, where the key in force comes from. */
export interface KeysResult {
  readonly inForce: Readonly<Partial<Record<Vendor, Source | null>>>;
}
export type Source = "environment" | "keyring" | "editor";

/** Sends `counterpoint/keys`; undefined when no server runs. */
export type Send = (params: { keys: Partial<Record<Vendor, string>> }) => Promise<KeysResult | undefined>;

export function vendors(): Vendor[] {
  return Object.keys(VENDORS) as Vendor[];
}

export function secretName(vendor: Vendor): string {
  return `counterpoint.${vendor}`;
}

/** Whether a change of the secret store concerns us. */
export function isOurs(name: string): boolean {
  return vendors().some((vendor) => secretName(vendor) === name);
}

/** Hand over what the store holds, in place of what was handed over before. */
export async function handOver(secrets: Secrets, send: Send): Promise<KeysResult | undefined> {
  const keys: Partial<Record<Vendor, string>> = {};
  for (const vendor of vendors()) {
    const value = await secrets.get(secretName(vendor));
    if (value) {
      keys[vendor] = value;
    }
  }
  return await send({ keys });
}

/** Why a text cannot be a key, or undefined. Vendors change their prefixes, so none is asked for. */
export function keyProblem(text: string): string | undefined {
  const key = text.trim();
  if (key === "") {
    return "Paste a key, or press Escape.";
  }
  return /^[\x21-\x7e]{8,}$/.test(key)
    ? undefined
    : "A key is one word of at least 8 letters, digits and signs.";
}

/** Store a key as pasted, less blanks around it. */
export async function storeKey(secrets: Secrets, vendor: Vendor, text: string): Promise<void> {
  await secrets.store(secretName(vendor), text.trim());
}

/** Vendors whose keys lie in the editor's store. */
export async function storedVendors(secrets: Secrets): Promise<Vendor[]> {
  const found: Vendor[] = [];
  for (const vendor of vendors()) {
    if (await secrets.get(secretName(vendor))) {
      found.push(vendor);
    }
  }
  return found;
}

/** What to tell after a vendor's key was stored or removed. */
export function inForceMessage(
  vendor: Vendor,
  did: "stored" | "removed",
  result: KeysResult | undefined,
): string {
  const name = VENDORS[vendor];
  const first = `${name} key ${did}.`;
  if (result === undefined) {
    return `${first} It counts as soon as the server runs.`;
  }
  const source = result.inForce[vendor];
  if (!source) {
    return `${first} No ${name} key is in force now.`;
  }
  if (source === "environment" && did === "stored") {
    return `${first} But ${VARIABLES[vendor]} in the environment outranks it and is in force.`;
  }
  const told = `${first} In force: the one from ${PLACES[source]}.`;
  return vendor === "google" ? `${told} ${ALLOWED}` : told;
}

const ALLOWED = "Google is asked only where counterpoint.providers.allow names it.";

const PLACES: Readonly<Record<Source, string>> = {
  environment: "the environment",
  keyring: "the operating system's keyring",
  editor: "this editor's secret store",
};
