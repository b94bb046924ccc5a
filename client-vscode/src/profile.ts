/** The profiles to choose from, and whether to ask. Pure: the manifest is the only list of them. */

import type { Inspected } from "./settings";

export const SETTING = "counterpoint.profile";
/** Where it is kept that the question was put: once, whatever came of it. */
export const ASKED = "counterpoint.profileAsked";
export const QUESTION =
  "Which way of working should Counterpoint follow? It sets budgets and how much is asked unbidden.";
export const CHOOSE = "Choose Profile";

export interface Profile {
  readonly name: string;
  readonly about: string;
}

/** The part of the manifest that is read here. */
export interface Manifest {
  readonly contributes: {
    readonly configuration: {
      readonly properties: Readonly<
        Record<
          string,
          {
            readonly scope?: string;
            readonly enum?: readonly unknown[];
            readonly enumDescriptions?: readonly string[];
          }
        >
      >;
    };
  };
}

/** The profiles, each with one line on what it is for; without the empty name, which is none. */
export function profiles(manifest: Manifest): Profile[] {
  const declared = manifest.contributes.configuration.properties[SETTING];
  const names = declared?.enum ?? [];
  return names
    .map((name, at) => ({ name: String(name), about: declared?.enumDescriptions?.[at] ?? "" }))
    .filter(({ name }) => name !== "");
}

/** Whether the user is to be asked: who has set it, be it to nothing, or was asked before, is not. */
export function isAskedFor(setting: Inspected | undefined, asked: boolean): boolean {
  return !asked && setting?.globalValue === undefined;
}
