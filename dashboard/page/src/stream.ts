// What the live page knows, and how each message changes it. Pure but for `follow`.
import type { Event, Gate, Totals } from "./api";
import { contains, get, pathOf } from "./api";

export const feedLength = 200;

export interface Live {
  totals: Totals | null;
  gates: Gate[]; // in order of the name
  feed: Event[]; // the newest first
  isConnected: boolean;
}

export const nothingYet: Live = { totals: null, gates: [], feed: [], isConnected: false };

export type Message =
  | { kind: "loaded"; totals: Totals; gates: Gate[]; events: Event[] }
  | { kind: "entry"; event: Event } | { kind: "gate"; gate: Gate } | { kind: "totals"; totals: Totals }
  | { kind: "connected" } | { kind: "lost" };

const byName = (a: Gate, b: Gate): number => (a.gate < b.gate ? -1 : a.gate > b.gate ? 1 : 0);
const byTime = (a: Event, b: Event): number => Date.parse(b.at) - Date.parse(a.at) || b.seq - a.seq;

/** What was seen twice is one event. */
function merge(feed: Event[], more: Event[]): Event[] {
  const known = new Set(feed.map((event) => event.id));
  const fresh = more.filter((event) => !known.has(event.id));
  return fresh.length === 0 ? feed : [...fresh, ...feed].sort(byTime).slice(0, feedLength);
}

export function next(live: Live, message: Message): Live {
  switch (message.kind) {
    case "loaded":
      return { ...live, totals: message.totals, gates: [...message.gates].sort(byName), feed: merge(live.feed, message.events) };
    case "entry": {
      const { event } = message;
      const gates = live.gates.map((gate) => gate.gate === event.gate &&
        (!gate.last_event_at || Date.parse(gate.last_event_at) < Date.parse(event.at)) ? { ...gate, last_event_at: event.at } : gate);
      return { ...live, gates, feed: merge(live.feed, [event]) };
    }
    case "gate":
      return { ...live, gates: [...live.gates.filter((gate) => gate.gate !== message.gate.gate), message.gate].sort(byName) };
    case "totals":
      return { ...live, totals: message.totals };
    case "connected":
      return { ...live, isConnected: true };
    case "lost":
      return { ...live, isConnected: false };
  }
}

export interface Alarm { gate: string; point: string | null; what: "fire" | "fireHolding" | "offline" | "stopped" | "forced" | "long" | "tamper" | "clock" }

/** What needs a hand, the worst first. */
export function alarmsOf(gates: Gate[]): Alarm[] {
  const order = ["fire", "fireHolding", "forced", "tamper", "long", "offline", "stopped", "clock"];
  const alarms: Alarm[] = [];
  for (const gate of gates) {
    const add = (what: Alarm["what"], point: string | null = null): void => { alarms.push({ gate: gate.gate, point, what }); };
    if (gate.fire === "released") add("fire");
    if (gate.fire === "holding") add("fireHolding");
    if (gate.state === "offline") add("offline");
    if (gate.state === "stopped") add("stopped");
    if (gate.clock === "untrusted") add("clock");
    for (const point of gate.access_points) {
      if (point.door === "forced_open") add("forced", point.id);
      if (point.door === "open_too_long") add("long", point.id);
      if (point.tamper) add("tamper", point.id);
    }
  }
  return alarms.sort((a, b) => order.indexOf(a.what) - order.indexOf(b.what));
}

async function load(area: string, tell: (message: Message) => void): Promise<void> {
  const gates: Gate[] = [];
  let after: string | null = null;
  do {
    const page: { gates: Gate[]; next: string | null } = await get("gates", { area, after, limit: 500 });
    gates.push(...page.gates);
    after = page.next;
  } while (after);
  const [totals, events] = await Promise.all([
    get<Totals>("totals", { area }), get<{ events: Event[] }>("events", { area, limit: 50 })]);
  tell({ kind: "loaded", totals, gates, events: events.events });
}

/** Follows until the function it returns is called; comes again by itself. */
export function follow(area: string, tell: (message: Message) => void): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let isOver = false;
  const again = (): void => {
    source?.close();
    source = null;
    if (isOver) return;
    tell({ kind: "lost" });
    timer = window.setTimeout(begin, 2000);
  };
  const begin = (): void => {
    source = new EventSource(pathOf("stream", { area }));
    const on = (name: string, take: (data: unknown) => void): void =>
      source?.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data)));
    on("hello", () => {
      tell({ kind: "connected" });
      load(area, tell).catch(again);
    });
    on("entry", (data) => {
      const event = data as Event;
      if (contains(area, event.gate)) tell({ kind: "entry", event });
    });
    on("gate", (data) => tell({ kind: "gate", gate: data as Gate }));
    on("totals", (data) => tell({ kind: "totals", totals: data as Totals }));
    on("bye", again);
    source.onerror = again;
  };
  // What there is, at once; the stream says what changes.
  load(area, tell).catch(() => undefined);
  begin();
  return () => {
    isOver = true;
    window.clearTimeout(timer);
    source?.close();
  };
}
