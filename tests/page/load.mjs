// The page's own modules, bundled for node as esbuild bundles them for a browser.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const page = join(dirname(fileURLToPath(import.meta.url)), "../../dashboard/page");
const { build } = createRequire(join(page, "package.json"))("esbuild");
const folder = mkdtempSync(join(tmpdir(), "stile-page-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
// Local times in a test are of one place.
process.env.TZ = "Asia/Ho_Chi_Minh";

/** What a module exports; two loads share nothing, so settings are given to the one that formats. */
export async function load(name, text) {
  const file = join(folder, `${name}.mjs`);
  const source = text ? { stdin: { contents: text, resolveDir: join(page, "src"), loader: "ts" } } : { entryPoints: [join(page, "src", name)] };
  const made = await build({ ...source, bundle: true, write: false, format: "esm", platform: "neutral", jsx: "automatic", jsxImportSource: "preact",
    mainFields: ["module", "main"], target: "es2020" });
  writeFileSync(file, made.outputFiles[0].contents);
  return import(pathToFileURL(file).href);
}
