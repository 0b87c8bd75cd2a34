// Is every gate working? What needs a hand is on top; the rest is quiet.
import type { JSX } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import type { Event, Gate, Session, Totals } from "../api";
import { may } from "../api";
import { clock, day, number } from "../format";
import { follow } from "../follow";
import type { Key } from "../i18n";
import { eventWord, reasonWord, t } from "../i18n";
import type { IconName } from "../icons";
import { Icon } from "../icons";
import { useNames } from "../names";
import { matches } from "../search";
import type { Alarm, Group, Live, Trouble } from "../stream";
import { alarmsOf, groupOf, isMild, next, nothingYet, troublesOf } from "../stream";
import { Ago, Choice, Field, useNow, value } from "../ui";
import { CommandDialog } from "./command";
import { Feed } from "./feed";
import { Card } from "./gate";
import { HealthDialog } from "./health";

const shownGates = 60, shownEvents = 50, wallTurnMs = 15000, wallAlarms = 8;

const troubles: Record<Trouble, { word: Key | null; icon: IconName }> = {
  fire: { word: "fireReleased", icon: "flame" }, silent: { word: null, icon: "alert" }, duress: { word: null, icon: "alert" },
  forced: { word: "doorForced", icon: "door" }, tamper: { word: "tamper", icon: "unlock" }, fireHolding: { word: "fireHolding", icon: "flame" },
  released: { word: "modeReleased", icon: "unlock" }, lockedDown: { word: "modeDown", icon: "lock" }, long: { word: "doorLong", icon: "door" },
  offline: { word: "offline", icon: "unplug" }, stopped: { word: "stopped", icon: "stop" }, clock: { word: "clockBad", icon: "clock" },
};

interface Total { key: Key; text: string; href: string | null }

function TotalsStrip({ totals, session, area }: { totals: Totals | null; session: Session; area: string }): JSX.Element {
  const all = totals ? Object.values(totals.gates).reduce((sum, count) => sum + count, 0) : 0;
  const text = (make: (totals: Totals) => string): string => (totals ? make(totals) : "–");
  const today = `${day(new Date())}T00:00`;
  const events = (event: string): string => `/events?${new URLSearchParams({ event, from: today, ...(area ? { area } : {}) }).toString()}`;
  const cells: Total[] = [
    { key: "insideNow", text: text((of) => number(of.inside)), href: may(session, "people") ? "/presence" : null },
    { key: "entriesToday", text: text((of) => number(of.entries_today)), href: events("AccessTaken") },
    { key: "exitsToday", text: text((of) => number(of.exits_today)), href: events("AccessTaken") },
    { key: "deniedToday", text: text((of) => number(of.denied_today)), href: events("AccessDenied") },
    { key: "gatesUp", text: text((of) => t("of", number(of.gates.online), number(all))), href: "#gates" }];
  return (
    <dl class="totals">{cells.map(({ key, text: shown, href }) => (
      <div key={key}><dt>{t(key)}</dt><dd>{href ? <a href={href} aria-label={`${t(key)}: ${shown}`}>{shown}</a> : shown}</dd></div>))}</dl>
  );
}

function AlarmLine({ alarm, onSeen }: { alarm: Alarm; onSeen: (id: string) => void }): JSX.Element {
  const { word, icon } = troubles[alarm.what];
  const event = alarm.event;
  return (
    <li class={isMild(alarm.what) ? "mild" : ""}>
      <Icon name={icon} /> <a href={`/events?area=${alarm.gate}`}><strong>{alarm.gate}{alarm.point ? ` · ${alarm.point}` : ""}</strong></a>
      <span>{word ? t(word) : `${eventWord(event?.event ?? "")}${event?.reason ? `: ${reasonWord(event.reason)}` : ""}`}</span>
      {event ? <><Ago at={event.at} /><button type="button" class="wall-hidden" onClick={() => onSeen(event.id)}>{t("seen")}</button></> : null}
    </li>
  );
}

