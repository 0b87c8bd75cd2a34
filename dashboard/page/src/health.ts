// What a gate's reports come to, hour by hour: series to draw, and what to say of them.
import type { Key } from "./i18n";

export interface HealthHour { hour: string; reports: number; health: Record<string, unknown> }
export interface Series { word: Key; unit: string; digits: number; values: (number | null)[]; last: number | null; low: number | null; high: number | null }

type Data = Record<string, unknown> | undefined;
const hourMs = 3_600_000;

const objectOf = (value: unknown): Data => (typeof value === "object" && value !== null ? value as Record<string, unknown> : undefined);
const numberOf = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const pointsOf = (data: Data): Data[] => (Array.isArray(data?.["access_points"]) ? (data["access_points"] as unknown[]).map(objectOf) : []);

/** The worst of a gate's access points: `pick` is Math.min or Math.max. */
function worst(data: Data, pick: (...values: number[]) => number, of: (point: Data) => unknown): number | null {
  const values = pointsOf(data).map((point) => numberOf(of(point))).filter((value) => value !== null);
  return values.length > 0 ? pick(...values) : null;
}

const thousandth = (value: number | null): number | null => (value === null ? null : value / 1000);

function share(part: unknown, whole: unknown): number | null {
  const some = numberOf(part), all = numberOf(whole);
  return some === null || all === null || all <= 0 ? null : (100 * some) / all;
}

const measures: { word: Key; unit: string; digits: number; of: (data: Data) => number | null }[] = [
  { word: "healthRate", unit: "/s", digits: 0, of: (data) => worst(data, Math.min, (point) => objectOf(point?.["camera"])?.["rate"]) },
  { word: "healthDecode", unit: "ms", digits: 1, of: (data) => thousandth(worst(data, Math.max, (point) => objectOf(point?.["decode_us"])?.["p95"])) },
  { word: "healthRelay", unit: "ms", digits: 1, of: (data) => thousandth(worst(data, Math.max, (point) => objectOf(point?.["scan_to_relay_us"])?.["p95"])) },
  { word: "healthOutbox", unit: "", digits: 0, of: (data) => numberOf(objectOf(data?.["journal"])?.["outbox"]) },
  { word: "healthDisk", unit: "%", digits: 0, of: (data) => share(objectOf(data?.["disk"])?.["free_bytes"], objectOf(data?.["disk"])?.["total_bytes"]) },
  { word: "healthHeat", unit: "°C", digits: 0, of: (data) => numberOf(data?.["temperature_c"]) },
];

/** Hours from the first report to `at`, both counted. */
const placesOf = (first: HealthHour, at: string): number => Math.max(1, Math.floor((Date.parse(at) - Date.parse(first.hour)) / hourMs) + 1);

/** One place an hour from the first report to `at`; null where the gate did not say. */
export function seriesOf(hours: readonly HealthHour[], at: string): Series[] {
  const first = hours[0];
  if (!first) return [];
  const begin = Date.parse(first.hour), places = placesOf(first, at);
  return measures.map(({ word, unit, digits, of }) => {
    const values: (number | null)[] = Array.from({ length: places }, () => null);
    for (const one of hours) {
      const place = Math.round((Date.parse(one.hour) - begin) / hourMs);
      if (place >= 0 && place < values.length) values[place] = of(one.health);
    }
    const known = values.filter((value) => value !== null);
    const last = of(hours[hours.length - 1]?.health);
    return { word, unit, digits, values, last, low: known.length ? Math.min(...known) : null, high: known.length ? Math.max(...known) : null };
  }).filter((series) => series.high !== null);
}

/** Hours in which the gate never reported, and how often it began anew: its uptime went back. */
export function gapsOf(hours: readonly HealthHour[], at: string): { silent: number; starts: number } {
  const first = hours[0];
  if (!first) return { silent: 0, starts: 0 };
  let starts = 0, before = 0;
  for (const { health } of hours) {
    const uptime = numberOf(health["uptime_s"]) ?? before;
    if (uptime < before) starts++;
    before = uptime;
  }
  return { silent: Math.max(0, placesOf(first, at) - hours.length), starts };
}

/** Strokes of a line in a box of that size; a gap where nothing is known. Nothing varies: a line through the middle. */
export function lineOf(series: Series, width: number, height: number): string {
  const low = series.low ?? 0, span = (series.high ?? 0) - low;
  const step = series.values.length > 1 ? width / (series.values.length - 1) : 0;
  let path = "", isDown = false;
  series.values.forEach((value, place) => {
    if (value !== null) {
      const x = (place * step).toFixed(1), y = (span > 0 ? height - ((value - low) / span) * height : height / 2).toFixed(1);
      // A lone hour is a dot.
      path += isDown ? `L${x} ${y}` : `M${x} ${y}h.1`;
    }
    isDown = value !== null;
  });
  return path;
}
