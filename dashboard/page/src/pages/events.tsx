// What happened.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Event, Session } from "../api";
import { get, may } from "../api";
import { t, word, words } from "../i18n";
import { Choice, Failure, Field, Table, Time, useNames, value, Who } from "../ui";

interface Wish { event: string; reason: string; from: string; until: string; subject: string }
interface Page { events: Event[]; next: string | null }

const kinds = Object.keys(words).filter((name) => /^[A-Z]/.test(name));
const reasons = ["unknown_credential", "expired", "revoked", "blocked", "passback", "outside_schedule", "wrong_access_point", "lockout",
  "bad_signature", "not_a_pass", "occupancy_limit", "declaration_missing", "command", "fire", "exit_button"];

/** The browser's local time as the API wants it. */
const utc = (local: string): string => (local ? new Date(local).toISOString() : "");

export function EventsPage({ session, area }: { session: Session; area: string }): JSX.Element {
  const [wish, setWish] = useState<Wish>({ event: "", reason: "", from: "", until: "", subject: "" });
  const [events, setEvents] = useState<Event[]>([]);
  const [more, setMore] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const known = useNames(events.map((event) => event.subject), may(session, "people"));
  const load = (cursor: string | null): void => {
    get<Page>("events", { area, ...wish, from: utc(wish.from), until: utc(wish.until), cursor, limit: 100 }).then((page) => {
      setEvents((before) => (cursor ? [...before, ...page.events] : page.events));
      setMore(page.next);
      setError(null);
    }, setError);
  };
  useEffect(() => load(null), [area, JSON.stringify(wish)]);
  const all = (names: string[]): (readonly [string, string])[] => [["", t("any")], ...names.map((name) => [name, word(name)] as const)];
  return (
    <main id="content">
      <h1>{t("events")}</h1>
      <div class="filters no-print">
        <Choice label={t("kind")} chosen={wish.event} options={all(kinds)} onChoose={(event) => setWish({ ...wish, event })} />
        <Choice label={t("reason")} chosen={wish.reason} options={all(reasons)} onChoose={(reason) => setWish({ ...wish, reason })} />
        <Field label={t("from")}><input type="datetime-local" value={wish.from} onChange={(event) => setWish({ ...wish, from: value(event) })} /></Field>
        <Field label={t("until")}><input type="datetime-local" value={wish.until} onChange={(event) => setWish({ ...wish, until: value(event) })} /></Field>
        {may(session, "manage") ? (
          <Field label={t("subject")} hint={t("lookRecorded")}>
            <input data-search pattern="[0-9a-f]{32}" value={wish.subject} onChange={(event) => setWish({ ...wish, subject: value(event) })} />
          </Field>) : null}
      </div>
      <Failure error={error} />
      <Table caption={t("events")} rows={events} keyOf={(event) => event.id} columns={[
        { head: t("at"), cell: (event) => <Time at={event.at} /> }, { head: t("event"), cell: (event) => word(event.event) },
        { head: t("reason"), cell: (event) => word(event.reason) }, { head: t("gate"), cell: (event) => event.gate },
        { head: t("point"), cell: (event) => event.access_point ?? "" },
        { head: t("direction"), cell: (event) => (event.direction ? t(event.direction) : "") },
        { head: t("shown"), cell: (event) => word(event.credential_class) },
        { head: t("person"), cell: (event) => <Who subject={event.subject} known={known} /> }]} />
      {more ? <div class="buttons no-print"><button type="button" onClick={() => load(more)}>{t("more")}</button></div> : null}
    </main>
  );
}