function Alarms({ live, alarms, isWall, onSeen }: { live: Live; alarms: Alarm[]; isWall: boolean; onSeen: (id: string) => void }): JSX.Element {
  const shown = isWall ? alarms.slice(0, wallAlarms) : alarms;
  // What is not known is never shown as fine.
  const isKnown = live.isLoaded && live.link === "connected";
  const tone = alarms.length > 0 ? (alarms.every((alarm) => isMild(alarm.what)) ? "warn" : "bad") : isKnown ? (live.gates.length > 0 ? "good" : "info") : "none";
  const quiet: Key = !live.isLoaded ? "alarmsUnknown" : !isKnown ? "alarmsStale" : live.gates.length > 0 ? "noAlarms" : "noGates";
  return (
    <section class={`alarms ${tone}`} aria-labelledby="alarms">
      <h2 id="alarms" class={alarms.length > 0 ? "" : "hidden"}>{t("alarms")} <span class="count">{alarms.length > 0 ? number(alarms.length) : ""}</span></h2>
      <div role="alert">
        {alarms.length > 0 ? <ul>{shown.map((alarm) => (
          <AlarmLine key={`${alarm.gate} ${alarm.what} ${alarm.point ?? ""} ${alarm.event?.id ?? ""}`} alarm={alarm} onSeen={onSeen} />))}</ul> : null}
      </div>
      {shown.length < alarms.length ? <p>{t("moreAlarms", number(alarms.length - shown.length))}</p> : null}
      {alarms.length === 0 ? <p><Icon name={tone === "good" ? "check" : tone === "info" ? "info" : "question"} /> {t(quiet)}</p> : null}
    </section>
  );
}

export function LinkState({ live }: { live: Live }): JSX.Element {
  const isConnected = live.link === "connected";
  const heard = live.heardAt > 0 ? new Date(live.heardAt).toISOString() : null;
  return (
    <p class={`link-state tone ${isConnected ? "good" : "warn"}`}>
      <span role="status"><Icon name={isConnected ? "link" : "unplug"} /> {t(isConnected ? "connected" : live.link === "lost" ? "reconnecting" : "connecting")}</span>
      {!isConnected && heard ? <span class="faint">{t("asOf", clock(heard))} · <Ago at={heard} /></span> : null}
    </p>
  );
}

function WallClock(): JSX.Element {
  const now = new Date(useNow()).toISOString();
  return <time class="wall-clock" dateTime={now}>{clock(now)}</time>;
}

/** How many cards and events a wall has room for below its head: nobody scrolls there. */
function useWallRoom(alarmCount: number): { cards: number; events: number } {
  const [{ width, height }, setSize] = useState({ width: window.innerWidth, height: window.innerHeight });
  useEffect(() => {
    const look = (): void => setSize({ width: window.innerWidth, height: window.innerHeight });
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, []);
  const rows = Math.min(alarmCount, wallAlarms) / (width >= 1400 ? 2 : 1);
  const rest = height - 340 - Math.ceil(rows) * 50;
  return { cards: Math.max(1, Math.floor((width * 0.6) / 380)) * Math.max(1, Math.floor(rest / 280)), events: Math.max(3, Math.floor(rest / 78)) };
}

/** Those that need a hand first; on a wall, which nobody scrolls, they come by in turn. */
function useShown(gates: Gate[], limit: number, isWall: boolean): Gate[] {
  const [turn, setTurn] = useState(0);
  const pageCount = Math.ceil(gates.length / limit);
  const isTurning = isWall && pageCount > 1;
  useEffect(() => {
    if (!isTurning) return undefined;
    const timer = window.setInterval(() => setTurn((before) => before + 1), wallTurnMs);
    return () => window.clearInterval(timer);
  }, [isTurning]);
  const isNeedy = (gate: Gate): boolean => gate.state !== "online" || troublesOf(gate).length > 0;
  const ordered = [...gates.filter(isNeedy), ...gates.filter((gate) => !isNeedy(gate))];
  if (isTurning) return ordered.slice((turn % pageCount) * limit, (turn % pageCount + 1) * limit);
  // Nothing that needs a hand is hidden behind a button.
  return ordered.slice(0, Math.max(limit, gates.filter(isNeedy).length));
}

const groups: [Group | "all", Key][] = [
  ["all", "groupAll"], ["passages", "groupPassages"], ["refusals", "groupRefusals"], ["alarms", "groupAlarms"], ["commands", "groupCommands"]];

function seenBefore(): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(window.sessionStorage.getItem("stile.seen") ?? "[]") as string[]);
  } catch {
    return new Set();
  }
}

