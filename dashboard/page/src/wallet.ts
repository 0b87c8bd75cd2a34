// What a visitor's phone keeps: the pass, a key that no script can take out of it, and what was declared with it last.

import type { Declaration } from "./api";

export interface Wallet { pass: string; name: string; site: string; until: string; declarations: boolean; declared?: Declaration; keys: CryptoKeyPair }

const database = "stile", store = "wallet", only = "pass";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("not kept"));
  });
}

async function run<T>(mode: IDBTransactionMode, what: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const turn = opened.transaction(store, mode), request = what(turn.objectStore(store));
      turn.oncomplete = () => resolve(request.result);
      turn.onerror = turn.onabort = () => reject(turn.error ?? new Error("not kept"));
    });
  } finally {
    opened.close();
  }
}

export const readWallet = (): Promise<Wallet | undefined> => run("readonly", (rows) => rows.get(only) as IDBRequest<Wallet | undefined>);
export const keepWallet = (wallet: Wallet): Promise<unknown> => run("readwrite", (rows) => rows.put(wallet, only));

/** Only a secure context has what it takes: https, or this machine itself. */
export const canProve = (): boolean => window.isSecureContext && typeof indexedDB === "object" && typeof crypto.subtle === "object";

export const newKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);

/** As the server wants it: SubjectPublicKeyInfo, base64. */
export async function publicKey(keys: CryptoKeyPair): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
  return btoa(String.fromCharCode(...bytes));
}
