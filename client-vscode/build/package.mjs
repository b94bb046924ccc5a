/** Packs the extension into `dist/counterpoint.vsix` of the checkout, with the project's licence. */

import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const out = `${root}dist/counterpoint.vsix`;
const licence = `${root}LICENSE`;
const copy = `${here}LICENSE`;

mkdirSync(`${root}dist`, { recursive: true });
const hasLicence = existsSync(licence);
if (hasLicence) {
  copyFileSync(licence, copy);
}
try {
  const { createVSIX } = createRequire(import.meta.url)("@vscode/vsce");
  await createVSIX({
    cwd: here,
    packagePath: out,
    dependencies: false,
    skipLicense: !hasLicence,
    allowMissingRepository: true,
  });
} finally {
  rmSync(copy, { force: true });
}
