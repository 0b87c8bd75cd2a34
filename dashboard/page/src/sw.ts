// Keeps the page itself, so that it opens while the server is away: a muster list must. Never keeps an answer of the API.
// Built with the list of files put in; a new build is another cache.

declare const FILES: string[];
declare const VERSION: string;

interface Extendable extends Event { waitUntil(done: Promise<unknown>): void }
interface Fetch extends Extendable { request: Request; respondWith(response: Promise<Response>): void }
interface Scope {
  addEventListener(kind: "install" | "activate", hear: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", hear: (event: Fetch) => void): void;
  skipWaiting(): Promise<void>;
}

const scope = self as unknown as Scope;
const patienceMs = 4000;

scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(["/", ...FILES])).then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name)))));
});

/** The server's word where there is one in time; a proxy's error is none. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match("/");
  if (!kept) return fetch(request);
  try {
    const late = new Promise<never>((_, refuse) => { setTimeout(() => refuse(new Error("late")), patienceMs); });
    const answer = await Promise.race([fetch(request), late]);
    return answer.status >= 500 ? kept : answer;
  } catch {
    return kept;
  }
}

scope.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin || pathname.startsWith("/api/")) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request));
  else if (FILES.includes(pathname)) event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(event.request)));
});
