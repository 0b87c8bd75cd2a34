// What the stub server knows: a small company, the same at each start but for the time of day.

import { createHash } from "node:crypto";

/** xorshift32: the same numbers each time. */
export function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state ^= state << 13; state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5; state >>>= 0;
    return state % below;
  };
}

const minute = 60000, hour = 60 * minute, day = 24 * hour;
export const iso = (at) => new Date(at).toISOString();
export const subjectOf = (n) => createHash("sha256").update(`person ${n}`).digest("hex").slice(0, 32);

export function point(id, fields = {}) { return { id, mode: "normal", door: "normal", tamper: false, ...fields }; }

export function gate(name, at, fields = {}) {
  return { gate: name, state: "online", state_at: iso(at - 3 * hour), last_event_at: iso(at - 2 * minute), behind: 0, lost: 0, software: "0.1.0",
    clock: "synchronised", fire: "normal", access_points: [point("entry"), point("exit")], registry: { version: 12 }, health: null, health_at: null, ...fields };
}

export function gates(at) {
  return [
    gate("acme/hq/lobby-1", at), gate("acme/hq/lobby-2", at),
    gate("acme/hq/garage", at, { access_points: [point("entry", { mode: "locked_open" })], behind: 3 }),
    gate("acme/plant/gate-1", at), gate("acme/plant/gate-2", at, { access_points: [point("entry", { door: "forced_open", tamper: true }), point("exit")] }),
    gate("acme/plant/store", at, { state: "offline", state_at: iso(at - 40 * minute), last_event_at: iso(at - 43 * minute), fire: "none" }),
    gate("acme/school/main", at, { state: "unknown", state_at: null, last_event_at: null, access_points: [], software: null, clock: null, fire: null }),
  ];
}

let serial = 0;
export function event(at, fields = {}) {
  serial++;
  return { id: `0190a000-0000-7000-8000-${String(serial).padStart(12, "0")}`, gate: "acme/hq/lobby-1", seq: serial, at: iso(at), received: iso(at + 200),
    event: "AccessTaken", reason: null, direction: "entry", credential_class: "site_pass", access_point: "entry", subject: subjectOf(1), clock: "synchronised",
    late: false, no_sensor: false, passback_soft: false, historical: false, offline: false, ...fields };
}

const oddities = [
  { event: "AccessDenied", reason: "expired" }, { event: "AccessDenied", reason: "unknown_credential", credential_class: "code", subject: null },
  { event: "AccessDenied", reason: "passback" }, { event: "AccessNotTaken" }, { event: "AccessDenied", reason: "outside_schedule" },
  { event: "OpenTooLong", direction: null, credential_class: null, subject: null }, { event: "AccessTaken", late: true, historical: true, offline: true },
  { event: "LockOpen", reason: "command", direction: null, credential_class: null, subject: null }, { event: "AccessDenied", reason: "not_a_pass", credential_class: "payment", subject: null },
];

