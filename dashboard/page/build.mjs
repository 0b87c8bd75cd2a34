// Builds the page into the folder named on the command line: index.html, assets whose names change with what is in them,
// so that browsers may keep them for ever, and the service worker, which knows their names.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) {
  console.error("node build.mjs FOLDER");
  process.exit(2);
}

const common = { bundle: true, minify: true, write: false, format: "esm", target: ["es2020"], legalComments: "none" };
const digest = (contents) => createHash("sha256").update(contents).digest("hex").slice(0, 12);

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "assets"), { recursive: true });
const names = {};
function keep(name, kind, contents) {
  names[kind] = `/assets/${name}-${digest(contents)}.${kind}`;
  writeFileSync(join(out, names[kind]), contents);
}

const made = await build({ ...common, entryPoints: [join(here, "src/main.tsx"), join(here, "src/style.css")], outdir: "unused",
  jsx: "automatic", jsxImportSource: "preact" });
for (const file of made.outputFiles) keep("app", file.path.endsWith(".css") ? "css" : "js", file.contents);
keep("icon", "svg", readFileSync(join(here, "src/icon.svg")));
const page = readFileSync(join(here, "src/index.html"), "utf8").replace(/@(js|css|svg)@/g, (_, kind) => names[kind]);
writeFileSync(join(out, "index.html"), page);
const manifest = { name: "Stile", short_name: "Stile", start_url: "/pass", scope: "/", display: "standalone", background_color: "#ffffff", theme_color: "#0b5cad",
  icons: [{ src: names.svg, sizes: "any", type: "image/svg+xml" }] };
writeFileSync(join(out, "pass.webmanifest"), JSON.stringify(manifest));
const files = [...Object.values(names), "/pass.webmanifest"];
const worker = await build({ ...common, entryPoints: [join(here, "src/sw.ts")], format: "iife",
  define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(`stile-${digest(page + files.join(" "))}`) } });
writeFileSync(join(out, "sw.js"), worker.outputFiles[0].contents);
const described = join(here, "../../config/openapi.json");
if (existsSync(described)) copyFileSync(described, join(out, "openapi.json"));
