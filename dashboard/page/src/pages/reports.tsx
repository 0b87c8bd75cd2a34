// Are we doing what was ordered? Figures, compared with the time before.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Figures, Sums, Session } from "../api";
import { get, pathOf } from "../api";
import { changeOf, day, daysOf, number, periodBefore, periodStart } from "../format";
import type { Key } from "../i18n";
import { settings, t } from "../i18n";
import type { Column } from "../ui";
import { Choice, Failure, Field, Notice, State, Table, useLoaded, value } from "../ui";
import { Chart, chartRows } from "./chart";
import { Letterhead, Signatures } from "./sheet";

const units = ["hour", "day", "week", "month"] as const;
type Unit = (typeof units)[number];
type Kind = "entries" | "exits" | "granted" | "denied";
const kinds: Kind[] = ["entries", "exits", "granted", "denied"];
const dayMs = 86400000;

const sum = (rows: Sums[], key: Kind): number => rows.reduce((total, row) => total + row[key], 0);

function Change({ percent }: { percent: number | null }): JSX.Element {
  if (percent === null) return <>–</>;
  const sign = percent > 0 ? "▲ +" : percent < 0 ? "▼ −" : "";
  return <>{sign}{number(Math.abs(percent))}%</>;
}

function Comparison({ figures, before }: { figures: Figures; before: Figures | null }): JSX.Element {
  const rows = kinds.map((key) => {
    const now = sum(figures.rows, key), then = before ? sum(before.rows, key) : null;
    return { key, now, then, change: then === null ? null : changeOf(now, then) };
  });
  return <Table caption={t("progress")} rows={rows} keyOf={(row) => row.key} columns={[
    { head: t("kind"), cell: (row) => t(row.key) }, { head: t("total"), cell: (row) => number(row.now), isNumber: true },
    { head: t("before"), cell: (row) => (row.then === null ? "…" : number(row.then)), isNumber: true },
    { head: t("difference"), cell: (row) => <Change percent={row.change} />, isNumber: true }]} />;
}

function numbers(keys: { key: keyof Sums; word: Key }[]): Column<Sums>[] {
  return keys.map(({ key, word }) => ({ head: t(word), cell: (row: Sums) => number(row[key]), isNumber: true }));
}

function Sheet({ figures, before }: { figures: Figures; before: Figures | null }): JSX.Element {
  const { from, until } = figures;
  const earlier = periodBefore(from, until);
  const columns = numbers([...kinds.map((key) => ({ key, word: key })), { key: "active_gates", word: "activeGates" }]);
  const title = t("chart", t(figures.by as Unit));
  return (
    <>
      <h2>{t("progress")}</h2>
      <p class="faint">{t("chartNote", periodStart(from), periodStart(until), periodStart(earlier.from), periodStart(earlier.until))}</p>
      <Comparison figures={figures} before={before} />
      <h2>{title}</h2>
      {figures.rows.length > 0 ? (
        <>
          <p class="legend"><span class="swatch in" aria-hidden="true" /> {t("entries")} <span class="swatch out" aria-hidden="true" /> {t("exits")}</p>
          <Chart figures={figures} title={title} />
          {figures.rows.length > chartRows ? <p class="faint">{t("chartCut", number(chartRows))}</p> : null}
        </>) : null}
      <h2>{t("byArea")}</h2>
      <Table caption={t("byArea")} rows={figures.areas} keyOf={(row) => row.area} empty={t("noFigures")} columns={[
        { head: t("area"), cell: (row) => row.area }, ...columns, { head: t("gates"), cell: (row) => number(row.gates), isNumber: true }]} />
      <h2>{t("byPeriod")}</h2>
      <Table caption={t("byPeriod")} rows={figures.rows} keyOf={(row) => row.start} empty={t("noFigures")} columns={[
        { head: t("period"), cell: (row) => periodStart(row.start) }, ...columns, { head: t("activeSites"), cell: (row) => number(row.active_sites), isNumber: true }]} />
    </>
  );
}

const attendanceDays = 62; // as the server has it

export function ReportsPage({ session, area }: { session: Session; area: string }): JSX.Element {
  const [from, setFrom] = useState(() => day(new Date(Date.now() - 6 * dayMs)));
  const [until, setUntil] = useState(() => day(new Date()));
  const [by, setBy] = useState<Unit>("day");
  const days = from && until ? daysOf(from, until) : 0;
  const isGood = days >= 1 && days <= 400;
  const wish = { area, from, until, by, offset_min: -new Date().getTimezoneOffset() };
  const key = isGood ? JSON.stringify(wish) : "";
  const figures = useLoaded(key, () => (key ? get<Figures>("figures", wish) : Promise.resolve(null)));
  const before = useLoaded(`before ${key}`, () => (key ? get<Figures>("figures", { ...wish, ...periodBefore(from, until) }) : Promise.resolve(null)));
  return (
    <main id="content" tabIndex={-1} class="report">
      <Letterhead area={area} from={from} until={until} />
      <h1 class="no-print">{t("reports")}{area ? ` · ${area}` : ""}</h1>
      <div class="filters no-print">
        <Field label={t("from")}><input type="date" required value={from} onChange={(event) => setFrom(value(event))} /></Field>
        <Field label={t("until")}><input type="date" required value={until} onChange={(event) => setUntil(value(event))} /></Field>
        <Choice label={t("by")} chosen={by} options={units.map((unit) => [unit, t(unit)] as const)} onChoose={setBy} />
        <div class="buttons">
          {isGood ? <a class="button" href={pathOf("figures.csv", { ...wish, lang: settings.language })} download>{t("csv")}</a> : null}
          {session.attendance && days >= 1 && days <= attendanceDays ? <a class="button" href={pathOf("attendance.csv", { from, until, lang: settings.language })} download>{t("attendance")}</a> : null}
          <button type="button" onClick={() => window.print()}>{t("print")}</button>
        </div>
      </div>
      {isGood ? null : <Notice kind="bad">{t("badPeriod")}</Notice>}
      <Failure error={figures.error} onRetry={figures.reload} />
      {isGood && figures.value && !figures.error ? <Sheet figures={figures.value} before={before.isLoading ? null : before.value} />
        : isGood && !figures.error ? <p role="status">{t("loading")}</p> : null}
      {isGood && figures.isLoading && figures.value ? <p class="hidden" role="status"><State tone="none" icon="clock">{t("loading")}</State></p> : null}
      <Signatures />
    </main>
  );
}
