// Who looked at what, and changed what; and that nobody has changed this since.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { AuditEntry } from "../api";
import { get } from "../api";
import { number } from "../format";
import { actionWord, sorted, t } from "../i18n";
import { Choice, Failure, Field, Form, Notice, State, Table, Time, usePaged, value } from "../ui";
import { actionWords } from "../words";

interface Verdict { ok: boolean; entries: number; broken_at: number | null }

function Detail({ detail }: { detail: Record<string, unknown> | null }): JSX.Element | null {
  if (!detail) return null;
  const text = (one: unknown): string => (typeof one === "string" ? one : JSON.stringify(one));
  return <ul class="plain detail">{Object.entries(detail).map(([name, one]) => <li key={name}><span class="faint">{name}</span> {text(one)}</li>)}</ul>;
}

export function AuditPage(): JSX.Element {
  const [actor, setActor] = useState("");
  const [asked, setAsked] = useState("");
  const [action, setAction] = useState("");
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const entries = usePaged<AuditEntry>(`${asked} ${action}`, (cursor) =>
    get<{ entries: AuditEntry[]; next: string | null }>("audit", { actor: asked, action, cursor, limit: 100 }).then((page) => ({ rows: page.entries, next: page.next })));
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(actor.trim()), 300);
    return () => window.clearTimeout(timer);
  }, [actor]);
  const all = sorted(Object.keys(actionWords).map((name) => [name, actionWord(name)] as const), ([, text]) => text);
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("audit")}</h1>
      <div class="filters no-print">
        <Field label={t("actor")}><input type="search" data-search value={actor} onInput={(event) => setActor(value(event))} /></Field>
        <Choice label={t("action")} chosen={action} options={[["", t("any")], ...all]} onChoose={setAction} />
        <Form label={t("verify")} submit={async () => { setVerdict(null); setVerdict(await get<Verdict>("audit/verify")); }} />
      </div>
      {verdict ? <Notice kind={verdict.ok ? "good" : "bad"}>{verdict.ok ? t("verified", number(verdict.entries)) : t("chainBroken", verdict.broken_at ?? 0)}</Notice> : null}
      <Failure error={entries.error} onRetry={entries.reload} />
      {entries.isLoading && entries.rows.length === 0 ? <p>{t("loading")}</p> : (
        <Table caption={t("audit")} isStacked rows={entries.rows} keyOf={(entry) => entry.number} empty={t("noEntries")} columns={[
          { head: t("number"), cell: (entry) => number(entry.number), isNumber: true }, { head: t("at"), cell: (entry) => <Time at={entry.at} /> },
          { head: t("actor"), cell: (entry) => <>{entry.actor}{entry.address ? <span class="faint"> {entry.address}</span> : null}</> },
          { head: t("action"), cell: (entry) => actionWord(entry.action) }, { head: t("target"), cell: (entry) => (entry.target ? <span class="breaks">{entry.target}</span> : null) },
          { head: t("outcome"), cell: (entry) => (entry.outcome === "done" ? t("doneWord") : <State tone="bad" icon="cross">{t("refusedWord")}</State>) },
          { head: t("detail"), cell: (entry) => <Detail detail={entry.detail} /> }]} />)}
      {entries.hasMore ? <div class="buttons no-print"><button type="button" aria-disabled={entries.isLoading} onClick={() => { if (!entries.isLoading) entries.more(); }}>{t("more")}</button></div> : null}
    </main>
  );
}
