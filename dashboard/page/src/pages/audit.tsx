// Who looked at what, and changed what; and that nobody has changed this since.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { AuditEntry } from "../api";
import { get } from "../api";
import { number } from "../format";
import { t, word } from "../i18n";
import { Choice, Failure, Field, Notice, Table, Time, value } from "../ui";

interface Page { entries: AuditEntry[]; next: string | null }
interface Verdict { ok: boolean; entries: number; broken_at: number | null }

const actions = ["login", "login_failed", "logout", "first", "password", "account_create", "account_change", "account_delete", "look_presence",
  "look_visits", "look_events_subject", "look_people", "trace", "export", "command", "person_change", "person_delete", "people_import",
  "credential_add", "credential_revoke", "audit_read", "audit_verify"];

export function AuditPage(): JSX.Element {
  const [actor, setActor] = useState("");
  const [action, setAction] = useState("");
  const [entries, setEntries] = useState<AuditEntry[]>([]);
  const [more, setMore] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const load = (cursor: string | null): void => {
    get<Page>("audit", { actor, action, cursor, limit: 100 }).then((page) => {
      setEntries((before) => (cursor ? [...before, ...page.entries] : page.entries));
      setMore(page.next);
      setError(null);
    }, setError);
  };
  useEffect(() => load(null), [actor, action]);
  return (
    <main id="content">
      <h1>{t("audit")}</h1>
      <div class="filters no-print">
        <Field label={t("actor")}><input data-search value={actor} onChange={(event) => setActor(value(event))} /></Field>
        <Choice label={t("action")} chosen={action} options={[["", t("any")], ...actions.map((name) => [name, word(name)] as const)]} onChoose={setAction} />
        <button type="button" onClick={() => { get<Verdict>("audit/verify").then(setVerdict, setError); }}>{t("verify")}</button>
      </div>
      {verdict ? <Notice kind={verdict.ok ? "good" : "bad"}>{verdict.ok ? t("verified", number(verdict.entries)) : t("broken", verdict.broken_at ?? 0)}</Notice> : null}
      <Failure error={error} />
      <Table caption={t("audit")} rows={entries} keyOf={(entry) => entry.number} columns={[
        { head: t("number"), cell: (entry) => entry.number, isNumber: true }, { head: t("at"), cell: (entry) => <Time at={entry.at} /> },
        { head: t("actor"), cell: (entry) => `${entry.actor}${entry.address ? ` (${entry.address})` : ""}` },
        { head: t("action"), cell: (entry) => word(entry.action) }, { head: t("target"), cell: (entry) => entry.target ?? "" },
        { head: t("outcome"), cell: (entry) => (entry.outcome === "done" ? t("doneWord") : <span class="tone bad">✕ {t("refusedWord")}</span>) },
        { head: t("detail"), cell: (entry) => (entry.detail ? <code>{JSON.stringify(entry.detail)}</code> : "") }]} />
      {more ? <div class="buttons"><button type="button" onClick={() => load(more)}>{t("more")}</button></div> : null}
    </main>
  );
}
