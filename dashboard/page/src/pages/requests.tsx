// What people asked for who have a right to it, by when the law wants it done, and what was done.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PersonRequest } from "../api";
import { ask, get, serverNow } from "../api";
import { save } from "../csv";
import { day } from "../format";
import type { Key } from "../i18n";
import { t } from "../i18n";
import { useNames, Who } from "../names";
import type { Tone } from "../ui";
import { Choice, Dialog, Failure, Field, Form, Notice, Remark, State, Table, Time, usePaged, value } from "../ui";

const kinds: Record<PersonRequest["kind"], Key> = {
  access: "requestAccess", correct: "requestCorrect", restrict: "requestRestrict", erase: "requestErase", breach: "requestBreach",
};
const soonMs = 2 * 86_400_000;

/** How near a term is: what was kept is good, what is over and was not is bad. */
function toneOf(due: string | null, kept: string | null): Tone {
  if (!due) return "none";
  const left = Date.parse(due) - (kept ? Date.parse(kept) : serverNow());
  return left < 0 ? "bad" : kept ? "good" : left < soonMs ? "warn" : "none";
}

function Term({ due, kept }: { due: string | null; kept: string | null }): JSX.Element {
  const tone = toneOf(due, kept);
  if (!due) return <>–</>;
  return (
    <div>
      <State tone={tone} icon={tone === "good" ? "check" : tone === "none" ? "clock" : "alert"}>
        {kept ? t(tone === "bad" ? "termLate" : "termKept") : t(tone === "bad" ? "termOver" : "termOpen")}</State>
      <div class="faint"><Time at={due} /></div>
    </div>
  );
}

