#!/usr/bin/env node
// The page's logic without a browser: words, times, what a message of the stream changes, the muster, CSV, its size.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { webcrypto } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { run, test } from "../schema/tap.mjs";
import { load, page } from "./load.mjs";

globalThis.crypto ??= webcrypto; // before Node 19

const { api, csv, device, format, health, i18n, muster, pass, base45, proof, schedule, search, sse, stream, timeline, words } = await load("all", ["api", "csv", "device", "format", "health", "i18n", "muster", "pass", "base45", "proof", "schedule", "search", "sse", "stream", "words"]
  .map((name) => `export * as ${name} from "./${name}";`).join("\n") + '\nexport * as timeline from "./pages/timeline";');
const schema = JSON.parse(readFileSync(join(page, "../../config/schema/definitions.json"), "utf8")).$defs;
const described = JSON.parse(readFileSync(join(page, "../../config/openapi.json"), "utf8"));

function speak(language, body) {
  i18n.settings.language = language;
  try {
    body();
  } finally {
    i18n.settings.language = "vi";
  }
}

// --- Words --------------------------------------------------------------------------------------------

test("both languages have the same words, and the same places to fill in", () => {
  const { vi, en } = i18n.dictionaries;
  assert.deepEqual(Object.keys(en).sort(), Object.keys(vi).sort());
  const holes = (text) => [...text.matchAll(/\{(\d)\}/g)].map((match) => match[1]).sort();
  for (const key of Object.keys(vi)) assert.deepEqual(holes(vi[key]), holes(en[key]), key);
});

test("no word is empty, but those of a Vietnamese letterhead in English", () => {
  for (const [language, dictionary] of Object.entries(i18n.dictionaries))
    for (const [key, text] of Object.entries(dictionary)) assert.ok(text !== "" || (language === "en" && ["nation", "motto"].includes(key)), `${language} ${key}`);
});

test("Vietnamese is written composed (NFC), as searches and sorting want it", () => {
  const all = [...Object.values(i18n.dictionaries.vi), ...Object.values(words).flatMap((list) => Object.values(list).map(([vi]) => vi))];
  for (const text of all) assert.equal(text, text.normalize("NFC"));
});

test("every key is used somewhere, and every key that is used is there", () => {
  const source = readdirSync(join(page, "src"), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ?
    readdirSync(join(page, "src", entry.name)).map((name) => `${entry.name}/${name}`) : [entry.name])).filter((name) => /\.tsx?$/.test(name) && name !== "strings.ts")
    .map((name) => readFileSync(join(page, "src", name), "utf8")).join("\n");
  for (const key of Object.keys(i18n.dictionaries.vi)) assert.ok(new RegExp(`\\b${key}\\b`).test(source), `${key} is not used`);
});

test("every event, reason, class of code and clock that a gate may say has its words, and no other", () => {
  const lists = { event: words.eventWords, reason: words.reasonWords, credential_class: words.classWords, clock: words.clockWords };
  for (const [name, list] of Object.entries(lists)) assert.deepEqual(Object.keys(list).sort(), [...schema[name].enum].sort(), name);
});

test("every role of the interface has its words and says what it may do", () => {
  const roles = described.components.schemas.Grant.properties.role.enum;
  assert.deepEqual(Object.keys(words.roleWords).sort(), [...roles].sort());
  assert.deepEqual(Object.keys(words.roleHints).sort(), [...roles].sort());
});

test("what a newer gate says stays as it is, whatever it is called", () => {
  assert.equal(i18n.eventWord("SomethingNew"), "SomethingNew");
  assert.equal(i18n.reasonWord("constructor"), "constructor");
  assert.equal(i18n.reasonWord(null), "");
});

test("lists are in the language's order: đ after d, numbers by their value", () => {
  assert.deepEqual(i18n.sorted(["đa", "e", "da", "ă", "a", "cổng 10", "cổng 9"], (one) => one), ["a", "ă", "cổng 9", "cổng 10", "da", "đa", "e"]);
});

