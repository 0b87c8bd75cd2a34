// The API's shapes (config/openapi.json), and how it is asked.

export type Role = "viewer" | "guard" | "manager" | "tracer" | "auditor" | "administrator";
export interface Grant { role: Role; area: string }
export interface Session { name: string; csrf: string; grants: Grant[]; expires: string; declarations: boolean; passes: boolean; enrolment: boolean; attendance: boolean }
export interface Account { name: string; disabled: boolean; grants: Grant[]; created: string; last_login: string | null }
export interface AccessPoint { id: string; mode: string; door: string; tamper?: boolean }
export interface Gate {
  gate: string; state: "online" | "stopped" | "offline" | "unknown"; state_at: string | null; last_event_at: string | null;
  behind: number; lost: number; software: string | null; clock: string | null; fire: string | null;
  access_points: AccessPoint[]; registry: { version?: number } | null;
  health: Record<string, unknown> | null; health_at: string | null;
}
export interface Totals {
  at: string; inside: number; entries_today: number; exits_today: number; denied_today: number;
  gates: { online: number; stopped: number; offline: number; unknown: number };
}
export interface Event {
  id: string; gate: string; seq: number; at: string; received: string; event: string; reason: string | null;
  direction: "entry" | "exit" | null; credential_class: string | null; access_point: string | null; subject: string | null;
  clock: string | null; late: boolean; no_sensor: boolean; passback_soft: boolean; historical: boolean; offline: boolean;
}
export interface Visit {
  id: number; site: string; subject: string; entered: string | null; left: string | null; left_assumed: boolean;
  gate_in: string | null; gate_out: string | null; credential_class: string | null;
}
export interface Contact { visit: Visit; of_visit: number; from: string; until: string | null; minutes: number; hop: number }
export interface Presence { at: string; count: number; sites: { site: string; inside: number }[]; inside: Visit[]; next: string | null }
export interface Sums { entries: number; exits: number; granted: number; denied: number; active_gates: number }
export interface Figures {
  from: string; until: string; by: string; offset_min: number;
  rows: (Sums & { start: string; active_sites: number })[]; areas: (Sums & { area: string; gates: number })[];
}
export interface AuditEntry {
  number: number; at: string; actor: string; address: string | null; action: string; target: string | null;
  detail: Record<string, unknown> | null; outcome: "done" | "refused";
}
export interface Command {
  id: string; gate: string; command: string; access_point: string | null; actor: string; reason: string; given: string;
  state: "sent" | "done" | "refused" | "unknown" | "unanswered" | "not_sent"; refusal: string | null; message: string | null;
}
export interface Declaration { result: "green" | "amber" | "red"; at: string; until?: string }
export interface Person {
  id: string; name: string; subject: string; blocked?: boolean; role?: string; valid_from?: string; valid_until?: string;
  levels?: { level: string; valid_from?: string; valid_until?: string }[];
  declaration?: Declaration;
}
export interface Credential { lookup: string; class: string; hint: string; valid_until?: string; revoked?: string }
export interface RegisteredPlace {
  site: string; name: string; category: string; owner: string; division: string; in_scope: boolean;
  state: "not_equipped" | "active" | "quiet" | "silent"; gates: number; online: number; last_event_at: string | null;
  entries_today: number; exits_today: number; reminders: number; reminded_at: string | null; escalated: boolean;
}
export interface CoverageSums {
  division: string; registered: number; in_scope: number; equipped: number; active: number; silent: number;
  entries: number; exits: number; reminders: number; escalated: number;
}
export interface Coverage { at: string; total: CoverageSums; divisions: CoverageSums[] }
export interface Reminder { at: string; by: string; note: string }
export interface PersonRequest {
  number: number; kind: "access" | "correct" | "restrict" | "erase" | "breach"; subject: string | null; note: string; by: string; received: string;
  answer_by: string | null; due: string; answered: string | null; closed: string | null; outcome: "done" | "refused" | null; result: string;
}
/** "*": every access point. Without a schedule it holds at all times. */
export interface Level { id: string; access_points: string[]; schedule?: string }
export interface Schedule { id: string; periods: string[] }
/** Where gates count who is inside. What is absent is as each gate is configured. */
export interface CountedArea {
  id: string; access_points: string[]; occupancy_limit?: number; passback?: "off" | "soft" | "hard"; passback_reset_h?: number; passback_reset_at?: string;
}
/** A date, "2026-09-02", or one of every year, "--09-02". */
export interface SpecialDay { date: string; name: string }
export interface Import {
  committed: boolean; all: number; refused: number; added: number; changed: number; same: number; complaints: string[];
}

