#!/usr/bin/env node
// The page's logic without a browser: words, times, what a message of the stream changes, the muster, CSV.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import assert from "node:assert/strict";

const page = join(dirname(fileURLToPath(import.meta.url)), "../../dashboard/page");
const { build } = createRequire(join(page, "package.json"))("esbuild");
const folder = mkdtempSync(join(tmpdir(), "stile-page-"));

async function load(name) {
  const file = join(folder, `${name}.mjs`);
  const made = await build({ entryPoints: [join(page, "src", `${name}.ts`)], bundle: true, write: false, format: "esm", platform: "node" });
  writeFileSync(file, made.outputFiles[0].contents);
  return import(pathToFileURL(file).href);
}

const tests = [];
const test = (sentence, body) => tests.push([sentence, body]);
const [i18n, format, stream, muster, api] = await Promise.all(["i18n", "format", "stream", "muster", "api"].map(load));

test("both languages have the same words, and the same places to fill in", () => {
  const { vi, en } = i18n.dictionaries;
  assert.deepEqual(Object.keys(vi), Object.keys(en));
  const holes = (text) => [...text.matchAll(/\{(\d)\}/g)].map((match) => match[1]).sort();
  for (const key of Object.keys(vi)) assert.deepEqual(holes(vi[key]), holes(en[key]), key);
});

test("every event, reason and class of code that a gate may say has its words", () => {
  const names = JSON.parse(readFileSync(join(page, "../../config/schema/definitions.json"), "utf8")).$defs;
  for (const kind of ["event", "reason", "credential_class"])
    for (const name of names[kind].enum) assert.ok(i18n.words[name], `${kind} ${name}`);
  assert.equal(i18n.word("SomethingNew"), "SomethingNew");
});

test("ages grow from seconds to days, and what is not known is said", () => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  const ages = ["2026-11-27T11:59:58Z", "2026-11-27T11:59:20Z", "2026-11-27T11:50:00Z", "2026-11-27T09:00:00Z", "2026-11-25T12:00:00Z", null];
  assert.deepEqual(ages.map((at) => format.ago(at, now)),
                   ["vừa xong", "40 giây trước", "10 phút trước", "3 giờ trước", "2 ngày trước", "chưa có"]);
  assert.equal(format.duration("2026-11-27T09:29:00Z", now), "2 giờ 31 phút");
});

test("a period's predecessor is as long, and ends the day before", () => {
  assert.deepEqual(format.periodBefore("2026-11-21", "2026-11-27"), { from: "2026-11-14", until: "2026-11-20" });
  assert.deepEqual(format.periodBefore("2026-03-01", "2026-03-01"), { from: "2026-02-28", until: "2026-02-28" });
});

test("a cell is no formula, and is quoted where it must be", () => {
  assert.equal(format.csv([["=cmd()", "+1", "-1", "@x", 'a"b', "a,b", 7, null]]), "\ufeff'=cmd(),'+1,'-1,'@x,\"a\"\"b\",\"a,b\",7,\r\n");
});

const event = (id, at, fields = {}) => ({ id, gate: "a/b/c", seq: 1, at, received: at, event: "AccessTaken", ...fields });
const gate = (name, fields = {}) => ({ gate: name, state: "online", fire: "normal", clock: "synchronised", access_points: [], last_event_at: null, ...fields });

test("an event that comes twice is one, and the newest is first", () => {
  let live = stream.next(stream.nothingYet, { kind: "loaded", totals: null, gates: [gate("a/b/c")], events: [event("1", "2026-01-01T00:00:01Z")] });
  live = stream.next(live, { kind: "entry", event: event("2", "2026-01-01T00:00:02Z") });
  live = stream.next(live, { kind: "entry", event: event("2", "2026-01-01T00:00:02Z") });
  live = stream.next(live, { kind: "entry", event: event("0", "2026-01-01T00:00:00Z", { historical: true }) });
  assert.deepEqual(live.feed.map((one) => one.id), ["2", "1", "0"]);
  assert.equal(live.gates[0].last_event_at, "2026-01-01T00:00:02Z");
});

test("the feed is bounded, and a lost connection leaves what was known", () => {
  let live = stream.next(stream.nothingYet, { kind: "connected" });
  for (let i = 0; i < stream.feedLength + 50; i++)
    live = stream.next(live, { kind: "entry", event: event(String(i), new Date(i * 1000).toISOString()) });
  assert.equal(live.feed.length, stream.feedLength);
  live = stream.next(live, { kind: "lost" });
  assert.equal(live.isConnected, false);
  assert.equal(live.feed.length, stream.feedLength);
});

test("alarms come the worst first", () => {
  const alarms = stream.alarmsOf([gate("a", { state: "offline" }), gate("b", { fire: "released" }),
    gate("c", { access_points: [{ id: "in", door: "forced_open", mode: "normal", tamper: true }] }), gate("d")]);
  assert.deepEqual(alarms.map((alarm) => alarm.what), ["fire", "forced", "tamper", "offline"]);
});

test("a muster is kept, ticked off, and shows who is missing first", () => {
  const kept = new Map();
  const store = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  const visit = (id, entered) => ({ id, entered, subject: "s", site: "a/b" });
  const begun = { at: "2026-01-01T00:00:00Z", area: "", people: [visit(1, "2026-01-01T00:00:02Z"), visit(2, "2026-01-01T00:00:01Z")], names: {}, safe: [] };
  muster.writeMuster(store, muster.tick(begun, 2, true));
  const read = muster.readMuster(store);
  assert.deepEqual(muster.ordered(read).map((row) => [row.visit.id, row.isSafe]), [[1, false], [2, true]]);
  assert.deepEqual(muster.tick(read, 2, false).safe, []);
  kept.set("stile.muster", "{broken");
  assert.equal(muster.readMuster(store), null);
});

test("an area holds what is below it, by whole names", () => {
  const session = { grants: [{ role: "guard", area: "acme/hq" }, { role: "auditor", area: "" }] };
  assert.ok(api.may(session, "view", "acme/hq/gate-1") && api.may(session, "people") && api.may(session, "audit"));
  assert.ok(!api.may(session, "view", "acme/hq-2/gate-1") && !api.may(session, "manage") && !api.may(session, "accounts"));
});

test("the page is below 200 kB as it is sent", async () => {
  const made = await build({ entryPoints: [join(page, "src/main.tsx"), join(page, "src/style.css")], outdir: "x", bundle: true, minify: true,
    write: false, format: "esm", jsx: "automatic", jsxImportSource: "preact" });
  const size = made.outputFiles.reduce((sum, file) => sum + gzipSync(file.contents).length, 0);
  console.log(`# ${size} bytes, compressed`);
  assert.ok(size < 200_000);
});

console.log(`1..${tests.length}`);
let failed = 0;
for (const [index, [sentence, body]] of tests.entries()) {
  try {
    await body();
    console.log(`ok ${index + 1} - ${sentence}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${index + 1} - ${sentence}`);
    console.log(String(error.stack).replace(/^/gm, "# "));
  }
}
rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