test("whatever the audit log may say was done has its words", () => {
  const schemas = Object.entries(described.components.schemas).filter(([, schema]) => schema.properties?.action);
  assert.deepEqual(schemas.map(([name]) => name), ["AuditEntry"]);
  assert.deepEqual(Object.keys(words.actionWords).sort(), [...schemas[0][1].properties.action.enum].sort());
});

test("a person is found without marks, in any case, by several words", () => {
  assert.ok(search.matches("dang nguyen", "Nguyễn Văn Đặng") && search.matches("", "x") && search.matches("LOBBY", "acme/hq/lobby-1", null));
  assert.ok(!search.matches("dang binh", "Nguyễn Văn Đặng"));
});

// --- Times and numbers --------------------------------------------------------------------------------

test("ages grow from seconds to days, and what is not known is said", () => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  const ages = ["2026-11-27T11:59:58Z", "2026-11-27T11:59:20Z", "2026-11-27T11:50:00Z", "2026-11-27T09:00:00Z", "2026-11-25T12:00:00Z", "2026-11-27T12:05:00Z", null];
  assert.deepEqual(ages.map((at) => format.ago(at, now)),
                   ["vừa xong", "40 giây trước", "10 phút trước", "3 giờ trước", "2 ngày trước", "vừa xong", "chưa có"]);
  assert.equal(format.duration("2026-11-27T09:29:00Z", now), "2 giờ 31 phút");
  assert.equal(format.duration(null, now), "chưa rõ");
  speak("en", () => assert.equal(format.duration("2026-11-25T09:00:00Z", now), "2 d 3 h"));
});

test("times and numbers are written as the language does, in the place's time", () => {
  assert.equal(format.moment("2026-11-27T17:03:58.959Z"), "28/11/2026 00:03:58");
  assert.match(format.exact("2026-11-27T17:03:58.959Z"), /(GMT|UTC)\+7/);
  assert.equal(format.number(1234567), "1.234.567");
  speak("en", () => assert.equal(format.number(1234567), "1,234,567"));
  assert.deepEqual(["2026-11-27", "2026-11-27T08"].map((start) => format.periodStart(start)), ["27/11/2026", "27/11/2026 08:00"]);
});

test("the server's clock counts where the device's is wrong", () => {
  const real = Date.now;
  try {
    Date.now = () => Date.parse("2026-01-01T00:00:00Z");
    api.hearClock("Thu, 01 Jan 2026 01:00:00 GMT");
    assert.equal(api.serverNow(), Date.parse("2026-01-01T01:00:00Z"));
    api.hearClock("Thu, 01 Jan 2026 00:00:01 GMT");
    assert.equal(api.serverNow(), Date.now());
    api.hearClock(null);
    assert.equal(api.serverNow(), Date.now());
  } finally {
    Date.now = real;
  }
});

test("a period's predecessor is as long, and ends the day before; what was nothing has no change", () => {
  assert.deepEqual(format.periodBefore("2026-11-21", "2026-11-27"), { from: "2026-11-14", until: "2026-11-20" });
  assert.deepEqual(format.periodBefore("2026-03-01", "2026-03-01"), { from: "2026-02-28", until: "2026-02-28" });
  assert.equal(format.daysOf("2026-01-01", "2026-12-31"), 365);
  assert.deepEqual([format.changeOf(150, 100), format.changeOf(50, 100), format.changeOf(5, 0)], [50, -50, null]);
});

test("what a form holds becomes a moment of the API, or nothing", () => {
  assert.equal(format.utc("2026-11-27T07:00"), "2026-11-27T00:00:00.000Z");
  assert.deepEqual([format.utc(""), format.utc("nonsense")], ["", ""]);
});

test("a cell is no formula, and is quoted where it must be", () => {
  assert.equal(csv.csv([["=cmd()", "+1", "-1", "@x", "\tx", 'a"b', "a,b", "a\nb", 7, -7, null]]),
               "\ufeff'=cmd(),'+1,'-1,'@x,'\tx,\"a\"\"b\",\"a,b\",\"a\nb\",7,'-7,\r\n");
});

// --- The stream ---------------------------------------------------------------------------------------