export class ApiError extends Error {
  constructor(readonly status: number, readonly reason: string, detail: string, readonly retryAfter = 0) {
    super(detail);
  }
}

type Query = Record<string, string | number | null | undefined>;

export function pathOf(path: string, query: Query = {}): string {
  const wanted = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(wanted.map(([key, value]) => [key, String(value)])).toString();
  return `/api/v1/${path}${text ? `?${text}` : ""}`;
}

/** Who asks: what proves that it is this page, and what to do when the session is over. */
export const asker = { csrf: "", onLost: () => {} };

/** A tablet's clock may be wrong; ages are told by the server's. A Date header is of whole seconds. */
let skewMs = 0;
export const serverNow = (): number => Date.now() + skewMs;
export function hearClock(date: string | null): void {
  const skew = Date.parse(date ?? "") - Date.now();
  if (!Number.isNaN(skew)) skewMs = Math.abs(skew) > 3000 ? skew : 0;
}

/** What is no JSON, a proxy's error for one, says nothing. A body that breaks off is no answer. */
async function bodyOf(response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch {
    throw new ApiError(0, "unreachable", "");
  }
  if (!text || !response.headers.get("Content-Type")?.startsWith("application/json")) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export async function ask<T>(method: string, path: string, body?: unknown, query?: Query): Promise<T> {
  const headers: Record<string, string> = {};
  if (method !== "GET" && asker.csrf) headers["X-Stile-CSRF"] = asker.csrf;
  if (body !== undefined) headers["Content-Type"] = typeof body === "string" ? "text/csv" : "application/json";
  let response: Response;
  try {
    response = await fetch(pathOf(path, query), {
      method, headers, credentials: "same-origin",
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, "unreachable", "");
  }
  hearClock(response.headers.get("Date"));
  const json = await bodyOf(response);
  if (response.ok) return json as T;
  const error = (json as { error?: { reason?: string; detail?: string } } | null)?.error;
  if (response.status === 401 && asker.csrf) asker.onLost();
  throw new ApiError(response.status, error?.reason ?? "unknown", error?.detail ?? "",
                     Number(response.headers.get("Retry-After") ?? 0));
}

export const get = <T>(path: string, query?: Query): Promise<T> => ask<T>("GET", path, undefined, query);

/** A page holds the first of them only. */
export async function allGates(area: string): Promise<Gate[]> {
  const gates: Gate[] = [];
  let after: string | null = null;
  do {
    const page: { gates: Gate[]; next: string | null } = await get("gates", { area, after, limit: 500 });
    gates.push(...page.gates);
    after = page.next;
  } while (after);
  return gates;
}

/** Does `inner` lie in `outer`, by whole names? */
export function contains(outer: string, inner: string): boolean {
  return outer === "" || inner === outer || inner.startsWith(`${outer}/`);
}

const holders: Record<string, Role[]> = {
  view: ["viewer", "guard", "manager"], people: ["guard", "manager"], manage: ["manager"], visits: ["manager", "tracer"],
  trace: ["tracer"], accounts: ["administrator"], audit: ["auditor", "administrator"],
};
export type Right = "view" | "people" | "manage" | "visits" | "trace" | "accounts" | "audit";

/** May they, in this area; without one: anywhere? The server decides; this only hides what it would refuse. */
export function may(session: Session, right: Right, area?: string): boolean {
  return session.grants.some((grant) => holders[right]!.includes(grant.role) &&
    (area === undefined || contains(grant.area, area)));
}
