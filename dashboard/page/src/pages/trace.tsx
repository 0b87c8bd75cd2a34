// Who was with whom: with a case and a reason first, for every question is recorded.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Contact, Session, Visit } from "../api";
import { ask, may, serverNow } from "../api";
import { download } from "../csv";
import { day, number, periodStart, short } from "../format";
import { classWord, t } from "../i18n";
import { useNames, Who } from "../names";
import type { Column } from "../ui";
import { Choice, Field, Form, Notice, Remark, Table, Time, value } from "../ui";
import { Timeline, timelineRows } from "./timeline";

interface Wish { case: string; reason: string; subject: string; from: string; until: string; margin: string; hops: "1" | "2" | "3" }
interface Found { wish: Wish; at: number; visits: Visit[]; contacts: Contact[]; truncated: boolean }

const dayMs = 86400000;

const leftText = (visit: Visit): string => (visit.left_assumed ? t("leftAssumed") : visit.left ?? (visit.entered ? t("stillInside") : t("notKnown")));

function exportVisits({ wish, visits }: Found): void {
  const rows = visits.map((visit) => [wish.case, visit.subject, visit.site, visit.entered ?? t("notKnown"), leftText(visit), visit.gate_in, visit.gate_out]);
  download(`visits-${short(wish.subject)}.csv`, [[t("case"), t("subject"), t("site"), t("entered"), t("left"), `${t("gate")} (${t("entry")})`, `${t("gate")} (${t("exit")})`], ...rows]);
}

function exportContacts({ wish, contacts }: Found): void {
  const rows = contacts.map((contact) => [wish.case, contact.visit.subject, contact.visit.site, contact.from, contact.until ?? t("stillInside"), contact.minutes, contact.hop]);
  download(`contacts-${short(wish.subject)}.csv`, [[t("case"), t("subject"), t("site"), t("from"), t("until"), t("minutes"), t("hop")], ...rows]);
}

const visitColumns: Column<Visit>[] = [
  { head: "site", cell: (visit) => visit.site },
  { head: "entered", cell: (visit) => (visit.entered ? <Time at={visit.entered} /> : t("notKnown")) },
  { head: "left", cell: (visit) => (visit.left && !visit.left_assumed ? <Time at={visit.left} /> : leftText(visit)) },
  { head: "gate", cell: (visit) => [visit.gate_in, visit.gate_out].filter((gate) => gate).join(" → ") },
  { head: "shown", cell: (visit) => classWord(visit.credential_class) },
];

function Result({ found, session }: { found: Found; session: Session }): JSX.Element {
  const { wish, visits, contacts } = found;
  const known = useNames(contacts.map((contact) => contact.visit.subject), may(session, "people"));
  const persons = new Set(contacts.map((contact) => contact.visit.subject)).size;
  const heads = { site: t("site"), entered: t("entered"), left: t("left"), gate: t("gate"), shown: t("shown") } as Record<string, string>;
  return (
    <section aria-label={t("contacts")}>
      <p class="big">{t("traceOf", wish.case, short(wish.subject), periodStart(wish.from), periodStart(wish.until))}</p>
      {found.truncated ? <Notice kind="bad">{t("truncated")}</Notice> : null}
      {visits.length > 0 ? (
        <>
          <h2>{t("timeline")}</h2>
          <p class="faint">{t("timelineHint")} {persons > timelineRows ? t("timelineCut", timelineRows) : ""}</p>
          <p class="legend"><span class="swatch own" aria-hidden="true" /> {short(wish.subject)}
            {["1", "2", "3"].slice(0, Number(wish.hops)).map((hop) => <span key={hop}><span class={`swatch hop${hop}`} aria-hidden="true" /> {t("hop")} {hop}</span>)}</p>
          <Timeline subject={wish.subject} visits={visits} contacts={contacts} now={found.at} />
        </>) : null}
      <h2>{t("visits")}: {number(visits.length)}</h2>
      <Table caption={t("visits")} isStacked rows={visits} keyOf={(visit) => visit.id} empty={t("noVisits")}
        columns={visitColumns.map((column) => ({ ...column, head: heads[column.head] ?? column.head }))} />
      <h2>{t("contacts")}: {number(persons)}</h2>
      <Table caption={t("contacts")} isStacked rows={contacts} keyOf={(contact) => `${contact.of_visit} ${contact.visit.id}`} empty={t("noContacts")} columns={[
        { head: t("person"), cell: (contact) => <Who subject={contact.visit.subject} known={known} canCopy /> },
        { head: t("site"), cell: (contact) => contact.visit.site }, { head: t("from"), cell: (contact) => <Time at={contact.from} /> },
        { head: t("until"), cell: (contact) => (contact.until ? <Time at={contact.until} /> : t("stillInside")) },
        { head: t("minutes"), cell: (contact) => number(contact.minutes), isNumber: true },
        { head: t("hop"), cell: (contact) => contact.hop, isNumber: true }]} />
      <div class="buttons no-print">
        <button type="button" onClick={() => exportContacts(found)}>{t("contactsCsv")}</button>
        <button type="button" onClick={() => exportVisits(found)}>{t("visitsCsv")}</button>
        <button type="button" onClick={() => window.print()}>{t("print")}</button>
      </div>
    </section>
  );
}

