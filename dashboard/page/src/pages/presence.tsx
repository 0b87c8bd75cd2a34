// Who is inside; and in an evacuation, who is missing.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Presence, Visit } from "../api";
import { get, pathOf } from "../api";
import { duration, moment, number } from "../format";
import { settings, t, word } from "../i18n";
import type { Muster } from "../muster";
import { ordered, readMuster, tick, writeMuster } from "../muster";
import { Failure, Notice, Table, Time, useLoaded, useNames, useNow, Who } from "../ui";

async function everybody(area: string): Promise<Presence> {
  let page = await get<Presence>("presence", { area, limit: 500 });
  const all = { ...page, inside: [...page.inside] };
  while (page.next) {
    page = await get<Presence>("presence", { area, limit: 500, cursor: page.next });
    all.inside.push(...page.inside);
  }
  return all;
}

function MusterList({ muster, onChange, onEnd }: { muster: Muster; onChange: (muster: Muster) => void; onEnd: () => void }): JSX.Element {
  const rows = ordered(muster);
  const missing = rows.filter((row) => !row.isSafe).length;
  return (
    <section aria-labelledby="muster" class="muster">
      <h2 id="muster">{t("muster")}</h2>
      <p>{t("musterFrozen", moment(muster.at))}</p>
      <p class={`big tone ${missing > 0 ? "bad" : "good"}`} role="status">{t("musterCount", number(missing), number(rows.length))}</p>
      <ul class="checks">{rows.map(({ visit, isSafe }) => (
        <li key={visit.id} class={isSafe ? "faint" : ""}>
          <label>
            <input type="checkbox" checked={isSafe} onChange={(event) => onChange(tick(muster, visit.id, event.currentTarget.checked))} />
            <span>{muster.names[visit.subject] || visit.subject.slice(0, 6)}</span>
            <span>{visit.site}</span><span>{moment(visit.entered)}</span>
            <span class={`tone ${isSafe ? "good" : "bad"}`}>{isSafe ? `✓ ${t("safe")}` : `✕ ${t("missing")}`}</span>
          </label>
        </li>))}</ul>
      <div class="buttons no-print">
        <button type="button" onClick={() => window.print()}>{t("print")}</button>
        <button type="button" onClick={onEnd}>{t("musterEnd")}</button>
      </div>
    </section>
  );
}

export function PresencePage({ area }: { area: string }): JSX.Element {
  const [muster, setMuster] = useState<Muster | null>(() => readMuster(window.localStorage));
  const loaded = useLoaded(`presence ${area}`, () => everybody(area));
  const now = useNow(10000);
  const inside = loaded.value?.inside ?? [];
  const known = useNames(inside.map((visit) => visit.subject), true);
  const keep = (changed: Muster | null): void => {
    writeMuster(window.localStorage, changed);
    setMuster(changed);
  };
  const begin = (): void => keep({
    at: loaded.value?.at ?? new Date().toISOString(), area, people: inside, safe: [],
    names: Object.fromEntries(inside.map((visit) => [visit.subject, known.get(visit.subject) ?? ""])),
  });
  return (
    <main id="content">
      <h1>{t("presence")}</h1>
      {muster ? <MusterList muster={muster} onChange={keep} onEnd={() => keep(null)} /> : null}
      <Failure error={loaded.error} />
      {loaded.value ? (
        <section class={muster ? "no-print" : ""} aria-label={t("insideNow")}>
          <p class="big">{t("insideNow")}: {number(loaded.value.count)}</p>
          <Notice kind="info">{t("lookRecorded")}</Notice>
          <div class="buttons no-print">
            {muster ? null : <button type="button" class="danger" onClick={begin}>{t("musterBegin")}</button>}
            <a class="button" href={pathOf("presence.csv", { area, lang: settings.language })} download>{t("csv")}</a>
            <button type="button" onClick={loaded.reload}>{t("show")}</button>
          </div>
          <Table caption={t("site")} rows={loaded.value.sites} keyOf={(row) => row.site}
            columns={[{ head: t("site"), cell: (row) => row.site }, { head: t("insideNow"), cell: (row) => number(row.inside), isNumber: true }]} />
          <Table<Visit> caption={t("presence")} rows={inside} keyOf={(visit) => visit.id} columns={[
            { head: t("person"), cell: (visit) => <Who subject={visit.subject} known={known} /> },
            { head: t("site"), cell: (visit) => visit.site }, { head: t("gate"), cell: (visit) => visit.gate_in ?? "" },
            { head: t("entered"), cell: (visit) => <Time at={visit.entered} /> },
            { head: t("since"), cell: (visit) => duration(visit.entered, now) }, { head: t("shown"), cell: (visit) => word(visit.credential_class) }]} />
        </section>) : loaded.error ? null : <p>{t("loading")}</p>}
    </main>
  );
}
