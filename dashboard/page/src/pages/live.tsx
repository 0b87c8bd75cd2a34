// Is every gate working? Who passes?
import type { JSX } from "preact";
import { useEffect, useReducer, useState } from "preact/hooks";
import type { AccessPoint, Event, Gate, Session, Totals } from "../api";
import { may } from "../api";
import { clock, exact, number } from "../format";
import type { Key } from "../i18n";
import { t, word } from "../i18n";
import type { Alarm } from "../stream";
import { alarmsOf, follow, next, nothingYet } from "../stream";
import { Ago, useNames, useNow, Who } from "../ui";
import { CommandDialog } from "./command";

const states: Record<Gate["state"], { icon: string; word: Key; tone: string }> = {
  online: { icon: "✓", word: "online", tone: "good" }, stopped: { icon: "■", word: "stopped", tone: "warn" },
  offline: { icon: "✕", word: "offline", tone: "bad" }, unknown: { icon: "?", word: "unknown", tone: "none" },
};

const modes: Record<string, { icon: string; word: Key; tone: string }> = {
  normal: { icon: "⇄", word: "modeNormal", tone: "none" }, released: { icon: "⇈", word: "modeReleased", tone: "bad" },
  locked_open: { icon: "⇈", word: "modeOpen", tone: "warn" }, locked_down: { icon: "⛔", word: "modeDown", tone: "bad" },
};

const alarmWords: Record<Alarm["what"], Key> = {
  fire: "fireReleased", fireHolding: "fireHolding", offline: "offline", stopped: "stopped", forced: "doorForced",
  long: "doorLong", tamper: "tamper", clock: "clockBad",
};

function TotalsStrip({ totals }: { totals: Totals | null }): JSX.Element {
  const gates = totals ? totals.gates.online + totals.gates.stopped + totals.gates.offline + totals.gates.unknown : 0;
  const cells: [Key, string][] = totals ? [
    ["insideNow", number(totals.inside)], ["entriesToday", number(totals.entries_today)], ["exitsToday", number(totals.exits_today)],
    ["deniedToday", number(totals.denied_today)], ["gatesUp", t("of", number(totals.gates.online), number(gates))]] : [];
  return <dl class="totals">{cells.map(([key, text]) => <div key={key}><dt>{t(key)}</dt><dd>{text}</dd></div>)}</dl>;
}

function Alarms({ alarms }: { alarms: Alarm[] }): JSX.Element {
  return (
    <section class={alarms.length > 0 ? "alarms bad" : "alarms good"} aria-live="assertive" aria-label={t("alarms")}>
      {alarms.length === 0 ? <p><span class="icon" aria-hidden="true">✓</span> {t("noAlarms")}</p> : (
        <ul>{alarms.map((alarm) => (
          <li key={`${alarm.gate} ${alarm.what} ${alarm.point ?? ""}`}>
            <span class="icon" aria-hidden="true">▲</span> <strong>{alarm.gate}{alarm.point ? ` · ${alarm.point}` : ""}</strong> {t(alarmWords[alarm.what])}
          </li>))}</ul>)}
    </section>
  );
}

function Point({ point }: { point: AccessPoint }): JSX.Element {
  const mode = modes[point.mode] ?? { icon: "?", word: "unknown" as Key, tone: "none" };
  return <li><span class={`tone ${mode.tone}`}><span aria-hidden="true">{mode.icon}</span> {point.id}: {t(mode.word)}</span></li>;
}

