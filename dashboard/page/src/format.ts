// Times, numbers and names as people read them.
import { settings, t } from "./i18n";

const locale = (): string => (settings.language === "vi" ? "vi-VN" : "en-GB");

/** Formatters are dear to make and needed by the thousand. */
const made = new Map<string, Intl.DateTimeFormat>();
function formatter(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale()} ${name}`;
  let found = made.get(key);
  if (!found) made.set(key, found = new Intl.DateTimeFormat(locale(), { hourCycle: "h23", ...options }));
  return found;
}

const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const date: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit" };

export const number = (value: number): string => value.toLocaleString(locale());

export const clock = (at: string | null): string => (at ? formatter("clock", time).format(new Date(at)) : "");

export const moment = (at: string | null): string => (at ? `${dayOf(at)} ${clock(at)}` : "");

/** For a tooltip: with the zone. */
export const exact = (at: string | null): string =>
  at ? formatter("exact", { ...date, ...time, timeZoneName: "short" }).format(new Date(at)) : "";

/** The local day of a moment, as it is written. */
export const dayOf = (at: string): string => formatter("day", date).format(new Date(at));

/** For <input type="date">, and back: of the browser's day. */
export function dayInput(at: string | null | undefined): string {
  if (!at) return "";
  const of = new Date(at), two = (value: number): string => String(value).padStart(2, "0");
  return `${of.getFullYear()}-${two(of.getMonth() + 1)}-${two(of.getDate())}`;
}
export const dayTime = (day: string, clockTime: string): string => new Date(`${day}T${clockTime}`).toISOString();

/** The start of a period as the API says it: "2026-11-27" or "2026-11-27T08". */
export function periodStart(start: string, isShort = false): string {
  const [year, month, dayAndHour = ""] = start.split("-");
  const [ofMonth, hour] = dayAndHour.split("T");
  if (hour !== undefined) return isShort ? `${hour}h` : `${ofMonth}/${month}/${year} ${hour}:00`;
  return isShort ? `${ofMonth}/${month}` : `${ofMonth}/${month}/${year}`;
}

/** The names of the days of a week, Monday first. 1 January 2024 was a Monday. */
export function weekdays(): string[] {
  const names = formatter("weekday", { weekday: "short", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, day) => names.format(Date.UTC(2024, 0, 1 + day)));
}

export function ago(at: string | null, now: number): string {
  if (!at) return t("never");
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (seconds < 5) return t("now");
  if (seconds < 60) return t("secAgo", seconds);
  if (seconds < 3600) return t("minAgo", Math.floor(seconds / 60));
  if (seconds < 86400) return t("hourAgo", Math.floor(seconds / 3600));
  return t("dayAgo", Math.floor(seconds / 86400));
}

export function duration(from: string | null, until: number): string {
  if (!from) return t("notKnown");
  const minutes = Math.max(0, Math.floor((until - Date.parse(from)) / 60000));
  if (minutes < 60) return t("durMin", minutes);
  if (minutes < 1440) return t("durHour", Math.floor(minutes / 60), minutes % 60);
  return t("durDay", Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60));
}

export const short = (subject: string | null): string => (subject ? subject.slice(0, 6) : "");

/** "acme/hq/gate-1": the gate first, for it is what differs. */
export function gateName(path: string): { name: string; place: string } {
  const cut = path.lastIndexOf("/");
  return { name: path.slice(cut + 1), place: path.slice(0, Math.max(0, cut)) };
}

/** The local day, as the API writes days. */
export function day(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

const dayMs = 86400000;
const utcDay = (text: string): number => Date.parse(`${text}T00:00:00Z`);

/** How many days, both ends counted. */
export const daysOf = (from: string, until: string): number => Math.round((utcDay(until) - utcDay(from)) / dayMs) + 1;

/** As many days, just before. */
export function periodBefore(from: string, until: string): { from: string; until: string } {
  const length = daysOf(from, until) * dayMs;
  const shift = (at: string): string => new Date(utcDay(at) - length).toISOString().slice(0, 10);
  return { from: shift(from), until: shift(until) };
}

/** In percent, of what was before; null where there was nothing to compare with. */
export const changeOf = (now: number, before: number): number | null =>
  before > 0 ? Math.round(((now - before) / before) * 100) : null;

/** The browser's local time as the API wants it; "" of what is none. */
export function utc(local: string): string {
  const at = new Date(local);
  return local && !Number.isNaN(at.getTime()) ? at.toISOString() : "";
}
