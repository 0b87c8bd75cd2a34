// One gate on a tablet, at arm's length: who has just been let through or turned away, why, and what a guard can do.
import type { JSX } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Event, Gate, Session } from "../api";
import { may } from "../api";
import { keepSetting, deviceStore } from "../device";
import { follow } from "../follow";
import { classWord, eventWord, reasonWord, t } from "../i18n";
import { Icon } from "../icons";
import { useNames, Who } from "../names";
import type { Place } from "../router";
import { queryOf } from "../router";
import { groupOf, next, nothingYet } from "../stream";
import { Ago, Notice, State } from "../ui";
import { CommandDialog } from "./command";
import { DeclarationDialog } from "./declaration";
import { remarksOf, toneOf } from "./feed";
import { Card } from "./gate";
import { LinkState } from "./live";
import { useWakeLock } from "../wake";
import { VisitorDialog } from "./visitor";

const before = 3; // scans below the last one
const memory = "stile.guard", soundMemory = "stile.guard-sound";
const freshMs = 3000; // what is older when it comes is no news

const isScan = (event: Event): boolean => groupOf(event.event) === "passages" || groupOf(event.event) === "refusals";
const wordsOf = (event: Event): string =>
  `${eventWord(event.event)}${event.direction && event.event === "AccessTaken" ? ` ${t(event.direction)}` : ""}`;

/** Two falling tones: the gate's own for a no. A browser plays them once somebody has touched the page. */
function beep(context: AudioContext): void {
  for (const [at, frequency] of [[0, 660], [0.18, 440]] as const) {
    const tone = context.createOscillator(), volume = context.createGain();
    tone.frequency.value = frequency;
    volume.gain.value = 0.2;
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.15);
  }
}

function useSound(last: Event | undefined): [boolean, (isOn: boolean) => void] {
  const [isOn, setOn] = useState(() => deviceStore().getItem(soundMemory) === "on");
  const context = useRef<AudioContext | null>(null);
  const heard = useRef(last?.id);
  useEffect(() => {
    const isNews = last !== undefined && heard.current !== last.id && Date.now() - Date.parse(last.at) < freshMs;
    heard.current = last?.id;
    if (!isOn || !isNews || groupOf(last.event) !== "refusals") return;
    context.current ??= new AudioContext();
    beep(context.current);
  }, [last?.id, isOn]);
  return [isOn, (on) => {
    setOn(on);
    keepSetting(soundMemory, on ? "on" : "off");
    if (on) context.current ??= new AudioContext();
  }];
}

function LastScan({ event, known }: { event: Event | undefined; known: Map<string, string> }): JSX.Element {
  if (!event) return <p class="empty">{t("guardNobodyYet")}</p>;
  const { tone, icon } = toneOf(event);
  const remarks = remarksOf(event);
  return (
    <section class={`verdict ${tone}`} role="status" aria-label={t("lastEvent")}>
      <p class="word"><Icon name={icon} /> <span>{wordsOf(event)}</span></p>
      {event.reason ? <p class="why">{reasonWord(event.reason)}</p> : null}
      <p>{event.subject ? <Who subject={event.subject} known={known} /> : t("guardNoName")}{event.credential_class ? ` · ${classWord(event.credential_class)}` : ""}</p>
      <p class="faint">{event.access_point ? `${event.access_point} · ` : ""}<Ago at={event.at} />{remarks.length > 0 ? ` · ${remarks.join(", ")}` : ""}</p>
    </section>
  );
}

function Earlier({ events, known }: { events: Event[]; known: Map<string, string> }): JSX.Element | null {
  if (events.length === 0) return null;
  return (
    <section aria-labelledby="earlier">
      <h2 id="earlier">{t("guardEarlier")}</h2>
      <ol class="feed">{events.map((event) => (
        <li key={event.id}>
          <Ago at={event.at} />
          <State tone={toneOf(event).tone} icon={toneOf(event).icon}>{wordsOf(event)}{event.reason ? `: ${reasonWord(event.reason)}` : ""}</State>
          {event.subject ? <Who subject={event.subject} known={known} /> : null}
        </li>))}</ol>
    </section>
  );
}

