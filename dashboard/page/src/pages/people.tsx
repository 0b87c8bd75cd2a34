// Who is enrolled at the site, and what they show.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Credential, Import, Person, Session } from "../api";
import { ApiError, ask, get } from "../api";
import { number } from "../format";
import { classWord, t } from "../i18n";
import { newCode } from "../pass";
import { Declared, DeclarationDialog } from "./declaration";
import { ImportFile } from "./import";
import { LinkCard } from "./link";
import type { PassLink } from "./link";
import { PassCard } from "./pass";
import { PersonDialog } from "./person";
import { Dialog, Failure, Field, Form, Notice, State, Table, Time, useLoaded, usePaged, value } from "../ui";

function Credentials({ person, session, onClose }: { person: Person; session: Session; onClose: () => void }): JSX.Element {
  const path = `people/${encodeURIComponent(person.id)}`;
  const loaded = useLoaded(person.id, () => get<{ credentials: Credential[] }>(`${path}/credentials`));
  const [code, setCode] = useState("");
  const [failure, setFailure] = useState<unknown>(null);
  const [link, setLink] = useState<PassLink | null>(null);
  const [pass, setPass] = useState<{ name: string; code: string } | null>(null);
  // The name on it is whole, though the list's may be masked.
  const issue = async (): Promise<void> => {
    setFailure(null);
    const { name } = await get<Person>(path, { reveal: 1 }), made = newCode();
    await ask("POST", `${path}/credentials`, { code: made });
    setPass({ name, code: made });
  };
  const invite = async (): Promise<void> => {
    setFailure(null);
    setLink(await ask<PassLink>("POST", `${path}/pass-link`));
  };
  if (link) return <Dialog title={t("phonePass")} onClose={onClose}><LinkCard link={link} name={person.name} onClose={onClose} /></Dialog>;
  if (pass)
    return (
      <Dialog title={t("pass")} onClose={onClose}>
        <PassCard name={pass.name} until={person.valid_until ?? null} code={pass.code} onClose={onClose} />
      </Dialog>);
  return (
    <Dialog title={`${t("credentials")}: ${person.name}`} onClose={onClose}>
      <Failure error={failure ?? loaded.error} />
      <Table caption={t("credentials")} isStacked rows={loaded.value?.credentials ?? []} keyOf={(one) => one.lookup} empty={loaded.value ? t("noCredentials") : t("loading")} columns={[
        { head: t("shown"), cell: (one) => classWord(one.class) }, { head: t("id"), cell: (one) => one.hint || one.lookup.slice(0, 8) },
        { head: t("actions"), cell: (one) => (one.revoked ? t("revoked") : (
          <button type="button" onClick={() => { void ask("DELETE", `${path}/credentials/${one.lookup}`).then(loaded.reload, setFailure); }}>{t("revoke")}</button>)) }]} />
      <div class="buttons"><button type="button" class="primary" onClick={() => { issue().catch(setFailure); }}>{t("passIssue")}</button>
        {session.passes ? <button type="button" onClick={() => { invite().catch(setFailure); }}>{t("linkMake")}</button> : null}</div>
      <Form label={t("addCode")} onCancel={onClose} submit={async () => {
        await ask("POST", `${path}/credentials`, { code });
        setCode("");
        loaded.reload();
      }}>
        <Field label={t("code")}><input required value={code} onInput={(event) => setCode(value(event))} /></Field>
      </Form>
    </Dialog>
  );
}

function Removal({ person, onClose, onDone }: { person: Person; onClose: () => void; onDone: () => void }): JSX.Element {
  return (
    <Dialog title={t("removePerson", person.name)} onClose={onClose}>
      <p>{t("removePersonHint")}</p>
      <Form label={t("remove")} isDanger onCancel={onClose} submit={async () => { await ask("DELETE", `people/${encodeURIComponent(person.id)}`); onDone(); }} />
    </Dialog>
  );
}

type Doing = { what: "new" | "import" | "import declarations" } | { what: "change" | "credentials" | "declare" | "remove"; person: Person };

