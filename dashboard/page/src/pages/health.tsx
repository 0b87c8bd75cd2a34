// How a gate fared: what it reports of its camera, its speed, its records, its disk; over days.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Gate } from "../api";
import { get } from "../api";
import { gapsOf, lineOf, seriesOf } from "../health";
import type { HealthHour, Series } from "../health";
import { number } from "../format";
import { t } from "../i18n";
import { Ago, Choice, Dialog, Failure, State, useLoaded } from "../ui";

interface History { at: string; gate: string; hours: HealthHour[] }
const days = ["1", "7", "31"] as const, width = 240, height = 36;

function shown(value: number | null, series: Series): string {
  return value === null ? "–" : `${number(Number(value.toFixed(series.digits)))}${series.unit ? ` ${series.unit}` : ""}`;
}

function Measure({ series }: { series: Series }): JSX.Element {
  const range = t("healthRange", shown(series.low, series), shown(series.high, series));
  return (
    <li>
      <div><span>{t(series.word)}</span><strong>{shown(series.last, series)}</strong><span class="faint">{range}</span></div>
      <svg viewBox={`-2 -2 ${width + 4} ${height + 4}`} role="img" aria-label={`${t(series.word)}: ${range}`} preserveAspectRatio="none"><path d={lineOf(series, width, height)} /></svg>
    </li>
  );
}

export function HealthDialog({ gate, onClose }: { gate: Gate; onClose: () => void }): JSX.Element {
  const [span, setSpan] = useState<(typeof days)[number]>("7");
  const loaded = useLoaded(`${gate.gate} ${span}`, () => get<History>(`gates/${gate.gate}/health`, { days: Number(span) }));
  const series = loaded.value ? seriesOf(loaded.value.hours, loaded.value.at) : [];
  const { silent, starts } = gapsOf(loaded.value?.hours ?? [], loaded.value?.at ?? "");
  return (
    <Dialog title={`${t("health")}: ${gate.gate}`} onClose={onClose}>
      <Choice label={t("period")} chosen={span} options={days.map((one) => [one, t("healthDays", one)] as const)} onChoose={setSpan} />
      <Failure error={loaded.error} onRetry={loaded.reload} />
      {loaded.isLoading ? <p role="status"><State tone="none" icon="clock">{t("loading")}</State></p> : null}
      {loaded.value && loaded.value.hours.length === 0 ? <p class="empty">{t("healthNone")}</p> : null}
      <ul class="measures">{series.map((one) => <Measure key={one.word} series={one} />)}</ul>
      <p class="faint">{gate.health_at ? <>{t("healthLast")} <Ago at={gate.health_at} />. </> : null}{gate.software ? `${t("healthSoftware", gate.software)} ` : ""}
        {loaded.value && loaded.value.hours.length > 0 ? t("healthGaps", number(silent), number(starts)) : ""}</p>
      <div class="buttons"><button type="button" autofocus onClick={onClose}>{t("close")}</button></div>
    </Dialog>
  );
}
