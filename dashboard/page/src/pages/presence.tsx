// Who is inside; and in an evacuation, who is missing.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Presence, Visit } from "../api";
import { get, pathOf } from "../api";
import { download } from "../csv";
import { deviceStore } from "../device";
import { clock, duration, moment, number } from "../format";
import { classWord, settings, sorted, t } from "../i18n";
import { Icon } from "../icons";
import type { Muster } from "../muster";
import { musterKey, ordered, readMuster, tick, writeMuster } from "../muster";
import { allNames, useNames, Who } from "../names";
import { matches } from "../search";
import { Dialog, Failure, Field, Form, Notice, Remark, State, Table, Time, useLoaded, useNow, value } from "../ui";

const shownRows = 200;

async function everybody(area: string): Promise<Presence> {
  let page = await get<Presence>("presence", { area, limit: 500 });
  const all = { ...page, inside: [...page.inside] };
  while (page.next) {
    page = await get<Presence>("presence", { area, limit: 500, cursor: page.next });
    all.inside.push(...page.inside);
  }
  return all;
}

function exportMuster(muster: Muster): void {
  const rows = ordered(muster).map(({ visit, isSafe, name }) => (
    [isSafe ? t("safe") : t("missing"), name, visit.subject, visit.site, visit.gate_in, visit.entered ? moment(visit.entered) : ""]));
  download("muster.csv", [[t("muster"), t("person"), t("subject"), t("site"), t("gate"), t("entered")], ...rows]);
}

/** The focus stays in the list when what it stood on moves down. */
function useKeptFocus(muster: Muster): { list: { current: HTMLUListElement | null } } {
  const list = useRef<HTMLUListElement>(null);
  const before = useRef(muster.safe.length);
  useEffect(() => {
    if (before.current === muster.safe.length) return;
    before.current = muster.safe.length;
    if (document.activeElement === document.body) list.current?.querySelector("input")?.focus({ preventScroll: true });
  }, [muster.safe.length]);
  return { list };
}

function MusterList({ muster, isKept, onChange, onEnd }: {
  muster: Muster; isKept: boolean; onChange: (muster: Muster) => void; onEnd: () => void;
}): JSX.Element {
  const [text, setText] = useState("");
  const [isEnding, setEnding] = useState(false);
  const { list } = useKeptFocus(muster);
  const rows = ordered(muster);
  const missing = rows.filter((row) => !row.isSafe).length;
  const shown = rows.filter(({ visit, name }) => matches(text, name, visit.subject, visit.site, visit.gate_in));
  return (
    <section aria-labelledby="muster" class="muster">
      <h2 id="muster">{t("muster")}{muster.area ? ` · ${muster.area}` : ""}</h2>
      <p>{t("musterFrozen", moment(muster.at))}</p>
      {isKept ? null : <Notice kind="warn">{t("musterNotKept")}</Notice>}
      <p class={`big tone ${missing > 0 ? "bad" : "good"}`} role="status"><Icon name={missing > 0 ? "alert" : "check"} /> {t("musterCount", number(missing), number(rows.length))}</p>
      <div class="filters no-print">
        <Field label={t("searchPerson")}><input type="search" data-search value={text} onInput={(event) => setText(value(event))} /></Field>
        <div class="buttons">
          <button type="button" onClick={() => window.print()}>{t("print")}</button>
          <button type="button" onClick={() => exportMuster(muster)}>{t("csv")}</button>
          <button type="button" onClick={() => setEnding(true)}>{t("musterEnd")}</button>
        </div>
      </div>
      <ul class="checks" ref={list}>{shown.map(({ visit, isSafe, name }) => (
        <li key={visit.id}>
          <label class={isSafe ? "is-safe" : ""}>
            <input type="checkbox" checked={isSafe} onChange={(event) => onChange(tick(muster, visit.id, event.currentTarget.checked))} />
            <span class="name" title={visit.subject}>{name}</span>
            <span class="faint">{visit.gate_in ?? visit.site}</span><span class="faint">{visit.entered ? moment(visit.entered) : t("notKnown")}</span>
            <State tone={isSafe ? "good" : "bad"} icon={isSafe ? "check" : "alert"}>{isSafe ? t("safe") : t("missing")}</State>
          </label>
        </li>))}</ul>
      {shown.length === 0 ? <p class="empty">{rows.length === 0 ? t("nobody") : t("nobodyFound")}</p> : null}
      {isEnding ? (
        <Dialog title={t("musterEndSure")} onClose={() => setEnding(false)}>
          <p>{t("musterEndHint")}</p>
          <Form label={t("musterEnd")} isDanger onCancel={() => setEnding(false)} submit={() => { onEnd(); return Promise.resolve(); }} />
        </Dialog>) : null}
    </section>
  );
}

