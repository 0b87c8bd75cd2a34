// Who was with whom: with a case, and a reason.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Contact, Visit } from "../api";
import { ask } from "../api";
import { csv, day, number } from "../format";
import { t, word } from "../i18n";
import { Choice, Field, Form, Notice, Table, Time, useNames, value, Who } from "../ui";

interface Found { visits: Visit[]; contacts: Contact[]; truncated: boolean }

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function exportContacts(found: Found): void {
  const rows = found.contacts.map((contact) => [contact.visit.subject, contact.visit.site, contact.from, contact.until ?? "", contact.minutes, contact.hop]);
  download("contacts.csv", csv([[t("person"), t("site"), t("from"), t("until"), t("minutes"), t("hop")], ...rows]));
}

function Result({ found }: { found: Found }): JSX.Element {
  const known = useNames([...found.contacts.map((contact) => contact.visit.subject), ...found.visits.map((visit) => visit.subject)], true);
  return (
    <section aria-label={t("contacts")}>
      <h2>{t("visits")}</h2>
      <Table caption={t("visits")} rows={found.visits} keyOf={(visit) => visit.id} columns={[
        { head: t("site"), cell: (visit) => visit.site }, { head: t("entered"), cell: (visit) => <Time at={visit.entered} /> },
        { head: t("left"), cell: (visit) => (visit.left_assumed ? t("leftAssumed") : visit.left ? <Time at={visit.left} /> : t("stillInside")) },
        { head: t("shown"), cell: (visit) => word(visit.credential_class) }]} />
      <h2>{t("contacts")}: {number(new Set(found.contacts.map((contact) => contact.visit.subject)).size)}</h2>
      {found.truncated ? <Notice kind="bad">{t("truncated")}</Notice> : null}
      <Table caption={t("contacts")} rows={found.contacts} keyOf={(contact) => `${contact.of_visit} ${contact.visit.id}`} columns={[
        { head: t("person"), cell: (contact) => <Who subject={contact.visit.subject} known={known} /> },
        { head: t("site"), cell: (contact) => contact.visit.site }, { head: t("from"), cell: (contact) => <Time at={contact.from} /> },
        { head: t("until"), cell: (contact) => (contact.until ? <Time at={contact.until} /> : t("stillInside")) },
        { head: t("minutes"), cell: (contact) => number(contact.minutes), isNumber: true },
        { head: t("hop"), cell: (contact) => contact.hop, isNumber: true }]} />
      <div class="buttons no-print"><button type="button" onClick={() => exportContacts(found)}>{t("csv")}</button></div>
    </section>
  );
}

export function TracePage({ area }: { area: string }): JSX.Element {
  const [number_, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const [subject, setSubject] = useState("");
  const [from, setFrom] = useState(day(new Date(Date.now() - 21 * 86400000)));
  const [until, setUntil] = useState(day(new Date()));
  const [margin, setMargin] = useState("15");
  const [hops, setHops] = useState<"1" | "2" | "3">("1");
  const [found, setFound] = useState<Found | null>(null);
  const send = async (): Promise<void> => setFound(await ask<Found>("POST", "traces", {
    case: number_, reason, subject, area, margin_min: Number(margin), hops: Number(hops),
    from: new Date(`${from}T00:00:00`).toISOString(), until: new Date(`${until}T23:59:59.999`).toISOString(),
  }));
  return (
    <main id="content">
      <h1>{t("trace")}</h1>
      <Notice kind="info">{t("traceHint")}</Notice>
      <Form label={t("show")} submit={send}>
        <div class="filters">
          <Field label={t("case")}><input required maxLength={64} value={number_} onInput={(event) => setNumber(value(event))} /></Field>
          <Field label={t("reason")}><input required maxLength={120} value={reason} onInput={(event) => setReason(value(event))} /></Field>
          <Field label={t("subject")} hint="0–9 a–f × 32">
            <input data-search required pattern="[0-9a-f]{32}" value={subject} onInput={(event) => setSubject(value(event))} />
          </Field>
          <Field label={t("from")}><input type="date" required value={from} onChange={(event) => setFrom(value(event))} /></Field>
          <Field label={t("until")}><input type="date" required value={until} onChange={(event) => setUntil(value(event))} /></Field>
          <Field label={t("margin")}><input type="number" min={0} max={240} required value={margin} onInput={(event) => setMargin(value(event))} /></Field>
          <Choice label={t("hops")} chosen={hops} options={[["1", "1"], ["2", "2"], ["3", "3"]]} onChoose={setHops} />
        </div>
      </Form>
      {found ? <Result found={found} /> : null}
    </main>
  );
}
