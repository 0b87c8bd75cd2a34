// The evacuation list: frozen when it begins, ticked off, and kept on this device, so that it is there without a server.
import type { Visit } from "./api";
import type { Store } from "./device";

export interface Muster { at: string; area: string; people: Visit[]; names: Record<string, string>; safe: number[] }

export const musterKey = "stile.muster";

export function readMuster(store: Store): Muster | null {
  try {
    const muster = JSON.parse(store.getItem(musterKey) ?? "null") as Muster | null;
    return muster && Array.isArray(muster.people) && Array.isArray(muster.safe) ? { ...muster, names: muster.names ?? {} } : null;
  } catch {
    return null;
  }
}

/** Was it kept? A device may be full, or not allow it. */
export function writeMuster(store: Store, muster: Muster | null): boolean {
  try {
    if (muster) store.setItem(musterKey, JSON.stringify(muster));
    else store.removeItem(musterKey);
    return true;
  } catch {
    return false;
  }
}

export function tick(muster: Muster, id: number, isSafe: boolean): Muster {
  const others = muster.safe.filter((one) => one !== id);
  return { ...muster, safe: isSafe ? [...others, id] : others };
}

export interface MusterRow { visit: Visit; isSafe: boolean; name: string }

/** Those who are missing first, the longest inside first. */
export function ordered(muster: Muster): MusterRow[] {
  const safe = new Set(muster.safe);
  return muster.people
    .map((visit) => ({ visit, isSafe: safe.has(visit.id), name: muster.names[visit.subject] || visit.subject.slice(0, 6) }))
    .sort((a, b) => Number(a.isSafe) - Number(b.isSafe) || (a.visit.entered ?? "").localeCompare(b.visit.entered ?? ""));
}