function NewRequest({ onClose, onDone }: { onClose: () => void; onDone: () => void }): JSX.Element {
  const today = day(new Date(serverNow()));
  const [kind, setKind] = useState<PersonRequest["kind"]>("access");
  const [who, setWho] = useState("");
  const [received, setReceived] = useState(today);
  const [note, setNote] = useState("");
  const submit = async (): Promise<void> => {
    const whom = who.trim().toLowerCase();
    const person = kind === "breach" ? {} : /^[0-9a-f]{32}$/.test(whom) ? { subject: whom } : { holder: whom };
    const when = received === today ? {} : { received: new Date(`${received}T12:00:00`).toISOString() };
    await ask("POST", "requests", { kind, note: note.trim(), ...person, ...when });
    onDone();
  };
  return (
    <Dialog title={t("newRequest")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={submit}>
        <Choice label={t("requestKind")} chosen={kind} options={Object.entries(kinds).map(([key, word]) => [key as PersonRequest["kind"], t(word)] as const)} onChoose={setKind} />
        {kind === "breach" ? null : <Field label={t("person")} hint={t("requestWho")}><input required pattern="\s*[a-zA-Z0-9\-]{1,32}\s*" autocomplete="off" spellcheck={false} value={who} onInput={(event) => setWho(value(event))} /></Field>}
        <Field label={t("received")}><input type="date" required max={today} value={received} onChange={(event) => setReceived(value(event))} /></Field>
        <Field label={t("details")} hint={t("requestNote")}><input required maxLength={160} pattern=".*\S.*" value={note} onInput={(event) => setNote(value(event))} /></Field>
      </Form>
    </Dialog>
  );
}

function Closing({ request, onClose, onDone }: { request: PersonRequest; onClose: () => void; onDone: () => void }): JSX.Element {
  const [outcome, setOutcome] = useState<"done" | "refused">("done");
  const [result, setResult] = useState("");
  return (
    <Dialog title={`${t("requestClose")}: ${t(kinds[request.kind])} ${request.number}`} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={async () => { await ask("POST", `requests/${request.number}/closed`, { outcome, result: result.trim() }); onDone(); }}>
        <Choice label={t("outcome")} chosen={outcome} options={[["done", t("requestDone")], ["refused", t("requestRefused")]]} onChoose={setOutcome} />
        <Field label={t("details")} hint={t("requestResult")}><input required maxLength={160} pattern=".*\S.*" value={result} onInput={(event) => setResult(value(event))} /></Field>
      </Form>
    </Dialog>
  );
}

function Erasing({ request, name, onClose, onDone }: { request: PersonRequest; name: string; onClose: () => void; onDone: () => void }): JSX.Element {
  return (
    <Dialog title={t("eraseTitle", name)} onClose={onClose}>
      <Notice kind="warn">{t("eraseHint")}</Notice>
      <Form label={t("requestErase")} isDanger onCancel={onClose} submit={async () => { await ask("POST", `requests/${request.number}/erase`); onDone(); }} />
    </Dialog>
  );
}

type Doing = { what: "new" } | { what: "close" | "erase"; request: PersonRequest };

async function saveDossier(request: PersonRequest): Promise<void> {
  save(`person-${request.number}.json`, JSON.stringify(await get<unknown>(`requests/${request.number}/person`), null, 2), "application/json");
}

export function RequestsPage(): JSX.Element {
  const [turn, setTurn] = useState(0);
  const [open, setOpen] = useState<"1" | "">("1");
  const [doing, setDoing] = useState<Doing | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const rows = usePaged<PersonRequest>(`${open} ${turn}`, (after) =>
    get<{ requests: PersonRequest[]; next: string | null }>("requests", { open, cursor: after }).then((page) => ({ rows: page.requests, next: page.next })));
  const known = useNames(rows.rows.map((one) => one.subject), true);
  const close = (): void => setDoing(null);
  const again = (): void => { setDoing(null); setFailure(null); setTurn((before) => before + 1); };
  const act = (doIt: () => Promise<unknown>): void => { doIt().then(again, setFailure); };
  const late = rows.rows.filter((one) => !one.outcome && (toneOf(one.due, null) === "bad" || toneOf(one.answer_by, one.answered) === "bad")).length;
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("requests")}</h1>
      <Remark>{t("requestsHint")}</Remark>
      <div class="buttons no-print">
        <button type="button" class="primary" onClick={() => setDoing({ what: "new" })}>{t("newRequest")}</button>
        <button type="button" onClick={() => window.print()}>{t("print")}</button>
      </div>
      <div class="filters no-print"><Choice label={t("state")} chosen={open} options={[["1", t("requestsOpen")], ["", t("requestsAll")]]} onChoose={setOpen} /></div>
      {late > 0 ? <Notice kind="bad">{t("requestsLate", String(late))}</Notice> : null}
      <Failure error={failure ?? rows.error} onRetry={again} />
      <Table caption={t("requests")} isStacked rows={rows.rows} keyOf={(one) => String(one.number)} empty={rows.isLoading ? t("loading") : t("noRequests")} columns={[
        { head: t("requestNumber"), cell: (one) => one.number, isNumber: true },
        { head: t("requestKind"), cell: (one) => <div>{t(kinds[one.kind])}<div class="faint">{one.note}</div></div> },
        { head: t("person"), cell: (one) => (one.subject ? <Who subject={one.subject} known={known} /> : "–") },
        { head: t("received"), cell: (one) => <div><Time at={one.received} /><div class="faint">{one.by}</div></div> },
        { head: t("answerBy"), cell: (one) => <Term due={one.answer_by} kept={one.answered} /> },
        { head: t("doneBy"), cell: (one) => <Term due={one.due} kept={one.closed} /> },
        { head: t("outcome"), cell: (one) => (one.outcome ? <div>{t(one.outcome === "done" ? "requestDone" : "requestRefused")}<div class="faint">{one.result}</div></div> : "–") },
        { head: t("actions"), cell: (one) => (one.outcome ? "" : (
          <div class="buttons">
            {one.answered || !one.answer_by ? null : <button type="button" onClick={() => act(() => ask("POST", `requests/${one.number}/answered`))}>{t("requestAnswered")}</button>}
            {one.kind === "access" ? <button type="button" onClick={() => act(() => saveDossier(one))}>{t("requestExport")}</button> : null}
            {one.kind === "erase" ? <button type="button" class="danger" onClick={() => setDoing({ what: "erase", request: one })}>{t("requestErase")}</button> : null}
            <button type="button" onClick={() => setDoing({ what: "close", request: one })}>{t("requestClose")}</button>
          </div>)) }]} />
      {rows.hasMore ? <div class="buttons no-print"><button type="button" onClick={rows.more}>{t("more")}</button></div> : null}
      {doing?.what === "new" ? <NewRequest onClose={close} onDone={again} /> : null}
      {doing?.what === "close" ? <Closing request={doing.request} onClose={close} onDone={again} /> : null}
      {doing?.what === "erase" ? <Erasing request={doing.request} name={known.get(doing.request.subject ?? "") ?? String(doing.request.number)} onClose={close} onDone={again} /> : null}
    </main>
  );
}
