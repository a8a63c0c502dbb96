// Puts Aladin Lite into assets/vendor/aladin-lite/ as it is, with its licences, and bundles the part of plotly.js that
// Oddfinch draws with into assets/vendor/plotly-oddfinch.min.js.
//   npm --prefix assets/plotly install --no-audit --no-fund && node assets/plotly/build.mjs
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const { version } = createRequire(import.meta.url)("plotly.js/package.json");

const aladin = join(here, "..", "vendor", "aladin-lite");
mkdirSync(aladin, { recursive: true });
for (const file of ["dist/aladin.js", "COPYING", "COPYING.LESSER"]) {
  copyFileSync(join(here, "node_modules", "aladin-lite", file), join(aladin, basename(file)));
}

await build({
  entryPoints: [join(here, "entry.js")],
  absWorkingDir: here,
  outfile: join(here, "..", "vendor", "plotly-oddfinch.min.js"),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  // One regl only: gl-text asks for the upstream name, plotly.js for its own fork.
  alias: { regl: "@plotly/regl" },
  define: { global: "window" },
  // The only style sheet asked for is that of the maps, which are not in the bundle.
  loader: { ".css": "empty" },
  banner: { js: `/*! plotly.js ${version}, partial bundle. Copyright Plotly, Inc. MIT licence. */` },
  legalComments: "eof",
  logLevel: "info",
});
