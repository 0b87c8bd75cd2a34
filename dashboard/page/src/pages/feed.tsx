// Events as they come: each with a picture, a word and a colour.
import type { JSX } from "preact";
import type { Event } from "../api";
import { clock, dayOf, exact } from "../format";
import { clockWord, eventWord, reasonWord, t } from "../i18n";
import type { IconName } from "../icons";
import { Who } from "../names";
import { groupOf } from "../stream";
import type { Tone } from "../ui";
import { State } from "../ui";

const looks: Record<string, { tone: Tone; icon: IconName }> = {
  AccessTaken: { tone: "good", icon: "check" }, AccessGranted: { tone: "good", icon: "check" }, AccessNotTaken: { tone: "warn", icon: "question" },
  AccessDenied: { tone: "bad", icon: "cross" }, CommandRefused: { tone: "warn", icon: "cross" }, Duress: { tone: "bad", icon: "alert" },
  SilentAlarm: { tone: "bad", icon: "alert" }, ForcedOpen: { tone: "bad", icon: "door" }, OpenTooLong: { tone: "warn", icon: "door" },
  Tamper: { tone: "bad", icon: "unlock" }, Fault: { tone: "warn", icon: "alert" }, FireRelease: { tone: "bad", icon: "flame" },
  LockDown: { tone: "warn", icon: "lock" }, LockOpen: { tone: "warn", icon: "unlock" }, Stopped: { tone: "warn", icon: "stop" },
};

export function toneOf(event: Event): { tone: Tone; icon: IconName } {
  const look = looks[event.event] ?? { tone: "none", icon: groupOf(event.event) === "commands" ? "gear" : "dot" };
  if (event.event === "AccessTaken" && event.direction) return { tone: "good", icon: event.direction === "entry" ? "in" : "out" };
  return look;
}

/** What a reader should know besides. */
export function remarksOf(event: Event): string[] {
  const remarks: string[] = [];
  if (event.historical) remarks.push(t("historical"));
  if (event.offline) remarks.push(t("flagOffline"));
  if (event.late) remarks.push(t("flagLate"));
  if (event.no_sensor) remarks.push(t("flagNoSensor"));
  if (event.passback_soft) remarks.push(t("flagPassback"));
  if (event.clock && event.clock !== "synchronised") remarks.push(t("flagClock", clockWord(event.clock)));
  return remarks;
}

export function Feed({ feed, known, isLoaded }: { feed: Event[]; known: Map<string, string>; isLoaded: boolean }): JSX.Element {
  if (feed.length === 0) return <p class="empty">{isLoaded ? t("noEventsYet") : t("loading")}</p>;
  const today = dayOf(new Date().toISOString());
  return (
    <ol class="feed" tabIndex={0} aria-label={t("events")}>{feed.map((event) => {
      const { tone, icon } = toneOf(event);
      const remarks = remarksOf(event);
      const eventDay = dayOf(event.at);
      return (
        <li key={event.id}>
          <time dateTime={event.at} title={exact(event.at)}>{clock(event.at)}{eventDay === today ? "" : ` ${eventDay}`}</time>
          <State tone={tone} icon={icon}>{eventWord(event.event)}{event.direction && event.event === "AccessTaken" ? ` ${t(event.direction)}` : ""}{event.reason ? `: ${reasonWord(event.reason)}` : ""}</State>
          <span class="faint">{event.gate}{event.access_point ? ` · ${event.access_point}` : ""}</span>
          {event.subject ? <Who subject={event.subject} known={known} /> : null}
          {remarks.length > 0 ? <span class="faint">({remarks.join(", ")})</span> : null}
        </li>);
    })}</ol>
  );
}
