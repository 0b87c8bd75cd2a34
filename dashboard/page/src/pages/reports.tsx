// Are we doing what was ordered? Figures, compared with the time before.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Figures, Sums } from "../api";
import { get, pathOf } from "../api";
import { day, moment, number, periodBefore } from "../format";
import type { Key } from "../i18n";
import { settings, t } from "../i18n";
import { Choice, Failure, Field, Table, useLoaded, value } from "../ui";

type Unit = "hour" | "day" | "week" | "month";

function sum(rows: Sums[], key: "entries" | "exits" | "granted" | "denied"): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

/** Bars of entries and exits, each named; the table below says the same. */
function Chart({ figures }: { figures: Figures }): JSX.Element {
  const rows = figures.rows.slice(-62);
  const most = Math.max(1, ...rows.map((row) => Math.max(row.entries, row.exits)));
  const width = 1000 / rows.length, high = 180;
  const step = Math.ceil(rows.length / 12);
  return (
    <svg viewBox="0 0 1000 230" role="img" aria-label={t("chart")} class="chart">
      {rows.map((row, index) => {
        const entry = (row.entries / most) * high, exit = (row.exits / most) * high, left = index * width;
        return (
          <g key={row.start}>
            <title>{`${row.start}: ${t("entries")} ${number(row.entries)}, ${t("exits")} ${number(row.exits)}`}</title>
            <rect class="bar-in" x={left + width * 0.1} width={width * 0.38} y={200 - entry} height={entry} />
            <rect class="bar-out" x={left + width * 0.52} width={width * 0.38} y={200 - exit} height={exit} />
            {rows.length <= 14 && row.entries > 0 ? <text x={left + width * 0.29} y={195 - entry} text-anchor="middle">{number(row.entries)}</text> : null}
            {index % step === 0 ? <text x={left + width / 2} y={220} text-anchor="middle">{row.start.slice(5)}</text> : null}
          </g>);
      })}
      <line x1="0" x2="1000" y1="200" y2="200" class="axis" />
    </svg>
  );
}

const kinds: { key: "entries" | "exits" | "granted" | "denied"; word: Key }[] = [
  { key: "entries", word: "entries" }, { key: "exits", word: "exits" }, { key: "granted", word: "granted" }, { key: "denied", word: "denied" }];

function Comparison({ figures, before }: { figures: Figures; before: Figures | null }): JSX.Element {
  const rows = kinds.map((kind) => {
    const now = sum(figures.rows, kind.key), then = before ? sum(before.rows, kind.key) : 0;
    return { ...kind, now, then, change: then > 0 ? Math.round(((now - then) / then) * 100) : null };
  });
  return <Table caption={t("progress")} rows={rows} keyOf={(row) => row.key} columns={[
    { head: t("kind"), cell: (row) => t(row.word) }, { head: t("total"), cell: (row) => number(row.now), isNumber: true },
    { head: t("before"), cell: (row) => number(row.then), isNumber: true },
    { head: t("change"), cell: (row) => (row.change === null ? "–" : `${row.change > 0 ? "+" : ""}${row.change} %`), isNumber: true }]} />;
}

export function ReportsPage({ area }: { area: string }): JSX.Element {
  const today = day(new Date()), weekAgo = day(new Date(Date.now() - 6 * 86400000));
  const [from, setFrom] = useState(weekAgo);
  const [until, setUntil] = useState(today);
  const [by, setBy] = useState<Unit>("day");
  const offset_min = -new Date().getTimezoneOffset();
  const wish = { area, from, until, by, offset_min };
  const figures = useLoaded(JSON.stringify(wish), () => get<Figures>("figures", wish));
  const before = useLoaded(`before ${JSON.stringify(wish)}`, () => get<Figures>("figures", { ...wish, ...periodBefore(from, until) }));
  const units: [Unit, string][] = [["hour", t("hour")], ["day", t("day")], ["week", t("week")], ["month", t("month")]];
  const numbers = (keys: { key: keyof Sums; word: Key }[]) => keys.map(({ key, word }) => (
    { head: t(word), cell: (row: Sums) => number(row[key]), isNumber: true }));
  const columns = numbers([...kinds, { key: "active_gates", word: "activeGates" }]);
  return (
    <main id="content" class="report">
      <div class="letterhead print-only"><p>{t("nation")}</p><p>{t("motto")}</p><p class="big">{t("reportTitle")}</p><p>{area || t("everywhere")} · {from} – {until}</p></div>
      <h1 class="no-print">{t("reports")}</h1>
      <div class="filters no-print">
        <Field label={t("from")}><input type="date" required value={from} max={until} onChange={(event) => setFrom(value(event))} /></Field>
        <Field label={t("until")}><input type="date" required value={until} min={from} onChange={(event) => setUntil(value(event))} /></Field>
        <Choice label={t("by")} chosen={by} options={units} onChoose={setBy} />
      </div>
      <Failure error={figures.error} />
      {figures.value ? (
        <>
          <h2>{t("progress")}</h2>
          <Comparison figures={figures.value} before={before.value} />
          <p class="legend"><span class="swatch in" aria-hidden="true" /> {t("entries")} <span class="swatch out" aria-hidden="true" /> {t("exits")}</p>
          <Chart figures={figures.value} />
          <Table caption={t("period")} rows={figures.value.rows} keyOf={(row) => row.start} columns={[
            { head: t("period"), cell: (row) => row.start }, ...columns, { head: t("activeSites"), cell: (row) => number(row.active_sites), isNumber: true }]} />
          <h2>{t("area")}</h2>
          <Table caption={t("area")} rows={figures.value.areas} keyOf={(row) => row.area} columns={[
            { head: t("area"), cell: (row) => row.area }, ...columns, { head: t("gates"), cell: (row) => number(row.gates), isNumber: true }]} />
          <div class="buttons no-print">
            <a class="button" href={pathOf("figures.csv", { ...wish, lang: settings.language })} download>{t("csv")}</a>
            <button type="button" onClick={() => window.print()}>{t("print")}</button>
          </div>
          <p class="print-only">{moment(new Date().toISOString())}</p>
        </>) : figures.error ? null : <p>{t("loading")}</p>}
    </main>
  );
}