/** The newest first, over three days. */
export function events(at) {
  const next = random(7), list = [], names = gates(at).slice(0, 5).map((one) => one.gate);
  for (let i = 0; i < 260; i++) {
    const odd = i % 6 === 3 ? oddities[next(oddities.length)] : {};
    const isExit = next(3) === 0;
    list.push(event(at - 2 * minute - i * (day * 3 / 260) - next(minute), { gate: names[next(names.length)], subject: subjectOf(next(40)),
      direction: isExit ? "exit" : "entry", access_point: isExit ? "exit" : "entry", ...odd }));
  }
  list.push(event(at - 12 * minute, { gate: "acme/hq/lobby-2", event: "SilentAlarm", reason: "blocked", direction: null, subject: subjectOf(99) }));
  return list.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

export function inside(at) {
  const next = random(3), sites = ["acme/hq", "acme/plant"];
  return Array.from({ length: 23 }, (_, i) => {
    const site = sites[i % 3 === 0 ? 1 : 0];
    return { id: 1000 + i, site, subject: subjectOf(i), entered: i === 22 ? null : iso(at - (i + 1) * 21 * minute - next(minute)), left: null, left_assumed: false,
      gate_in: i === 22 ? null : site === "acme/hq" ? "lobby-1" : "gate-1", gate_out: null, credential_class: i % 5 ? "site_pass" : "cccd" };
  }).sort((a, b) => (a.entered ?? "").localeCompare(b.entered ?? ""));
}

export function trace(at, { subject, hops }) {
  const visit = (id, who, from, until, fields = {}) => ({ id, site: "acme/hq", subject: who, entered: from && iso(from), left: until && iso(until), left_assumed: false,
    gate_in: "lobby-1", gate_out: until ? "lobby-2" : null, credential_class: "site_pass", ...fields });
  const visits = [visit(1, subject, at - 2 * day - 9 * hour, at - 2 * day), visit(2, subject, at - day - 8 * hour, at - day - hour, { site: "acme/plant" }), visit(3, subject, at - 5 * hour, null)];
  const next = random(11), contacts = [];
  for (let i = 0; i < 14; i++) {
    const of = visits[i % 3], from = Date.parse(of.entered) + next(4) * hour, minutes = 10 + next(180);
    const hop = i < 10 ? 1 : i < 12 ? 2 : 3;
    if (hop > hops) continue;
    contacts.push({ visit: visit(100 + i, subjectOf(50 + i % 9), from - hour, from + minutes * minute, { site: of.site }), of_visit: of.id, from: iso(from),
      until: i === 2 ? null : iso(from + minutes * minute), minutes, hop });
  }
  return { visits, contacts, truncated: hops === 3 };
}

export function health(at, days) {
  const next = random(5), last = Math.floor(at / hour), hours = [];
  for (let i = days * 24 - 1; i >= 0; i--) {
    if (i > 60 && i < 66) continue; // a night without power
    const times = (p95) => ({ count: 40, p50: p95 / 2, p95, p99: p95 * 2, max: p95 * 3 });
    hours.push({ hour: iso((last - i) * hour), reports: 120, health: { uptime_s: (i > 60 ? 400 - i : 61 - i) * 3600, temperature_c: 48 + next(12), disk: { free_bytes: 20e9 + i * 1e6, total_bytes: 30e9 },
      journal: { outbox: next(4) === 0 ? next(200) : 0 }, access_points: [{ id: "entry", camera: { state: "running", rate: 27 + next(4) }, decode_us: times(2000 + next(900)), scan_to_relay_us: times(4000 + next(900)) }] } });
  }
  return { at: iso(at), gate: "acme/hq/lobby-1", hours };
}

const ymd = (at) => iso(at).slice(0, 10);

export function figures({ from, until, by, area, offset_min }) {
  const next = random([...from].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) >>> 0);
  const first = Date.parse(`${from}T00:00:00Z`), end = Date.parse(`${until}T00:00:00Z`) + day;
  const step = { hour, day, week: 7 * day, month: 30 * day }[by], rows = [];
  const sums = (scale) => { const entries = scale + next(scale); return { entries, exits: entries - next(Math.max(1, scale / 8 | 0)), granted: entries + next(9), denied: next(20), active_gates: 3 + next(3) }; };
  for (let at = first; at < end; at += step)
    rows.push({ start: by === "hour" ? iso(at).slice(0, 13) : ymd(at), ...sums(by === "hour" ? 30 : 240), active_sites: 2 });
  const areas = ["hq", "plant", "school"].map((name) => ({ area: area ? `${area}/${name}` : `acme/${name}`, ...sums(900), gates: 4 }));
  return { from, until, by, offset_min: Number(offset_min ?? 0), rows, areas };
}

/** One that is overdue, one that waits, one that was done in time, and a breach. */
export function requests({ open }) {
  const now = Date.now(), at = (days) => iso(now + days * day);
  const row = (number, kind, given) => ({ number, kind, subject: kind === "breach" ? null : subjectOf(0), note: "Đơn số 12/2026", by: "lan", received: at(-12), answer_by: kind === "breach" ? null : at(-10),
    due: at(-2), answered: null, closed: null, outcome: null, result: "", ...given });
  const rows = [row(4, "breach", { due: at(2), received: at(-1) }), row(3, "erase", { due: at(8), answered: at(-11) }), row(2, "access", {}),
    row(1, "correct", { answered: at(-11), closed: at(-4), outcome: "done", result: "sửa ngày sinh" })];
  return { requests: rows.filter((one) => !open || !one.outcome), next: null };
}

