// Which language is spoken, and how its words are found.
import { en, vi } from "./strings";
import type { Key } from "./strings";
import { actionWords, classWords, clockWords, eventWords, reasonWords, refusalWords, roleWords } from "./words";

export type { Key } from "./strings";
export type Language = "vi" | "en";
export const dictionaries: Record<Language, Record<Key, string>> = { vi, en };

export const settings: { language: Language } = { language: "vi" };

export function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)] ?? ""));
}

export const t = (key: Key, ...values: (string | number)[]): string => fill(dictionaries[settings.language][key], values);

type Words = Record<string, readonly [string, string]>;

/** A word of the field. One that a newer gate says stays as it is. */
function wordOf(name: string | null | undefined, ...lists: Words[]): string {
  if (!name) return "";
  for (const list of lists) {
    const pair = Object.prototype.hasOwnProperty.call(list, name) ? list[name] : undefined;
    if (pair) return pair[settings.language === "vi" ? 0 : 1];
  }
  return name;
}

export const eventWord = (name: string | null): string => wordOf(name, eventWords);
export const reasonWord = (name: string | null): string => wordOf(name, reasonWords, refusalWords);
export const classWord = (name: string | null): string => wordOf(name, classWords);
export const clockWord = (name: string | null): string => wordOf(name, clockWords);
export const roleWord = (name: string | null): string => wordOf(name, roleWords);
export const actionWord = (name: string | null): string => wordOf(name, actionWords);

/** In the order of the language: đ after d. */
export const sorted = <T>(list: readonly T[], by: (one: T) => string): T[] => {
  const { compare } = new Intl.Collator(settings.language, { numeric: true });
  return [...list].sort((a, b) => compare(by(a), by(b)));
};
