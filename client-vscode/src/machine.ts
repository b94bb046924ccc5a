/** The real machine, as `discovery.ts` sees it. */

import * as fs from "node:fs";
import * as os from "node:os";
import type { Machine } from "./discovery";

export function thisMachine(): Machine {
  return { platform: process.platform, env: process.env, home: os.homedir(), isExecutable };
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