function useSeen(): [ReadonlySet<string>, (id: string) => void] {
  const [seen, setSeen] = useState(seenBefore);
  return [seen, (id) => {
    const all = new Set([...seen, id]);
    setSeen(all);
    try {
      window.sessionStorage.setItem("stile.seen", JSON.stringify([...all].slice(-200)));
    } catch {
      // Until the page is closed, then.
    }
  }];
}

export function LivePage({ session, area, isWall }: { session: Session; area: string; isWall: boolean }): JSX.Element {
  const [live, tell] = useReducer(next, nothingYet);
  const [commanded, setCommanded] = useState<Gate | null>(null);
  const [examined, setExamined] = useState<Gate | null>(null);
  const [group, setGroup] = useState<Group | "all">("all");
  const [text, setText] = useState("");
  const [isAll, setAll] = useState(false);
  const [seen, onSeen] = useSeen();
  const isManager = may(session, "manage");
  useEffect(() => {
    tell({ kind: "forget" });
    return follow(area, isManager, tell);
  }, [area, isManager]);
  const alarms = useMemo(() => alarmsOf(live.gates, live.quiet, seen), [live.gates, live.quiet, seen]);
  const found = live.gates.filter((gate) => matches(text, gate.gate));
  const room = useWallRoom(alarms.length);
  const gates = useShown(found, isWall ? room.cards : isAll ? Infinity : shownGates, isWall);
  const feed = live.feed.filter((event) => (group === "all" || groupOf(event.event) === group) && matches(text, event.gate, event.access_point)).slice(0, isWall ? room.events : shownEvents);
  const known = useNames(feed.map((event) => event.subject), may(session, "people"));
  const last = useMemo(() => lastAt(live.feed), [live.feed]);
  return (
    <main id="content" tabIndex={-1} class={`live ${live.link === "lost" ? "stale" : ""}`}>
      <div class="title"><h1>{t("live")}{area ? ` · ${area}` : ""}</h1><LinkState live={live} />{isWall ? <WallClock /> : null}</div>
      <TotalsStrip totals={live.totals} session={session} area={area} />
      <Alarms live={live} alarms={alarms} isWall={isWall} onSeen={onSeen} />
      <div class="filters wall-hidden">
        <Field label={t("search")} hint={t("gateHint")}><input type="search" data-search value={text} onInput={(event) => setText(value(event))} /></Field>
        <Choice label={t("kind")} chosen={group} options={groups.map(([name, key]) => [name, t(key)] as const)} onChoose={setGroup} />
      </div>
      <div class="columns">
        <section aria-labelledby="gates">
          <h2 id="gates" tabIndex={-1}>{t("gates")}</h2>
          <div class="cards">{gates.map((gate) => (
            <Card key={gate.gate} gate={gate} last={last} isStale={live.link === "lost"} canCommand={!isWall && live.link !== "lost" && may(session, "people", gate.gate) && gate.state === "online"} onCommand={setCommanded} onHealth={isWall ? undefined : setExamined} />))}</div>
          {!isWall && gates.length < found.length ? <button type="button" onClick={() => setAll(true)}>{t("allGates", number(found.length))}</button> : null}
        </section>
        <section aria-labelledby="feed">
          <h2 id="feed">{t("events")}</h2>
          <Feed feed={feed} known={known} isLoaded={live.isLoaded} />
        </section>
      </div>
      {commanded ? <CommandDialog gate={commanded} session={session} onClose={() => setCommanded(null)} /> : null}
      {examined ? <HealthDialog gate={examined} onClose={() => setExamined(null)} /> : null}
    </main>
  );
}

/** The newest passage or refusal at each access point, "gate point"; under the gate's own name, of the whole gate. */
function lastAt(feed: Event[]): ReadonlyMap<string, Event> {
  const last = new Map<string, Event>();
  for (const event of feed) {
    const group = groupOf(event.event);
    if (group !== "passages" && group !== "refusals") continue;
    for (const key of [event.gate, `${event.gate} ${event.access_point ?? ""}`]) if (!last.has(key)) last.set(key, event);
  }
  return last;
}