/** The list of this device; other windows on it see the same. */
function useMuster(): { muster: Muster | null; isKept: boolean; keep: (muster: Muster | null) => void } {
  const [muster, setMuster] = useState<Muster | null>(() => readMuster(deviceStore()));
  const [isKept, setKept] = useState(true);
  useEffect(() => {
    const heard = (event: StorageEvent): void => { if (event.key === musterKey) setMuster(readMuster(deviceStore())); };
    window.addEventListener("storage", heard);
    return () => window.removeEventListener("storage", heard);
  }, []);
  return { muster, isKept, keep: (changed) => { setKept(writeMuster(deviceStore(), changed)); setMuster(changed); } };
}

/** Without a server there is still the list. */
export function MusterAlone({ onRetry }: { onRetry: () => void }): JSX.Element {
  const { muster, isKept, keep } = useMuster();
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("presence")}</h1>
      <Notice kind="warn">{t("musterAlone")} <button type="button" class="no-print" onClick={onRetry}>{t("retry")}</button></Notice>
      {muster ? <MusterList muster={muster} isKept={isKept} onChange={keep} onEnd={() => keep(null)} /> : null}
    </main>
  );
}

function Inside({ presence }: { presence: Presence }): JSX.Element {
  const [text, setText] = useState("");
  const [limit, setLimit] = useState(shownRows);
  const now = useNow();
  const names = useNames(presence.inside.slice(0, limit).map((visit) => visit.subject), true);
  const found = presence.inside.filter((visit) => matches(text, visit.subject, names.get(visit.subject), visit.site, visit.gate_in));
  return (
    <>
      <Table caption={t("site")} rows={sorted(presence.sites, (row) => row.site)} keyOf={(row) => row.site} empty={t("nobody")}
        columns={[{ head: t("site"), cell: (row) => row.site }, { head: t("insideNow"), cell: (row) => number(row.inside), isNumber: true }]} />
      <div class="filters no-print">
        <Field label={t("searchPerson")}><input type="search" data-search value={text} onInput={(event) => setText(value(event))} /></Field>
      </div>
      {presence.inside.length > 0 ? (
        <Table<Visit> caption={t("presence")} isStacked rows={found.slice(0, limit)} keyOf={(visit) => visit.id} empty={t("nobodyFound")} columns={[
          { head: t("person"), cell: (visit) => <Who subject={visit.subject} known={names} canCopy /> },
          { head: t("site"), cell: (visit) => visit.site }, { head: t("gate"), cell: (visit) => visit.gate_in ?? t("notKnown") },
          { head: t("entered"), cell: (visit) => (visit.entered ? <Time at={visit.entered} /> : t("notKnown")) },
          { head: t("since"), cell: (visit) => duration(visit.entered, now) }, { head: t("shown"), cell: (visit) => classWord(visit.credential_class) }]} />) : null}
      {found.length > limit ? <button type="button" class="no-print" onClick={() => setLimit(limit + 5 * shownRows)}>{t("more")} ({number(found.length - limit)})</button> : null}
    </>
  );
}

export function PresencePage({ area }: { area: string }): JSX.Element {
  const { muster, isKept, keep } = useMuster();
  const [isBeginning, setBeginning] = useState(false);
  const loaded = useLoaded(`presence ${area}`, () => everybody(area));
  const presence = loaded.value;
  // The look is as old as the page; who has to be found is asked for now.
  const begin = async (): Promise<void> => {
    setBeginning(true);
    const fresh = await everybody(area).catch(() => presence);
    if (fresh) {
      const start = { at: fresh.at, area, people: fresh.inside, names: {}, safe: [] };
      keep(start);
      const found = await allNames(fresh.inside.map((visit) => visit.subject));
      const now = readMuster(deviceStore());
      keep({ ...(now && now.at === start.at ? now : start), names: found });
    }
    setBeginning(false);
  };
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("presence")}{area ? ` · ${area}` : ""}</h1>
      {muster ? <MusterList muster={muster} isKept={isKept} onChange={keep} onEnd={() => keep(null)} /> : null}
      <Failure error={loaded.error} onRetry={loaded.reload} />
      {presence ? (
        <section class={muster ? "no-print" : ""} aria-label={t("insideNow")}>
          <p class="big">{t("insideNow")}: {number(presence.count)} <small class="faint">{t("asOf", clock(presence.at))}</small></p>
          <div class="buttons no-print">
            {muster ? null : <button type="button" class="danger" aria-disabled={isBeginning} onClick={() => { if (!isBeginning) void begin(); }}>{t("musterBegin")}</button>}
            <a class="button" href={pathOf("presence.csv", { area, lang: settings.language })} download>{t("csv")}</a>
            <button type="button" onClick={() => window.print()}>{t("print")}</button>
            <button type="button" onClick={loaded.reload}>{t("refresh")}</button>
          </div>
          {muster ? null : <p class="faint no-print">{t("musterHint")}</p>}
          <Remark>{t("lookRecorded")}</Remark>
          <Inside presence={presence} />
        </section>) : loaded.error ? null : <p>{t("loading")}</p>}
    </main>
  );
}
