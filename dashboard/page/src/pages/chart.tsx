// Bars of entries and exits, drawn as wide as there is room, each with its number; the table beside it says the same.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Figures } from "../api";
import { number, periodStart } from "../format";
import { t } from "../i18n";

export const chartRows = 62;
const high = 180, top = 24, foot = 28;

/** How wide it is drawn: text keeps its size on a phone. */
function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  useEffect(() => {
    const look = (): void => { if (element.current && element.current.clientWidth > 0) setWidth(element.current.clientWidth); };
    look();
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, []);
  return [element, width];
}

function Bar({ kind, left, width, value, most, isNamed }: {
  kind: "in" | "out"; left: number; width: number; value: number; most: number; isNamed: boolean;
}): JSX.Element {
  const height = (value / most) * high;
  return (
    <>
      <rect class={`bar-${kind}`} x={left} width={width} y={top + high - height} height={height} />
      {isNamed && value > 0 ? <text x={left + width / 2} y={top + high - height - 4} text-anchor="middle">{number(value)}</text> : null}
    </>
  );
}

export function Chart({ figures, title }: { figures: Figures; title: string }): JSX.Element {
  const [element, room] = useWidth();
  const rows = figures.rows.slice(-chartRows);
  const most = Math.max(1, ...rows.map((row) => Math.max(row.entries, row.exits)));
  const width = Math.max(12, room / Math.max(1, rows.length));
  const bar = Math.min(56, width * 0.38);
  const whole = Math.max(room, width * rows.length);
  const isShort = figures.by === "hour" ? figures.from === figures.until : true;
  const labelEvery = Math.max(1, Math.ceil((isShort ? 46 : 110) / width));
  const isNamed = bar > number(most).length * 8;
  return (
    <div class="scroll chart-room" ref={element} tabIndex={0} role="group" aria-label={title}>
      <svg width={whole} height={top + high + foot} viewBox={`0 0 ${whole} ${top + high + foot}`} role="img" aria-label={title} class="chart">
        <line x1="0" x2={whole} y1={top} y2={top} class="grid" />
        {isNamed ? null : <text x="2" y={top - 6}>{number(most)}</text>}
        {rows.map((row, index) => (
          <g key={row.start}>
            <title>{`${periodStart(row.start)}: ${t("entries")} ${number(row.entries)}, ${t("exits")} ${number(row.exits)}`}</title>
            <Bar kind="in" left={(index + 0.5) * width - bar - 1} width={bar} value={row.entries} most={most} isNamed={isNamed} />
            <Bar kind="out" left={(index + 0.5) * width + 1} width={bar} value={row.exits} most={most} isNamed={isNamed} />
            {index % labelEvery === 0 ? <text x={index * width + width / 2} y={top + high + 20} text-anchor={index === 0 && width < 40 ? "start" : "middle"}>{periodStart(row.start, isShort)}</text> : null}
          </g>))}
        <line x1="0" x2={whole} y1={top + high} y2={top + high} class="axis" />
      </svg>
    </div>
  );
}
