// Times, numbers and names as people read them.
import { settings, t } from "./i18n";

const locale = (): string => (settings.language === "vi" ? "vi-VN" : "en-GB");

export const number = (value: number): string => value.toLocaleString(locale());

export function clock(at: string | null): string {
  return at ? new Date(at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }) : "";
}

export function moment(at: string | null): string {
  if (!at) return "";
  return new Date(at).toLocaleString(locale(), {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
  });
}

/** For a tooltip: with the zone. */
export const exact = (at: string | null): string => (at ? new Date(at).toString() : "");

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
  if (!from) return "";
  const minutes = Math.max(0, Math.floor((until - Date.parse(from)) / 60000));
  if (minutes < 60) return t("durMin", minutes);
  if (minutes < 1440) return t("durHour", Math.floor(minutes / 60), minutes % 60);
  return t("durDay", Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60));
}

export const short = (subject: string | null): string => (subject ? subject.slice(0, 6) : "");

/** The local day, as the API writes days. */
export function day(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** As many days, just before. */
export function periodBefore(from: string, until: string): { from: string; until: string } {
  const first = Date.parse(`${from}T00:00:00Z`), last = Date.parse(`${until}T00:00:00Z`);
  const length = last - first + 86400000;
  const shift = (at: number): string => new Date(at - length).toISOString().slice(0, 10);
  return { from: shift(first), until: shift(last) };
}

/** A cell that no spreadsheet takes for a formula, quoted where it must be (RFC 4180). */
export function cell(value: string | number | null): string {
  let text = value === null ? "" : String(value);
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export const csv = (rows: (string | number | null)[][]): string =>
  `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
