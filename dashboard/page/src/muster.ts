// The evacuation list: frozen when it begins, ticked off, and kept on this device, so that it is there without a server.
import type { Visit } from "./api";

export interface Muster { at: string; area: string; people: Visit[]; names: Record<string, string>; safe: number[] }

interface Store { getItem(key: string): string | null; setItem(key: string, value: string): void; removeItem(key: string): void }

const key = "stile.muster";

export function readMuster(store: Store): Muster | null {
  try {
    const muster = JSON.parse(store.getItem(key) ?? "null") as Muster | null;
    return muster && Array.isArray(muster.people) && Array.isArray(muster.safe) ? muster : null;
  } catch {
    return null;
  }
}

export function writeMuster(store: Store, muster: Muster | null): void {
  if (muster) store.setItem(key, JSON.stringify(muster));
  else store.removeItem(key);
}

export function tick(muster: Muster, id: number, isSafe: boolean): Muster {
  const others = muster.safe.filter((one) => one !== id);
  return { ...muster, safe: isSafe ? [...others, id] : others };
}

/** Those who are missing first, the longest inside first. */
export function ordered(muster: Muster): { visit: Visit; isSafe: boolean }[] {
  const safe = new Set(muster.safe);
  return muster.people.map((visit) => ({ visit, isSafe: safe.has(visit.id) }))
    .sort((a, b) => Number(a.isSafe) - Number(b.isSafe) || (a.visit.entered ?? "").localeCompare(b.visit.entered ?? ""));
}