function Station({ gate: name, session }: { gate: string; session: Session }): JSX.Element {
  const [live, tell] = useReducer(next, nothingYet);
  const [isCommanding, setCommanding] = useState(false);
  const [isRegistering, setRegistering] = useState(false);
  const [declaring, setDeclaring] = useState<string | null>(null);
  useEffect(() => {
    tell({ kind: "forget" });
    return follow(name, false, tell);
  }, [name]);
  useWakeLock();
  const scans = live.feed.filter(isScan).slice(0, before + 1);
  const [last, ...earlier] = scans;
  const [isLoud, setLoud] = useSound(last);
  const known = useNames(scans.map((event) => event.subject), may(session, "people", name));
  const gate: Gate | undefined = live.gates.find((one) => one.gate === name);
  const isReachable = gate?.state === "online" && live.link !== "lost";
  return (
    <main id="content" tabIndex={-1} class={`guard ${live.link === "lost" ? "stale" : ""}`}>
      <div class="title"><h1>{name}</h1><LinkState live={live} /></div>
      {live.isLoaded && !gate ? <Notice kind="warn">{t("guardNoGate")}</Notice> : null}
      <LastScan event={last} known={known} />
      <div class="buttons big">
        <button type="button" class="primary" disabled={!isReachable || !may(session, "people", name)} onClick={() => setCommanding(true)}>
          {last && groupOf(last.event) === "refusals" ? t("guardAdmit") : t("open")}…</button>
        {may(session, "people", name) ? <button type="button" onClick={() => setRegistering(true)}>{t("visitor")}…</button> : null}
        {session.declarations && last?.subject && may(session, "people", name) ? <button type="button" onClick={() => setDeclaring(last.subject)}>{t("declareFor")}…</button> : null}
        {may(session, "manage", name) ? <a class="button" href="/people">{t("newPerson")}</a> : null}
        <a class="button" href={`/events?area=${name}`}>{t("events")}</a>
        <label class="check"><input type="checkbox" checked={isLoud} onChange={(event) => setLoud(event.currentTarget.checked)} /> {t("guardSound")}</label>
      </div>
      <Earlier events={earlier} known={known} />
      {gate ? <div class="cards"><Card gate={gate} last={new Map()} isStale={live.link === "lost"} canCommand={false} onCommand={() => undefined} /></div> : null}
      <p><a href="/guard?gate=">{t("guardOther")}</a></p>
      {isCommanding && gate ? <CommandDialog gate={gate} point={last?.access_point ?? null} session={session} onClose={() => setCommanding(false)} /> : null}
      {declaring ? <DeclarationDialog who={{ subject: declaring }} name={known.get(declaring) ?? t("guardNoName")} onClose={() => setDeclaring(null)} onDone={() => setDeclaring(null)} /> : null}
      {isRegistering ? <VisitorDialog session={session} onClose={() => setRegistering(false)} /> : null}
    </main>
  );
}

function Chooser({ session, area }: { session: Session; area: string }): JSX.Element {
  const [live, tell] = useReducer(next, nothingYet);
  useEffect(() => {
    tell({ kind: "forget" });
    return follow(area, false, tell);
  }, [area]);
  const gates = live.gates.filter((gate) => may(session, "people", gate.gate));
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("guard")}</h1>
      <p>{t("guardChoose")}</p>
      {gates.length === 0 ? <p class="empty">{live.isLoaded ? t("noGates") : t("loading")}</p> : null}
      <ul class="choices-list">{gates.map((gate) => (
        <li key={gate.gate}><a class="button" href={`/guard?gate=${encodeURIComponent(gate.gate)}`}>{gate.gate}</a></li>))}</ul>
    </main>
  );
}

/** The gate stands in the address; a tablet that begins without one takes its last. */
export function GuardPage({ session, area, place }: { session: Session; area: string; place: Place }): JSX.Element {
  const isAsked = new URLSearchParams(place.query).has("gate");
  const gate = isAsked ? queryOf(place, "gate") : deviceStore().getItem(memory) ?? "";
  useEffect(() => { if (isAsked) keepSetting(memory, gate); }, [isAsked, gate]);
  return gate ? <Station key={gate} gate={gate} session={session} /> : <Chooser session={session} area={area} />;
}