const event = (id, at, fields = {}) => ({ id, gate: "a/b/c", seq: 1, at, received: at, event: "AccessTaken", reason: null, access_point: null, ...fields });
const gate = (name, fields = {}) => ({ gate: name, state: "online", fire: "normal", clock: "synchronised", access_points: [], last_event_at: null, ...fields });
const totals = (at, inside) => ({ at, inside });
const loaded = (fields) => ({ kind: "loaded", totals: totals("2026-01-01T00:00:00Z", 1), gates: [], events: [], at: 5, ...fields });
const after = (...messages) => messages.reduce(stream.next, stream.nothingYet);

test("server-sent events are read from pieces of any size, with any line end, and comments say nothing", () => {
  const text = ": comment\r\n\r\nevent: hello\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\nid: 7\ndata:x\n\nevent: entry\rdata: đ\r\revent: none\n\ndata: unfinished";
  const want = [{ event: "hello", data: "{\"a\":\n1}" }, { event: "message", data: "x" }, { event: "entry", data: "đ" }];
  for (let size = 1; size <= text.length; size++) {
    const got = [], feed = sse.parser((message) => got.push(message));
    for (let i = 0; i < text.length; i += size) feed(text.slice(i, i + size));
    assert.deepEqual(got, want, `pieces of ${size}`);
  }
});

/** A body that says its pieces, and then nothing more until it is ended. */
function line(pieces, { status = 200, isOver = false } = {}) {
  return (_, { signal }) => Promise.resolve(new Response(new ReadableStream({
    start(controller) {
      pieces.forEach((piece) => controller.enqueue(new TextEncoder().encode(piece)));
      if (isOver) controller.close();
      signal.addEventListener("abort", () => { try { controller.error(new Error("aborted")); } catch { /* it is over */ } });
    } }), { status }));
}

async function listenTo(fetch, withTimers) {
  const kept = { fetch: globalThis.fetch, window: globalThis.window }, timers = [], got = [];
  globalThis.window = { setTimeout: (run, ms) => timers.push({ run, ms }), clearTimeout: (id) => { if (id) timers[id - 1].run = () => undefined; } };
  globalThis.fetch = fetch;
  try {
    const end = new Promise((resolve) => { sse.listen("/", (message) => got.push(message.event), () => undefined, resolve); });
    await new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
    withTimers?.(timers);
    return [await end, got];
  } finally {
    Object.assign(globalThis, kept);
  }
}

test("a line that is silent for long is dead, one that the server ends is not, and a refusal says why", async () => {
  const hello = "event: hello\ndata: {}\n\n";
  assert.deepEqual(await listenTo(line([hello], { isOver: true })), [200, ["hello"]]);
  assert.deepEqual(await listenTo(line([], { status: 401, isOver: true })), [401, []]);
  assert.deepEqual(await listenTo(() => Promise.reject(new Error("no route"))), [0, []]);
  const silent = await listenTo(line([hello, ": still here\n\n"]), (timers) => {
    assert.ok(timers.every(({ ms }) => ms > 3 * 14000), "a comment comes every 15 s");
    timers.forEach(({ run }) => run());
  });
  assert.deepEqual(silent, [0, ["hello"]]);
});

test("an event that comes twice is one, the newest is first, and an old one does not make a gate younger", () => {
  const live = after(loaded({ gates: [gate("a/b/c")], events: [event("1", "2026-01-01T00:00:01Z")] }),
    { kind: "entry", event: event("2", "2026-01-01T00:00:02Z") }, { kind: "entry", event: event("2", "2026-01-01T00:00:02Z") },
    { kind: "entry", event: event("0", "2026-01-01T00:00:00Z", { historical: true }) });
  assert.deepEqual(live.feed.map((one) => one.id), ["2", "1", "0"]);
  assert.equal(live.gates[0].last_event_at, "2026-01-01T00:00:02Z");
});

test("the feed is bounded, and a lost connection leaves what was known", () => {
  let live = after({ kind: "connected" });
  for (let i = 0; i < stream.feedLength + 50; i++)
    live = stream.next(live, { kind: "entry", event: event(String(i), new Date(i * 1000).toISOString()) });
  live = stream.next(live, { kind: "lost" });
  assert.deepEqual([live.link, live.feed.length, live.feed[0].id], ["lost", stream.feedLength, String(stream.feedLength + 49)]);
});

