// Who was where when: a row for the person traced, a row for each who was with them. Overlaps are seen at a glance; the
// tables say the same in words.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Contact, Visit } from "../api";
import { clock, dayOf, moment, number, short } from "../format";
import { t } from "../i18n";

export const timelineRows = 40;
const rowHigh = 22, head = 28, gutter = 74;

interface Span { from: number; until: number; title: string; kind: string; hop?: number }
interface Row { subject: string; spans: Span[] }

const endOf = (until: string | null, now: number): number => (until ? Date.parse(until) : now);

/** Those who were there longest. */
export function rowsOf(subject: string, visits: Visit[], contacts: Contact[], now: number): Row[] {
  const own = visits.flatMap((visit): Span[] => {
    // Of a stay whose other end nobody saw a mark stands where it was seen.
    const from = visit.entered ?? visit.left, until = visit.left_assumed ? visit.entered : visit.left;
    if (!from) return [];
    return [{ from: Date.parse(from), until: visit.entered || visit.left ? Math.max(Date.parse(from), endOf(until, now)) : now, kind: "own",
              title: `${visit.site}: ${moment(visit.entered) || t("notKnown")} – ${visit.left ? moment(visit.left) : t("stillInside")}` }];
  });
  const others = new Map<string, { spans: Span[]; minutes: number }>();
  for (const contact of contacts) {
    const other = others.get(contact.visit.subject) ?? { spans: [], minutes: 0 };
    other.minutes += contact.minutes;
    other.spans.push({ from: Date.parse(contact.from), until: endOf(contact.until, now), kind: `hop${contact.hop}`, hop: contact.hop,
      title: `${short(contact.visit.subject)} · ${contact.visit.site}: ${moment(contact.from)} – ${contact.until ? moment(contact.until) : t("stillInside")}` });
    others.set(contact.visit.subject, other);
  }
  const longest = [...others].sort(([, a], [, b]) => b.minutes - a.minutes).slice(0, timelineRows);
  return [{ subject, spans: own }, ...longest.map(([other, { spans }]) => ({ subject: other, spans }))];
}

/** Moments for the axis: whole hours or days, as many as there is room for. */
export function ticksOf(from: number, until: number, room: number): number[] {
  const hour = 3600000, steps = [hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, 24 * hour, 48 * hour, 168 * hour, 720 * hour];
  const step = steps.find((one) => (until - from) / one <= Math.max(1, room / 90)) ?? 720 * hour;
  const zone = new Date(from).getTimezoneOffset() * 60000;
  const ticks: number[] = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at <= until; at += step) ticks.push(at);
  return ticks;
}

const labelOf = (at: number): string => {
  const iso = new Date(at).toISOString();
  return clock(iso).startsWith("00:00") ? dayOf(iso).slice(0, 5) : clock(iso).slice(0, 5);
};

export function Timeline({ subject, visits, contacts, now }: { subject: string; visits: Visit[]; contacts: Contact[]; now: number }): JSX.Element | null {
  const element = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(720);
  useEffect(() => {
    const look = (): void => { if (element.current && element.current.clientWidth > 0) setRoom(element.current.clientWidth); };
    look();
    window.addEventListener("resize", look);
    return () => window.removeEventListener("resize", look);
  }, []);
  const rows = rowsOf(subject, visits, contacts, now);
  const spans = rows.flatMap((row) => row.spans);
  if (spans.length === 0) return null;
  const from = Math.min(...spans.map((span) => span.from)), until = Math.max(from + 3600000, ...spans.map((span) => span.until));
  const whole = Math.max(560, room), wide = whole - gutter - 8;
  const x = (at: number): number => gutter + ((at - from) / (until - from)) * wide;
  const high = head + rows.length * rowHigh + 8;
  return (
    <div class="scroll chart-room" ref={element} tabIndex={0} role="group" aria-label={t("timeline")}>
      <svg width={whole} height={high} viewBox={`0 0 ${whole} ${high}`} role="img" aria-label={`${t("timeline")}: ${t("contacts")} ${number(rows.length - 1)}`} class="chart">
        {ticksOf(from, until, wide).map((at) => (
          <g key={at}>
            <line x1={x(at)} x2={x(at)} y1={head - 4} y2={high} class="grid" />
            <text x={x(at)} y={16} text-anchor={x(at) > whole - 30 ? "end" : "middle"}>{labelOf(at)}</text>
          </g>))}
        {rows.map((row, index) => (
          <g key={row.subject}>
            <text x="4" y={head + index * rowHigh + 15} class="mono">{short(row.subject)}</text>
            {row.spans.map((span) => {
              const left = x(span.from), width = Math.max(3, x(span.until) - left), y = head + index * rowHigh + 3;
              return (
                <g key={`${span.from} ${span.title}`}>
                  <title>{span.title}</title>
                  <rect class={`span-${span.kind}`} x={left} y={y} width={width} height={rowHigh - 7} rx="2" />
                  {span.hop && width > 14 ? <text class="in-span" x={left + width / 2} y={y + 12} text-anchor="middle">{span.hop}</text> : null}
                </g>);
            })}
          </g>))}
      </svg>
    </div>
  );
}
