/** Bundles the extension into one file. */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (place) => fileURLToPath(new URL(`../${place}`, import.meta.url));

await build({
  entryPoints: [at("src/extension.ts")],
  outfile: at("dist/extension.js"),
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