test("after an outage the feed has no hole: what does not reach back to it takes its place", () => {
  const old = loaded({ events: [event("1", "2026-01-01T00:00:01Z")] });
  const joined = after(old, loaded({ events: [event("2", "2026-01-01T00:00:02Z"), event("1", "2026-01-01T00:00:01Z")] }));
  assert.deepEqual(joined.feed.map((one) => one.id), ["2", "1"]);
  const apart = after(old, loaded({ events: [event("9", "2026-01-01T00:00:09Z")] }));
  assert.deepEqual(apart.feed.map((one) => one.id), ["9"]);
  assert.deepEqual(after(old, loaded({})).feed.map((one) => one.id), ["1"]);
});

test("what the stream told while the lists were asked for is not taken back by them", () => {
  const live = after({ kind: "asked" }, { kind: "gate", gate: gate("a/b/c", { state: "offline" }) }, { kind: "totals", totals: totals("2026-01-01T00:00:09Z", 9) },
    loaded({ gates: [gate("a/b/c"), gate("a/b/d")] }));
  assert.deepEqual(live.gates.map((one) => one.state), ["offline", "online"]);
  assert.equal(live.totals.inside, 9);
  const later = [{ kind: "asked" }, loaded({ gates: [gate("a/b/c")], totals: totals("2026-01-01T00:00:10Z", 10) })].reduce(stream.next, live);
  assert.deepEqual([later.gates.length, later.gates[0].state, later.totals.inside], [1, "online", 10]);
});

test("alarms come the worst first; what somebody ordered is milder than what happened", () => {
  const alarms = stream.alarmsOf([gate("a", { state: "offline" }), gate("b", { fire: "released", access_points: [{ id: "in", door: "normal", mode: "released" }] }),
    gate("c", { access_points: [{ id: "in", door: "forced_open", mode: "locked_down", tamper: true }] }), gate("d"), gate("e", { clock: "untrusted", fire: "holding" })]);
  assert.deepEqual(alarms.map((alarm) => alarm.what), ["fire", "forced", "tamper", "fireHolding", "lockedDown", "offline", "clock"]);
  assert.deepEqual(alarms.filter((alarm) => stream.isMild(alarm.what)).map((alarm) => alarm.what), ["lockedDown", "clock"]);
});

test("a silent alarm stands until it was seen", () => {
  const live = after(loaded({ quiet: [event("q", "2026-01-01T00:00:01Z", { event: "SilentAlarm" })] }), { kind: "entry", event: event("d", "2026-01-01T00:00:02Z", { event: "Duress" }) });
  assert.deepEqual(stream.alarmsOf([], live.quiet).map((alarm) => alarm.what), ["silent", "duress"]);
  assert.deepEqual(stream.alarmsOf([], live.quiet, new Set(["q"])).map((alarm) => alarm.what), ["duress"]);
});

test("every event is in a group that somebody can choose, but a gate's start", () => {
  assert.deepEqual(schema.event.enum.filter((name) => stream.groupOf(name) === "other"), ["Started"]);
});

// --- Muster, tracing, rights --------------------------------------------------------------------------

function store() {
  const kept = new Map();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
}
const stay = (id, entered) => ({ id, entered, subject: `${id}`.repeat(32).slice(0, 32), site: "a/b" });
const begun = { at: "2026-01-01T00:00:00Z", area: "", people: [stay(1, "2026-01-01T00:00:02Z"), stay(2, "2026-01-01T00:00:01Z"), stay(3, null)], names: {}, safe: [] };

test("a muster is kept, ticked off, and shows who is missing first", () => {
  const device = store();
  assert.equal(muster.writeMuster(device, muster.tick(begun, 3, true)), true);
  const read = muster.readMuster(device);
  assert.deepEqual(muster.ordered(read).map((row) => [row.visit.id, row.isSafe]), [[2, false], [1, false], [3, true]]);
  assert.deepEqual(muster.tick(muster.tick(read, 2, true), 2, true).safe, [3, 2]);
  assert.deepEqual(muster.tick(read, 3, false).safe, []);
  muster.writeMuster(device, null);
  assert.equal(muster.readMuster(device), null);
});

