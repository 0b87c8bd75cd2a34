// Keeps the live page's knowledge fresh: asks once, listens, and begins again by itself.
import type { Event, Gate, Totals } from "./api";
import { allGates, ApiError, asker, contains, get, pathOf, serverNow } from "./api";
import { listen } from "./sse";
import type { Message } from "./stream";

const quietForMs = 30 * 60000;
const graceMs = 1500; // the server ends a stream now and then; one that comes back at once was not lost
const shortMs = 3000; // one that ends at once is no service
const firstWaitMs = 1000, longestWaitMs = 15000;

interface EventPage { events: Event[] }

async function load(area: string, withQuiet: boolean): Promise<Message> {
  const from = new Date(serverNow() - quietForMs).toISOString();
  const quiet = ["SilentAlarm", "Duress"].map((event) => (
    withQuiet ? get<EventPage>("events", { area, event, from, limit: 20 }) : Promise.resolve({ events: [] })));
  const [gates, totals, page, ...more] = await Promise.all([
    allGates(area), get<Totals>("totals", { area, offset_min: -new Date().getTimezoneOffset() }),
    get<EventPage>("events", { area, limit: 50 }), ...quiet]);
  return { kind: "loaded", totals, gates, events: page.events, quiet: more.flatMap((one) => one.events), at: Date.now() };
}

/** Follows until the function it returns is called. */
export function follow(area: string, withQuiet: boolean, tell: (message: Message) => void): () => void {
  let stop: () => void = () => undefined;
  let timer = 0, grace = 0, waitMs = firstWaitMs;
  let isOver = false;
  let turn = 0, greetedAt = 0;

  const lost = (): void => {
    window.clearTimeout(grace);
    grace = 0;
    tell({ kind: "lost" });
  };
  const later = (): void => {
    stop();
    window.clearTimeout(timer);
    if (isOver) return;
    // Not all at once, when a server comes back to a hundred screens.
    timer = window.setTimeout(begin, waitMs * (0.8 + 0.4 * Math.random()));
    waitMs = Math.min(longestWaitMs, waitMs * 2);
  };
  const refresh = (): void => {
    const mine = ++turn;
    tell({ kind: "asked" });
    load(area, withQuiet).then((message) => { if (!isOver && mine === turn) tell(message); }, (error: unknown) => {
      if (isOver || mine !== turn || (error instanceof ApiError && error.status === 401)) return;
      lost();
      later();
    });
  };
  const ended = (status: number): void => {
    if (status === 401) { asker.onLost(); return; }
    if (status === 200 && greetedAt > 0 && Date.now() - greetedAt > shortMs) {
      if (!grace) grace = window.setTimeout(lost, graceMs);
      window.clearTimeout(timer);
      timer = window.setTimeout(begin, 100);
      return;
    }
    lost();
    later();
  };
  const begin = (): void => {
    stop();
    window.clearTimeout(timer);
    greetedAt = 0;
    stop = listen(pathOf("stream", { area }), ({ event, data }) => {
      if (event === "hello") {
        window.clearTimeout(grace);
        grace = 0;
        waitMs = firstWaitMs;
        greetedAt = Date.now();
        tell({ kind: "connected" });
        refresh();
      } else if (event === "entry") {
        const entry = JSON.parse(data) as Event;
        if (contains(area, entry.gate)) tell({ kind: "entry", event: entry });
      } else if (event === "gate") tell({ kind: "gate", gate: JSON.parse(data) as Gate });
      else if (event === "totals") tell({ kind: "totals", totals: JSON.parse(data) as Totals });
    }, () => tell({ kind: "alive", at: Date.now() }), ended);
  };
  const now = (): void => { waitMs = firstWaitMs; begin(); };
  window.addEventListener("online", now);
  begin();
  return () => {
    isOver = true;
    window.clearTimeout(timer);
    window.clearTimeout(grace);
    window.removeEventListener("online", now);
    stop();
  };
}