export function PeoplePage({ session }: { session: Session }): JSX.Element {
  const [search, setSearch] = useState("");
  const [isRevealed, setRevealed] = useState(false);
  const [open, setOpen] = useState<Doing | null>(null);
  const [asked, setAsked] = useState("");
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    const timer = window.setTimeout(() => setAsked(search.trim()), 250);
    return () => window.clearTimeout(timer);
  }, [search]);
  const loaded = usePaged<Person>(`${asked} ${String(isRevealed)}`, (after) =>
    get<{ people: Person[]; next: string | null }>("people", { q: asked, reveal: isRevealed ? 1 : 0, after, limit: 100 })
      .then((page) => ({ rows: page.people, next: page.next })));
  const close = (): void => setOpen(null);
  const again = (): void => { setOpen(null); loaded.reload(); };
  if (loaded.error instanceof ApiError && loaded.error.status === 404)
    return <main id="content" tabIndex={-1}><h1>{t("people")}</h1><Notice kind="info">{t("noRegistry")}</Notice></main>;
  // The whole holder goes back: what is not there is taken away. So the full name is asked for first.
  const setBlocked = async (person: Person, blocked: boolean): Promise<void> => {
    setFailure(null);
    const whole = await get<Person>(`people/${encodeURIComponent(person.id)}`, { reveal: 1 });
    await ask("PUT", `people/${encodeURIComponent(person.id)}`, { ...whole, blocked });
    loaded.reload();
  };
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("people")}</h1>
      <div class="filters no-print">
        <Field label={t("search")}><input type="search" data-search value={search} onChange={(event) => setSearch(value(event))} /></Field>
        <label class="check"><input type="checkbox" checked={isRevealed} onChange={(event) => setRevealed(event.currentTarget.checked)} /> {t("reveal")} ({t("lookRecorded")})</label>
        <button type="button" class="primary" onClick={() => setOpen({ what: "new" })}>{t("newPerson")}</button>
        <button type="button" onClick={() => setOpen({ what: "import" })}>{t("importFile")}</button>
        {session.declarations ? <button type="button" onClick={() => setOpen({ what: "import declarations" })}>{t("importDeclarations")}</button> : null}
      </div>
      <Failure error={failure ?? loaded.error} />
      <Table caption={t("people")} isStacked rows={loaded.rows} keyOf={(person) => person.id} empty={loaded.isLoading ? t("loading") : t("noPeople")} columns={[
        { head: t("id"), cell: (person) => person.id }, { head: t("name"), cell: (person) => person.name },
        { head: t("levels"), cell: (person) => (person.levels ?? []).map((level) => level.level).join(", ") },
        { head: t("validUntil"), cell: (person) => <Time at={person.valid_until ?? null} /> },
        { head: t("blocked"), cell: (person) => (person.blocked ? <State tone="bad" icon="lock">{t("blocked")}</State> : "") },
        ...(session.declarations ? [{ head: t("declaration"), cell: (person: Person) => <Declared declaration={person.declaration} /> }] : []),
        { head: t("actions"), cell: (person) => (
          <div class="buttons">
            {session.declarations ? <button type="button" onClick={() => setOpen({ what: "declare", person })}>{t("declare")}</button> : null}
            <button type="button" onClick={() => setOpen({ what: "change", person })}>{t("change")}</button>
            <button type="button" onClick={() => setOpen({ what: "credentials", person })}>{t("credentials")}</button>
            <button type="button" onClick={() => { setBlocked(person, !person.blocked).catch(setFailure); }}>{person.blocked ? t("unblock") : t("block")}</button>
            <button type="button" class="danger" onClick={() => setOpen({ what: "remove", person })}>{t("remove")}</button>
          </div>) }]} />
      {loaded.hasMore ? <div class="buttons no-print"><button type="button" onClick={loaded.more}>{t("more")}</button></div> : null}
      {open?.what === "new" ? <PersonDialog id={null} onClose={close} onDone={again} /> : null}
      {open?.what === "change" ? <PersonDialog id={open.person.id} onClose={close} onDone={again} /> : null}
      {open?.what === "import" ? (
        <ImportFile<Import> path="people" columns="id, name, valid_from, valid_until, levels, blocked, role, escort, code, national_id" onClose={close} onDone={again}
                            sum={(seen) => t("importSummary", number(seen.all), number(seen.added), number(seen.changed), number(seen.same), number(seen.refused))} />) : null}
      {open?.what === "import declarations" ? (
        <ImportFile path="declarations" columns="id, result, at, until" onClose={close} onDone={again} sum={(seen) => t("placesSummary", number(seen.all), number(seen.refused))} />) : null}
      {open?.what === "declare" ? <DeclarationDialog who={{ holder: open.person.id }} name={open.person.name} onClose={close} onDone={again} /> : null}
      {open?.what === "credentials" ? <Credentials person={open.person} session={session} onClose={close} /> : null}
      {open?.what === "remove" ? <Removal person={open.person} onClose={close} onDone={again} /> : null}
    </main>
  );
}