test("a muster of a broken or full device is none, or is told not to be kept", () => {
  const device = store();
  for (const text of ["{broken", "null", "7", "{}", '{"people":[]}']) {
    device.kept.set(muster.musterKey, text);
    assert.equal(muster.readMuster(device), null, text);
  }
  assert.equal(muster.writeMuster({ ...device, setItem: () => { throw new Error("full"); } }, begun), false);
});

test("where a device keeps nothing, settings are the first ones", () => {
  globalThis.window = { get localStorage() { throw new Error("denied"); } };
  assert.equal(device.readSetting("stile.theme", ["auto", "dark"], "auto"), "auto");
  device.keepSetting("stile.theme", "dark");
  globalThis.window = { localStorage: { ...store(), getItem: () => "<script>" } };
  assert.equal(device.readSetting("stile.theme", ["auto", "dark"], "auto"), "auto");
  delete globalThis.window;
});

test("a timeline has a row for the person traced, and one for each who was there, the longest first", () => {
  const now = Date.parse("2026-01-02T00:00:00Z"), at = (hour) => `2026-01-01T${String(hour).padStart(2, "0")}:00:00Z`;
  const visits = [{ ...stay(1, at(8)), left: at(10), left_assumed: false }, { ...stay(2, at(20)), left: null, left_assumed: false }, { ...stay(3, null), left: null, left_assumed: false },
    { ...stay(4, at(12)), left: at(18), left_assumed: true }];
  const contact = (subject, from, until, minutes, hop) => ({ visit: { subject, site: "a/b" }, of_visit: 1, from: at(from), until: until && at(until), minutes, hop });
  const rows = timeline.rowsOf("me", visits, [contact("x", 8, 9, 60, 1), contact("y", 20, null, 240, 1), contact("x", 21, 22, 60, 2)], now);
  assert.deepEqual(rows.map((row) => [row.subject, row.spans.length]), [["me", 3], ["y", 1], ["x", 2]]);
  assert.equal(rows[0].spans[1].until, now);
  assert.deepEqual([rows[0].spans[2].from, rows[0].spans[2].until], [Date.parse(at(12)), Date.parse(at(12))]);
});

test("a timeline's axis has whole hours or days of the place's time, and not too many", () => {
  const from = Date.parse("2026-01-01T01:30:00Z");
  for (const days of [0.5, 3, 21, 400]) {
    const ticks = timeline.ticksOf(from, from + days * 86400000, 800);
    assert.ok(ticks.length >= 1 && ticks.length <= 14, `${days} days: ${ticks.length}`);
    if (days >= 3) assert.ok(ticks.every((at) => new Date(at).getMinutes() === 0));
  }
});

test("an area holds what is below it, by whole names", () => {
  const session = { grants: [{ role: "guard", area: "acme/hq" }, { role: "auditor", area: "" }] };
  assert.ok(api.may(session, "view", "acme/hq/gate-1") && api.may(session, "people") && api.may(session, "audit"));
  assert.ok(!api.may(session, "view", "acme/hq-2/gate-1") && !api.may(session, "manage") && !api.may(session, "accounts"));
  assert.equal(api.pathOf("events", { area: "", event: "A&B", limit: 5, cursor: null }), "/api/v1/events?event=A%26B&limit=5");
});

// --- Health ------------------------------------------------------------------------------------------

