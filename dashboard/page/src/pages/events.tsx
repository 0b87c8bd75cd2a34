// What happened. The address keeps the filters, so that anything may link to its list; but not whom they are about.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Event, Session } from "../api";
import { get, may } from "../api";
import { utc } from "../format";
import { classWord, eventWord, reasonWord, sorted, t } from "../i18n";
import { useNames, Who } from "../names";
import type { Place } from "../router";
import { queryOf, rewrite } from "../router";
import { Choice, Failure, Field, State, Table, Time, usePaged, value } from "../ui";
import { eventWords, reasonWords } from "../words";
import { remarksOf, toneOf } from "./feed";

interface Wish { area: string; event: string; reason: string; from: string; until: string; subject: string }

const none: Wish = { area: "", event: "", reason: "", from: "", until: "", subject: "" };

const isArea = (text: string): boolean => /^([a-z0-9-]{1,32}(\/[a-z0-9-]{1,32}){0,2})?$/.test(text);
const isSubject = (text: string): boolean => /^([0-9a-f]{32})?$/.test(text);

function wishOf(place: Place): Wish {
  const of = (key: string): string => queryOf(place, key);
  return { ...none, area: of("area"), event: of("event"), reason: of("reason"), from: of("from"), until: of("until") };
}

function options(words: Record<string, unknown>, say: (name: string) => string): (readonly [string, string])[] {
  return [["", t("any")], ...sorted(Object.keys(words).map((name) => [name, say(name)] as const), ([, text]) => text)];
}

function Filters({ wish, session, onWish }: { wish: Wish; session: Session; onWish: (wish: Wish) => void }): JSX.Element {
  return (
    <div class="filters no-print">
      <Field label={t("gate")} hint={t("gateHint")}>
        <input type="search" data-search pattern="[a-z0-9\-]{1,32}(/[a-z0-9\-]{1,32}){0,2}" value={wish.area} onInput={(event) => onWish({ ...wish, area: value(event).trim() })} />
      </Field>
      <Choice label={t("kind")} chosen={wish.event} options={options(eventWords, eventWord)} onChoose={(event) => onWish({ ...wish, event })} />
      <Choice label={t("reason")} chosen={wish.reason} options={options(reasonWords, reasonWord)} onChoose={(reason) => onWish({ ...wish, reason })} />
      <Field label={t("from")}><input type="datetime-local" value={wish.from} onChange={(event) => onWish({ ...wish, from: value(event) })} /></Field>
      <Field label={t("until")}><input type="datetime-local" value={wish.until} onChange={(event) => onWish({ ...wish, until: value(event) })} /></Field>
      {may(session, "manage") ? (
        <Field label={t("subject")} hint={`${t("subjectHint")}. ${t("lookRecorded")}`}>
          <input pattern="[0-9a-f]{32}" value={wish.subject} autocomplete="off" spellcheck={false} onInput={(event) => onWish({ ...wish, subject: value(event).trim() })} />
        </Field>) : null}
      {Object.values(wish).some((one) => one !== "") ? <button type="button" onClick={() => onWish(none)}>{t("clearFilters")}</button> : null}
    </div>
  );
}

export function EventsPage({ session, area, place }: { session: Session; area: string; place: Place }): JSX.Element {
  const [wish, setWish] = useState<Wish>(() => wishOf(place));
  // The last one that can be asked: what is half typed is not.
  const [asked, setAsked] = useState(wish);
  const query = { ...asked, area: asked.area || area, from: utc(asked.from), until: utc(asked.until) };
  const events = usePaged<Event>(JSON.stringify(query), (cursor) =>
    get<{ events: Event[]; next: string | null }>("events", { ...query, cursor, limit: 100 }).then((page) => ({ rows: page.events, next: page.next })));
  const known = useNames(events.rows.map((event) => event.subject), may(session, "people"));
  useEffect(() => {
    if (!isArea(wish.area) || !isSubject(wish.subject)) return undefined;
    const timer = window.setTimeout(() => {
      setAsked(wish);
      const { subject: _, ...kept } = wish;
      rewrite(kept);
    }, 250);
    return () => window.clearTimeout(timer);
  }, [wish]);
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("events")}</h1>
      <Filters wish={wish} session={session} onWish={setWish} />
      <Failure error={events.error} onRetry={events.reload} />
      {events.isLoading && events.rows.length === 0 ? <p role="status">{t("loading")}</p> : events.error && events.rows.length === 0 ? null : (
        <Table caption={t("events")} isStacked rows={events.rows} keyOf={(event) => event.id} empty={t("noEvents")} columns={[
          { head: t("at"), cell: (event) => <Time at={event.at} /> },
          { head: t("event"), cell: (event) => <State tone={toneOf(event).tone} icon={toneOf(event).icon}>{eventWord(event.event)}</State> },
          { head: t("reason"), cell: (event) => reasonWord(event.reason) },
          { head: t("gate"), cell: (event) => <button type="button" class="link" onClick={() => setWish({ ...wish, area: event.gate })}>{event.gate}</button> },
          { head: t("point"), cell: (event) => event.access_point ?? "" },
          { head: t("direction"), cell: (event) => (event.direction ? t(event.direction) : "") },
          { head: t("shown"), cell: (event) => classWord(event.credential_class) },
          { head: t("person"), cell: (event) => <Who subject={event.subject} known={known} canCopy /> },
          { head: t("details"), cell: (event) => remarksOf(event).join(", ") }]} />)}
      {events.hasMore ? <div class="buttons no-print"><button type="button" aria-disabled={events.isLoading} onClick={() => { if (!events.isLoading) events.more(); }}>{t("more")}</button></div> : null}
    </main>
  );
}
