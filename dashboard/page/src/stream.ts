// What the live page knows, and how each message changes it. Pure.
import type { Event, Gate, Totals } from "./api";

export const feedLength = 200;

export type Link = "connecting" | "connected" | "lost";

export interface Live {
  totals: Totals | null;
  gates: Gate[]; // in order of the name
  feed: Event[]; // the newest first
  quiet: Event[]; // silent alarms and duress, the newest first: only whoever may know is sent them
  link: Link;
  isLoaded: boolean;
  heardAt: number; // when the server was last heard, by this device's clock; 0: never
  touched: ReadonlySet<string>; // gates that the stream told of since the lists were asked for
}

export const nothingYet: Live = {
  totals: null, gates: [], feed: [], quiet: [], link: "connecting", isLoaded: false, heardAt: 0, touched: new Set(),
};

export type Message =
  | { kind: "asked" } | { kind: "loaded"; totals: Totals; gates: Gate[]; events: Event[]; quiet?: Event[]; at: number }
  | { kind: "entry"; event: Event } | { kind: "gate"; gate: Gate } | { kind: "totals"; totals: Totals }
  | { kind: "connected" } | { kind: "alive"; at: number } | { kind: "lost" } | { kind: "forget" };

const byName = (a: Gate, b: Gate): number => (a.gate < b.gate ? -1 : a.gate > b.gate ? 1 : 0);
const byTime = (a: Event, b: Event): number => Date.parse(b.at) - Date.parse(a.at) || b.seq - a.seq;

/** What was seen twice is one event. */
function merge(feed: Event[], more: Event[]): Event[] {
  const known = new Set(feed.map((event) => event.id));
  const fresh = more.filter((event) => !known.has(event.id));
  return fresh.length === 0 ? feed : [...fresh, ...feed].sort(byTime).slice(0, feedLength);
}

/** After an outage there may be more between than a page holds: a feed with an unseen hole would be a lie. */
function join(feed: Event[], page: Event[]): Event[] {
  const known = new Set(feed.map((event) => event.id));
  return page.length === 0 || feed.length === 0 || page.some((event) => known.has(event.id)) ? merge(feed, page) : merge([], page);
}

export const isQuiet = (event: Event): boolean => event.event === "SilentAlarm" || event.event === "Duress";

const newer = (a: Totals | null, b: Totals): Totals => (a && Date.parse(a.at) > Date.parse(b.at) ? a : b);

function load(live: Live, message: Extract<Message, { kind: "loaded" }>): Live {
  // The lists may have been made before what the stream told meanwhile.
  const told = live.gates.filter((gate) => live.touched.has(gate.gate));
  const gates = [...message.gates.filter((gate) => !live.touched.has(gate.gate)), ...told].sort(byName);
  return { ...live, gates, totals: newer(live.totals, message.totals), feed: join(live.feed, message.events), isLoaded: true,
           quiet: merge(live.quiet, (message.quiet ?? message.events).filter(isQuiet)), heardAt: message.at, touched: new Set() };
}

function enter(live: Live, event: Event): Live {
  const isNewer = (gate: Gate): boolean => !gate.last_event_at || Date.parse(gate.last_event_at) < Date.parse(event.at);
  const gates = live.gates.map((gate) => (gate.gate === event.gate && isNewer(gate) ? { ...gate, last_event_at: event.at } : gate));
  return { ...live, gates, feed: merge(live.feed, [event]), quiet: isQuiet(event) ? merge(live.quiet, [event]) : live.quiet };
}

export function next(live: Live, message: Message): Live {
  switch (message.kind) {
    case "asked": return { ...live, touched: new Set() };
    case "loaded": return load(live, message);
    case "entry": return enter(live, message.event);
    case "gate":
      return { ...live, gates: [...live.gates.filter((gate) => gate.gate !== message.gate.gate), message.gate].sort(byName),
               touched: new Set([...live.touched, message.gate.gate]) };
    case "totals": return { ...live, totals: newer(live.totals, message.totals) };
    case "connected": return { ...live, link: "connected" };
    case "alive": return { ...live, heardAt: message.at };
    case "lost": return { ...live, link: "lost" };
    case "forget": return nothingYet;
  }
}

export type Trouble =
  "fire" | "silent" | "duress" | "forced" | "tamper" | "fireHolding" | "released" | "lockedDown" | "long" | "offline" | "stopped" | "clock";
export interface Alarm { gate: string; point: string | null; what: Trouble; event?: Event }

/** The worst first. */
const order: Trouble[] = [
  "fire", "silent", "duress", "forced", "tamper", "fireHolding", "lockedDown", "released", "long", "offline", "stopped", "clock"];

/** Those that are no fault, but somebody's order or a machine that rests. */
export const isMild = (what: Trouble): boolean => order.indexOf(what) >= order.indexOf("lockedDown") && what !== "offline";

export function troublesOf(gate: Gate): Alarm[] {
  const alarms: Alarm[] = [];
  const add = (what: Trouble, point: string | null = null): void => { alarms.push({ gate: gate.gate, point, what }); };
  const isFire = gate.fire === "released" || gate.fire === "holding";
  if (gate.fire === "released") add("fire");
  if (gate.fire === "holding") add("fireHolding");
  if (gate.state === "offline") add("offline");
  if (gate.state === "stopped") add("stopped");
  if (gate.clock === "untrusted") add("clock");
  for (const point of gate.access_points) {
    if (point.door === "forced_open") add("forced", point.id);
    if (point.door === "open_too_long") add("long", point.id);
    if (point.tamper) add("tamper", point.id);
    if (point.mode === "locked_down") add("lockedDown", point.id);
    if (point.mode === "released" && !isFire) add("released", point.id);
  }
  return alarms;
}

/** What needs a hand. A silent alarm stands until somebody says that it was seen. */
export function alarmsOf(gates: Gate[], quiet: Event[] = [], seen: ReadonlySet<string> = new Set()): Alarm[] {
  const told: Alarm[] = quiet.filter((event) => !seen.has(event.id)).map((event) => (
    { gate: event.gate, point: event.access_point, what: event.event === "Duress" ? "duress" : "silent", event }));
  return [...gates.flatMap(troublesOf), ...told].sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
}

export type Group = "passages" | "refusals" | "alarms" | "commands" | "other";

const groups: Record<string, Group> = {
  AccessGranted: "passages", AccessTaken: "passages", AccessNotTaken: "passages", AccessDenied: "refusals", CommandRefused: "refusals",
  Duress: "alarms", SilentAlarm: "alarms", ForcedOpen: "alarms", OpenTooLong: "alarms", DoorNormal: "alarms", Tamper: "alarms", Fault: "alarms",
  FaultCleared: "alarms", FireRelease: "alarms", FireReset: "alarms", Stopped: "alarms",
  LockDown: "commands", LockDownRelease: "commands", LockOpen: "commands", LockOpenRelease: "commands", AccessDoor: "commands",
  ConfigChanged: "commands", SyncRequested: "commands",
};

export const groupOf = (event: string): Group => groups[event] ?? "other";
