// Bundles the part of plotly.js that Oddfinch draws with into assets/vendor/plotly-oddfinch.min.js.
//   npm --prefix assets/plotly install --no-audit --no-fund && node assets/plotly/build.mjs
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const { version } = createRequire(import.meta.url)("plotly.js/package.json");

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