test("a gate's reports are drawn by the hour: the worst of its lanes, and a gap where it was silent", () => {
  const report = (hour, uptime, ...rates) => ({ hour: `2026-11-28T0${hour}:00:00.000Z`, reports: 60, health: { uptime_s: uptime, disk: { free_bytes: 25, total_bytes: 100 },
    access_points: rates.map((rate) => ({ camera: { rate }, decode_us: { p95: 2500 } })) } });
  const hours = [report(0, 100, 30, 28), report(1, 3700, 30, 29), report(4, 60, 12, 30)], at = "2026-11-28T05:10:00.000Z";
  const [rate, decode, disk, ...rest] = health.seriesOf(hours, at);
  assert.deepEqual(rate.values, [28, 29, null, null, 12, null]);
  assert.deepEqual([rate.word, rate.last, rate.low, rate.high], ["healthRate", 12, 12, 29]);
  assert.deepEqual([decode.word, decode.last, disk.word, disk.last], ["healthDecode", 2.5, "healthDisk", 25]);
  assert.deepEqual(rest, []);
  assert.equal(health.lineOf(rate, 100, 10), "M0.0 0.6h.1L20.0 0.0M80.0 10.0h.1");
  assert.equal(health.lineOf(disk, 100, 10), "M0.0 5.0h.1L20.0 5.0M80.0 5.0h.1");
  assert.deepEqual(health.gapsOf(hours, at), { silent: 3, starts: 1 });
  assert.deepEqual(health.seriesOf([], at), []);
  assert.deepEqual(health.seriesOf([{ hour: at, reports: 1, health: { disk: 7, access_points: [null, 3] } }], at), []);
});

// --- Passes -------------------------------------------------------------------------------------------

const weekOf = (...days) => Array.from({ length: 8 }, (_, day) => days.includes(day));

test("a schedule's periods are read as the registry writes them, also around the week's end", () => {
  assert.deepEqual(schedule.readPeriod("mon-fri 08:00-17:30"), { days: weekOf(0, 1, 2, 3, 4), from: "08:00", until: "17:30" });
  assert.deepEqual(schedule.readPeriod("fri-mon,wed 22:00-06:00"), { days: weekOf(4, 5, 6, 0, 2), from: "22:00", until: "06:00" });
  assert.deepEqual(schedule.readPeriod("daily 00:00-24:00"), { days: weekOf(0, 1, 2, 3, 4, 5, 6), from: "00:00", until: "00:00" });
  assert.deepEqual(schedule.readPeriod("special 09:00-12:00"), { days: weekOf(7), from: "09:00", until: "12:00" });
  for (const none of ["", "mon", "someday 08:00-17:00", "mon-", "mon 8:00-17:00", "mon 08:00-17:00 tue", ",mon 08:00-17:00"]) assert.equal(schedule.readPeriod(none), null, none);
});

test("what a form made of a period is what the registry reads: the same again", () => {
  for (const text of ["mon,tue,wed,thu,fri 08:00-17:30", "sun 22:00-06:00", "mon,special 00:00-00:00"]) assert.equal(schedule.writePeriod(schedule.readPeriod(text)), text);
  assert.equal(schedule.writePeriod(schedule.readPeriod("sat-sun,special 07:00-24:00")), "sat,sun,special 07:00-00:00");
});

test("a period's words have spans of days, and say when it ends the day after", () => {
  const say = (text) => schedule.periodWords(schedule.readPeriod(text), { days: [...format.weekdays(), "holidays"], daily: "every day", nextDay: "next day" });
  speak("en", () => {
    assert.equal(say("mon-fri 08:00-17:30"), "Mon–Fri 08:00–17:30");
    assert.equal(say("mon,tue,thu,fri,sat,special 22:00-06:00"), "Mon, Tue, Thu–Sat, holidays 22:00–06:00 (next day)");
    assert.equal(say("daily 00:00-24:00"), "every day 00:00–24:00");
    assert.equal(say("mon 06:00-06:00"), "Mon 06:00–06:00 (next day)");
  });
});

