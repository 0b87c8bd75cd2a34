// What this device keeps for the page. A browser may forbid it: then nothing is kept, and the page still works.

export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const nothing: Store = { getItem: () => null, setItem: () => { throw new Error("not kept"); }, removeItem: () => undefined };

export function deviceStore(): Store {
  try {
    return window.localStorage;
  } catch {
    return nothing;
  }
}

export function readSetting<T extends string>(key: string, known: readonly T[], first: T): T {
  const kept = deviceStore().getItem(key);
  return known.find((one) => one === kept) ?? first;
}

export function keepSetting(key: string, value: string): void {
  try {
    deviceStore().setItem(key, value);
  } catch {
    // Until the page is closed, then.
  }
}