export function places(at) {
  const states = ["active", "active", "quiet", "silent", "not_equipped"];
  return Array.from({ length: 40 }, (_, i) => {
    const state = states[i % states.length], isMissing = state === "not_equipped", reminders = isMissing ? i % 5 : 0;
    return { site: i === 0 ? "acme/hq" : `acme/place-${i}`, name: ["Chợ Bưởi", "Trường THPT Nguyễn Trãi", "Bệnh viện Hòe Nhai"][i % 3], category: ["market", "school", "hospital"][i % 3],
      owner: "Trần Thị Bình", division: `Hà Nội/${["Ba Đình", "Tây Hồ", "Cầu Giấy"][i % 3]}`, in_scope: i % 7 !== 6, state, gates: isMissing ? 0 : 2, online: isMissing ? 0 : 1 + (i % 2),
      last_event_at: isMissing ? null : iso(at - i * hour), entries_today: state === "active" ? 100 + i : 0, exits_today: state === "active" ? 90 + i : 0, reminders,
      reminded_at: reminders > 0 ? iso(at - day) : null, escalated: reminders >= 3 };
  });
}

export function coverage(all, division) {
  const sums = (name, rows) => ({ division: name, registered: rows.length, in_scope: rows.filter((one) => one.in_scope).length, equipped: rows.filter((one) => one.gates > 0).length,
    active: rows.filter((one) => one.state === "active").length, silent: rows.filter((one) => one.state === "silent").length, entries: rows.reduce((sum, one) => sum + one.entries_today, 0),
    exits: rows.reduce((sum, one) => sum + one.exits_today, 0), reminders: rows.reduce((sum, one) => sum + one.reminders, 0), escalated: rows.filter((one) => one.escalated).length });
  const depth = division ? division.split("/").length + 1 : 1;
  const below = [...new Set(all.map((one) => one.division.split("/").slice(0, depth).join("/")))].sort();
  return { total: sums(division, all), divisions: below.map((name) => sums(name, all.filter((one) => one.division === name || one.division.startsWith(`${name}/`)))) };
}

const audited = ["login", "look_presence", "trace", "login_failed", "export", "account_change", "look_events_subject", "command", "audit_read"];
export function audit(at) {
  return Array.from({ length: 130 }, (_, i) => {
    const action = audited[i % audited.length];
    return { number: 130 - i, at: iso(at - i * 7 * minute), actor: ["binh", "lan", "root"][i % 3], address: "10.0.0.7", action, target: action === "trace" ? subjectOf(i) : action === "account_change" ? "lan" : null,
      detail: action === "trace" ? { case: `TV-${i}`, reason: "ca nghi nhiễm", hops: 2 } : null, outcome: action === "login_failed" ? "refused" : "done" };
  });
}

export function accounts(at) {
  const of = (name, grants, fields = {}) => ({ name, disabled: false, grants, created: iso(at - 30 * day), last_login: iso(at - hour), ...fields });
  return [of("root", [{ role: "administrator", area: "" }]), of("binh", [{ role: "guard", area: "acme/hq" }]),
    of("lan", [{ role: "manager", area: "acme" }, { role: "tracer", area: "acme" }], { disabled: true, last_login: null })];
}

/** What the registry holds of levels, schedules and special days, by the resource that answers it. */
export const rights = {
  "levels": { levels: [{ id: "all", access_points: ["*"] }, { id: "ground-floor", access_points: ["north-1", "store-9"], schedule: "office" }] },
  "counted-areas": { areas: [{ id: "hall", access_points: ["north-1"], occupancy_limit: 40, passback: "hard", passback_reset_at: "never" }, { id: "yard", access_points: ["store-9"] }] },
  "schedules": { schedules: [{ id: "night", periods: ["sun-thu 22:00-06:00"] }, { id: "office", periods: ["mon-fri 08:00-17:30", "special 09:00-12:00"] }] },
  "special-days": { special_days: [{ date: "--09-02", name: "Quốc khánh" }, { date: "2027-02-06", name: "Tết" }] },
};
