// Builds the page into the folder named on the command line: index.html, and assets whose names change with what is in
// them, so that browsers may keep them for ever.
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

const made = await build({
  entryPoints: [join(here, "src/main.tsx"), join(here, "src/style.css")],
  outdir: "unused",
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  target: ["es2020"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
});

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, "assets"), { recursive: true });
const names = {};
for (const file of made.outputFiles) {
  const kind = file.path.endsWith(".css") ? "css" : "js";
  const digest = createHash("sha256").update(file.contents).digest("hex").slice(0, 12);
  names[kind] = `app-${digest}.${kind}`;
  writeFileSync(join(out, "assets", names[kind]), file.contents);
}
const icon = readFileSync(join(here, "src/icon.svg"));
names.icon = `icon-${createHash("sha256").update(icon).digest("hex").slice(0, 12)}.svg`;
writeFileSync(join(out, "assets", names.icon), icon);
const page = readFileSync(join(here, "src/index.html"), "utf8").replace(/@(js|css|icon)@/g, (_, kind) => `/assets/${names[kind]}`);
writeFileSync(join(out, "index.html"), page);
const described = join(here, "../../config/openapi.json");
if (existsSync(described)) copyFileSync(described, join(out, "openapi.json"));