export function TracePage({ session, area }: { session: Session; area: string }): JSX.Element {
  const [wish, setWish] = useState<Wish>(() => ({
    case: "", reason: "", subject: "", from: day(new Date(Date.now() - 21 * dayMs)), until: day(new Date()), margin: "15", hops: "1" }));
  const [found, setFound] = useState<Found | null>(null);
  const set = (changed: Partial<Wish>): void => setWish({ ...wish, ...changed });
  const send = async (): Promise<void> => {
    const answer = await ask<Omit<Found, "wish" | "at">>("POST", "traces", {
      case: wish.case.trim(), reason: wish.reason.trim(), subject: wish.subject.trim().toLowerCase(), area, margin_min: Number(wish.margin), hops: Number(wish.hops),
      from: new Date(`${wish.from}T00:00:00`).toISOString(), until: new Date(`${wish.until}T23:59:59.999`).toISOString(),
    });
    setFound({ ...answer, wish: { ...wish, case: wish.case.trim(), subject: wish.subject.trim().toLowerCase() }, at: serverNow() });
  };
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("trace")}{area ? ` · ${area}` : ""}</h1>
      <Remark>{t("traceHint")}</Remark>
      <div class="no-print">
        <Form label={t("traceRun")} submit={send}>
          <fieldset><legend>{t("traceCase")}</legend>
            <div class="filters">
              <Field label={t("case")}><input required maxLength={64} pattern=".*\S.*" autocomplete="off" value={wish.case} onInput={(event) => set({ case: value(event) })} /></Field>
              <div class="wide"><Field label={t("reason")}><input required maxLength={256} pattern=".*\S.*" autocomplete="off" value={wish.reason} onInput={(event) => set({ reason: value(event) })} /></Field></div>
            </div>
          </fieldset>
          <fieldset><legend>{t("traceWho")}</legend>
            <div class="filters">
              <div class="wide"><Field label={t("subject")} hint={t("subjectHint")}>
                <input data-search required pattern="\s*[0-9a-fA-F]{32}\s*" autocomplete="off" spellcheck={false} value={wish.subject} onInput={(event) => set({ subject: value(event) })} />
              </Field></div>
              <Field label={t("from")}><input type="date" required max={wish.until} value={wish.from} onChange={(event) => set({ from: value(event) })} /></Field>
              <Field label={t("until")}><input type="date" required min={wish.from} value={wish.until} onChange={(event) => set({ until: value(event) })} /></Field>
              <Field label={t("margin")}><input type="number" min={0} max={240} required value={wish.margin} onInput={(event) => set({ margin: value(event) })} /></Field>
              <Choice label={t("hops")} chosen={wish.hops} options={[["1", "1"], ["2", "2"], ["3", "3"]]} onChoose={(hops) => set({ hops })} />
            </div>
          </fieldset>
        </Form>
      </div>
      {found ? <Result found={found} session={session} /> : null}
    </main>
  );
}