function Card({ gate, session, now, last, onCommand }: {
  gate: Gate; session: Session; now: number; last: Event | undefined; onCommand: () => void;
}): JSX.Element {
  const state = states[gate.state];
  return (
    <article class={`card ${state.tone}`} aria-label={gate.gate}>
      <header>
        <h2>{gate.gate}</h2>
        <span class={`tone ${state.tone}`}><span class="icon" aria-hidden="true">{state.icon}</span> {t(state.word)}</span>
      </header>
      <p class="faint"><Ago at={gate.state_at} now={now} />{gate.behind > 0 ? ` · ${t("behind", number(gate.behind))}` : ""}{gate.lost > 0 ? ` · ${t("lostRows", number(gate.lost))}` : ""}</p>
      <ul class="points">{gate.access_points.map((point) => <Point key={point.id} point={point} />)}</ul>
      <p>{t("lastEvent")}: {last ? <>{word(last.event)} {last.reason ? `(${word(last.reason)})` : ""} · </> : null}<Ago at={gate.last_event_at} now={now} /></p>
      {may(session, "people", gate.gate) && gate.state === "online" ?
        <button type="button" class="wall-hidden" onClick={onCommand} aria-label={`${t("command")}: ${gate.gate}`}>{t("command")}…</button> : null}
    </article>
  );
}

const tones: Record<string, string> = {
  AccessGranted: "good", AccessTaken: "good", AccessDenied: "bad", Duress: "bad", SilentAlarm: "bad", ForcedOpen: "bad",
  Tamper: "bad", FireRelease: "bad", Fault: "warn", OpenTooLong: "warn", AccessNotTaken: "warn", CommandRefused: "warn",
};
const icons: Record<string, string> = { good: "✓", bad: "✕", warn: "!", none: "·" };

function Feed({ feed, known }: { feed: Event[]; known: Map<string, string> }): JSX.Element {
  return (
    <ol class="feed" aria-label={t("events")}>{feed.map((event) => {
      const tone = tones[event.event] ?? "none";
      return (
        <li key={event.id} class={event.historical ? "faint" : ""}>
          <time dateTime={event.at} title={exact(event.at)}>{clock(event.at)}</time>
          <span class={`tone ${tone}`}><span aria-hidden="true">{icons[tone]}</span> {word(event.event)}{event.reason ? `: ${word(event.reason)}` : ""}</span>
          <span>{event.gate}{event.access_point ? ` · ${event.access_point}` : ""}</span>
          {event.subject ? <Who subject={event.subject} known={known} /> : null}
          {event.historical ? <span>({t("historical")})</span> : null}
        </li>);
    })}</ol>
  );
}

export function LivePage({ session, area }: { session: Session; area: string }): JSX.Element {
  const [live, tell] = useReducer(next, nothingYet);
  const [commanded, setCommanded] = useState<Gate | null>(null);
  const [filter, setFilter] = useState("");
  const now = useNow();
  useEffect(() => follow(area, tell), [area]);
  const feed = live.feed.filter((event) => !filter || event.event === filter).slice(0, 50);
  const known = useNames(feed.map((event) => event.subject), may(session, "people"));
  return (
    <main id="content">
      <h1>{t("live")}</h1>
      <p class={`link-state tone ${live.isConnected ? "good" : "warn"}`} role="status">
        <span aria-hidden="true">{live.isConnected ? "●" : "○"}</span> {live.isConnected ? t("connected") : t("reconnecting")}
      </p>
      <TotalsStrip totals={live.totals} />
      <Alarms alarms={alarmsOf(live.gates)} />
      <section aria-label={t("gates")} class="cards">
        {live.gates.map((gate) => (
          <Card key={gate.gate} gate={gate} session={session} now={now} last={live.feed.find((event) => event.gate === gate.gate)}
            onCommand={() => setCommanded(gate)} />))}
      </section>
      <section aria-labelledby="feed">
        <h2 id="feed">{t("events")}</h2>
        <label class="field wall-hidden"><span>{t("kind")}</span>
          <select value={filter} onChange={(event) => setFilter(event.currentTarget.value)}>
            <option value="">{t("any")}</option>
            {[...new Set(live.feed.map((event) => event.event))].sort().map((name) => <option value={name}>{word(name)}</option>)}
          </select>
        </label>
        <Feed feed={feed} known={known} />
      </section>
      {commanded ? <CommandDialog gate={commanded} session={session} onClose={() => setCommanded(null)} /> : null}
    </main>
  );
}