test("a new pass says 130 random bits, without letters that are taken for digits", () => {
  const codes = Array.from({ length: 200 }, pass.newCode);
  for (const code of codes) assert.match(code, /^[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.equal(new Set(codes).size, codes.length);
  assert.equal(new Set(codes.join("")).size, 32);
  assert.equal(pass.grouped("0123456789ABCDEFGHJKMNPQRS"), "01234 56789 ABCDE FGHJK MNPQR S");
});

test("its QR code has a quiet zone of four modules, and a quarter of it may be lost", () => {
  const { path, side } = pass.qrPath("0123456789ABCDEFGHJKMNPQRS", "Q");
  assert.equal(side, 25 + 8); // version 2, which holds 29 such characters at level Q
  const at = [...path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map((match) => [Number(match[1]), Number(match[2])]);
  assert.equal(at.map(([x, y]) => `M${x} ${y}h1v1h-1z`).join(""), path);
  assert.ok(at.every(([x, y]) => x >= 4 && y >= 4 && x < side - 4 && y < side - 4));
});

test("base45 is RFC 9285's", () => {
  for (const [bytes, text] of [["AB", "BB8"], ["Hello!!", "%69 VD92EX0"], ["base-45", "UJCLQE7W581"], ["ietf!", "QED8WEX0"], ["", ""]]) {
    assert.equal(base45.encode(new TextEncoder().encode(bytes)), text);
    assert.equal(new TextDecoder().decode(base45.decode(text)), bytes);
  }
  for (const wrong of ["A", "BB8A", "bb8", "GGW", "::", "AB,"]) assert.equal(base45.decode(wrong), null, wrong);
  assert.deepEqual([...base45.decode("FGW")], [255, 255]);
});

test("a phone's proof is byte for byte the one that docs/passes.md explains, but for its signature, which is right", async () => {
  const [, proven] = readFileSync(join(page, "../../docs/passes.md"), "utf8").match(/^ {4}ST1:.*$/gm).map((line) => line.trim());
  const whole = base45.decode(proven.slice(4)), bound = whole.slice(0, 184), atMs = Date.parse("2026-09-21T14:14:20Z");
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const made = base45.decode((await proof.prove(`ST1:${base45.encode(bound)}`, keys.privateKey, atMs)).slice(4));
  assert.equal(Buffer.from(made.slice(0, -64)).toString("hex"), Buffer.from(whole.slice(0, -64)).toString("hex"));
  // The example's phone has the key of RFC 6979, A.2.5.
  const [x, y] = ["60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6", "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"]
    .map((hex) => Buffer.from(hex, "hex").toString("base64url"));
  const example = await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x, y }, algorithm, false, ["verify"]);
  const signed = Buffer.concat([Buffer.from("846a5369676e61747572653143a1012658b8", "hex"), bound, Buffer.from("47a1061a6ab13bbc", "hex")]);
  for (const [key, proved] of [[keys.publicKey, made], [example, whole]])
    assert.ok(await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, proved.slice(-64), signed));
  for (const wrong of ["", "ST1:A", "ST2:BB8", "hello"]) assert.equal(await proof.prove(wrong, keys.privateKey, atMs), null, wrong);
});

// --- What is built ------------------------------------------------------------------------------------

const budget = 80_000; // half a second of a slow phone network
test("the page is small as it is sent, has no inline script or style, and takes nothing from elsewhere", () => {
  const out = mkdtempSync(join(tmpdir(), "stile-built-"));
  try {
    execFileSync(process.execPath, [join(page, "build.mjs"), out]);
    const files = readdirSync(join(out, "assets")).map((name) => join(out, "assets", name));
    const index = readFileSync(join(out, "index.html"), "utf8");
    const size = [...files, join(out, "index.html"), join(out, "sw.js")].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
    console.log(`# ${size} bytes, compressed`);
    assert.ok(size < budget, `${size} bytes`);
    assert.ok(!/<style|style=|<script(?![^>]*src=)|\son\w+=/.test(index) && !/https?:\/\//.test(index));
    for (const file of files) {
      assert.match(file, /-[0-9a-f]{12}\.(js|css|svg)$/);
      assert.ok(index.includes(`/assets/${file.split("/").at(-1)}`));
      const text = readFileSync(file, "utf8").replaceAll(/http:\/\/www\.w3\.org\/[\w./]+/g, "");
      assert.ok(!/https?:\/\/|@import|\beval\(|new Function/.test(text), file);
    }
    const worker = readFileSync(join(out, "sw.js"), "utf8");
    for (const file of files) assert.ok(worker.includes(`/assets/${file.split("/").at(-1)}`));
  } finally {
    rmSync(out, { recursive: true });
  }
});

await run();
