// A gate at a glance: its state, each of its access points, and how old that is.
import type { JSX } from "preact";
import type { AccessPoint, Event, Gate } from "../api";
import { gateName, number } from "../format";
import type { Key } from "../i18n";
import { eventWord, reasonWord, t } from "../i18n";
import type { IconName } from "../icons";
import { troublesOf } from "../stream";
import type { Tone } from "../ui";
import { Ago, State, Still } from "../ui";
import { toneOf } from "./feed";

interface Look { icon: IconName; word: Key; tone: Tone }

const states: Record<Gate["state"], Look> = {
  online: { icon: "check", word: "online", tone: "good" }, stopped: { icon: "stop", word: "stopped", tone: "warn" },
  offline: { icon: "unplug", word: "offline", tone: "bad" }, unknown: { icon: "question", word: "unknown", tone: "none" },
};

const modes: Record<string, Look> = {
  normal: { icon: "passage", word: "modeNormal", tone: "good" }, released: { icon: "unlock", word: "modeReleased", tone: "bad" },
  locked_open: { icon: "unlock", word: "modeOpen", tone: "warn" }, locked_down: { icon: "lock", word: "modeDown", tone: "bad" },
};
const doors: Record<string, Look> = {
  forced_open: { icon: "door", word: "doorForced", tone: "bad" }, open_too_long: { icon: "door", word: "doorLong", tone: "warn" },
};
const strange: Look = { icon: "question", word: "unknown", tone: "none" };

/** While the gate is away, what it last said of its lanes is not known to hold. */
function looksOf(point: AccessPoint, isThere: boolean): Look[] {
  if (!isThere) return [strange];
  const looks: Look[] = [];
  const door = doors[point.door];
  if (door) looks.push(door);
  if (point.tamper) looks.push({ icon: "unlock", word: "tamper", tone: "bad" });
  if (point.mode !== "normal" || looks.length === 0) looks.push(modes[point.mode] ?? strange);
  return looks;
}

function Passage({ event }: { event: Event | undefined }): JSX.Element | null {
  if (!event) return null;
  return <span class="passage"><State tone={toneOf(event).tone} icon={toneOf(event).icon}>{eventWord(event.event)}{event.reason ? `: ${reasonWord(event.reason)}` : ""}</State> · <Ago at={event.at} /></span>;
}

interface CardProps { gate: Gate; last: ReadonlyMap<string, Event>; isStale: boolean; canCommand: boolean; onCommand: (gate: Gate) => void; onHealth?: ((gate: Gate) => void) | undefined }

export class Card extends Still<CardProps> {
  /** The map is another with every event: what counts is what it says of this gate. */
  override shouldComponentUpdate(next: Readonly<CardProps>): boolean {
    const { gate } = this.props;
    return next.gate !== gate || next.isStale !== this.props.isStale || next.canCommand !== this.props.canCommand || next.last.get(gate.gate) !== this.props.last.get(gate.gate);
  }

  override render({ gate, last, isStale, canCommand, onCommand, onHealth }: CardProps): JSX.Element {
    // What was fine when it was last heard is not known to be.
    const state: Look = isStale ? { ...strange, word: states[gate.state].word } : states[gate.state];
    const word = isStale ? t("wasState", t(state.word)) : t(state.word);
    const { name, place } = gateName(gate.gate);
    const isThere = gate.state === "online";
    const isBad = troublesOf(gate).some((trouble) => trouble.what !== "stopped");
    return (
      <article class={`card ${isBad && isThere ? "bad" : state.tone}`} aria-label={gate.gate}>
        <header>
          <h3><a href={`/events?area=${gate.gate}`}><span class="faint">{place}/</span>{name}</a></h3>
          <State tone={state.tone} icon={state.icon}>{word}</State>
        </header>
        <ul class="points">{gate.access_points.map((point) => (
          <li key={point.id}>
            <span class="point">{point.id}</span>
            {looksOf(point, isThere && !isStale).map((look) => <State key={look.word} tone={look.tone} icon={look.icon}>{t(look.word)}</State>)}
            <Passage event={last.get(`${gate.gate} ${point.id}`)} />
          </li>))}</ul>
        <p class="faint">
          {t("lastEvent")}: <Ago at={gate.last_event_at} />
          {!isThere && gate.state_at ? <> · {t(state.word)} <Ago at={gate.state_at} /></> : null}
          {gate.behind > 0 ? ` · ${t("behind", number(gate.behind))}` : ""}
        </p>
        {gate.lost > 0 ? <p><State tone="warn" icon="alert">{t("lostRows", number(gate.lost))}</State></p> : null}
        <div class="buttons">
          {canCommand ? <button type="button" onClick={() => onCommand(gate)} aria-label={`${t("command")}: ${gate.gate}`}>{t("command")}…</button> : null}
          {onHealth ? <button type="button" class="quiet" onClick={() => onHealth(gate)} aria-label={`${t("health")}: ${gate.gate}`}>{t("health")}…</button> : null}
        </div>
      </article>
    );
  }
}
