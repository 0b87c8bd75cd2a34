// A server that answers as notes on the API say, with made-up data: what the page is tried on. It can be told to push, to
// be away, and to forget sessions. Alone: node stub.mjs PAGE-FOLDER [PORT].
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import * as scene from "./scene.mjs";

export const password = "correct horse";
const roles = ["viewer", "guard", "manager", "tracer", "auditor", "administrator"];
const people = Object.fromEntries([...roles.map((role) => [role, [{ role, area: "" }]]), ["all", roles.map((role) => ({ role, area: "" }))],
  ["local", [{ role: "manager", area: "acme/hq" }, { role: "viewer", area: "acme/plant" }]], ["nobody", []]]);

export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; " +
  "worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const security = { "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Permissions-Policy": "camera=(), microphone=(), geolocation=()" };
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json" };

const refusals = { 400: "bad_request", 401: "unauthenticated", 403: "forbidden", 404: "not_found", 409: "conflict", 503: "storage" };
class Refusal extends Error { constructor(status, reason = refusals[status], detail = "No.") { super(detail); Object.assign(this, { status, reason }); } }
const contains = (outer, inner) => outer === "" || inner === outer || inner.startsWith(`${outer}/`);

/** The page's server. `pages` is the folder that `make page` writes. */
export class Stub {
  constructor(pages) {
    const at = Date.now();
    Object.assign(this, { pages, at, sessions: new Map(), streams: new Set(), sockets: new Set(), gates: scene.gates(at), events: scene.events(at),
      inside: scene.inside(at), accounts: scene.accounts(at), audit: scene.audit(at), totals: this.count(at), isNeeded: false, token: "t".repeat(43), asked: [], serial: 0 });
  }

  count(at) {
    return { at: scene.iso(at), inside: 23, entries_today: 1204, exits_today: 1181, denied_today: 17, gates: { online: 5, stopped: 0, offline: 1, unknown: 1 } };
  }

  async start(port = this.port ?? 0) {
    this.server = createServer((request, response) => { this.answer(request, response).catch((error) => this.refuse(response, error)); });
    this.server.on("connection", (socket) => { this.sockets.add(socket); socket.on("close", () => this.sockets.delete(socket)); });
    await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    return this.url = `http://127.0.0.1:${this.port}`;
  }

  /** As a power cut: nobody is told. */
  async stop() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.sockets.forEach((socket) => socket.destroy());
    this.streams.clear();
    await closed;
  }

  push(name, data) {
    for (const { response, session, area } of this.streams) {
      if (name === "entry" && (!this.sees(session, data, area))) continue;
      response.write(`id: ${++this.serial}\nevent: ${name}\ndata: ${JSON.stringify(name === "entry" ? this.masked(session, data) : data)}\n\n`);
    }
  }

  happen(fields) {
    const event = scene.event(Date.now(), fields);
    this.events.unshift(event);
    this.push("entry", event);
    return event;
  }

  change(name, fields) {
    this.gates = this.gates.map((gate) => (gate.gate === name ? { ...gate, ...fields, state_at: scene.iso(Date.now()) } : gate));
    this.push("gate", this.gates.find((gate) => gate.gate === name));
  }

  endSessions() {
    this.sessions.clear();
    this.streams.forEach(({ response }) => response.end("event: bye\ndata: {}\n\n"));
  }

  holds(session, wanted, area) {
    return session.grants.some((grant) => wanted.includes(grant.role) && (area === undefined || contains(grant.area, area)));
  }

  sees(session, event, area) {
    const isSilent = event.event === "SilentAlarm" || event.event === "Duress";
    return contains(area, event.gate) && this.holds(session, isSilent ? ["manager"] : ["viewer", "guard", "manager"], event.gate);
  }

  masked(session, event) { return this.holds(session, ["guard", "manager"], event.gate) ? event : { ...event, subject: null }; }

  refuse(response, error) {
    if (response.headersSent) { response.destroy(); return; }
    const status = error.status ?? 500;
    if (!error.status) console.error(error);
    this.json(response, status, { error: { reason: error.reason ?? "internal", detail: error.message } }, status === 429 ? { "Retry-After": "30" } : {});
  }

  json(response, status, body, headers = {}) {
    response.writeHead(status, { ...security, "Cache-Control": "no-store", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers });
    response.end(body === undefined ? "" : JSON.stringify(body));
  }

  file(response, path) {
    const wanted = normalize(join(this.pages, path));
    const isThere = wanted.startsWith(this.pages) && extname(wanted) !== "" && existsSync(wanted);
    if (!isThere && path.startsWith("/assets/")) throw new Refusal(404);
    const found = isThere ? wanted : join(this.pages, "index.html");
    response.writeHead(200, { ...security, "Content-Type": types[extname(found)] ?? "application/octet-stream",
      "Cache-Control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache" });
    response.end(readFileSync(found));
  }

  sessionOf(request) {
    const id = /stile_session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    const session = this.sessions.get(id);
    if (session && request.method !== "GET" && request.headers["x-stile-csrf"] !== session.csrf) throw new Refusal(403, "csrf");
    return session ? { ...session, id } : null;
  }

  enter(response, status, name, grants) {
    const id = `s${this.sessions.size}-${Math.random().toString(36).slice(2)}`;
    const session = { name, csrf: `csrf-${id}`, grants, expires: scene.iso(Date.now() + 3600000), declarations: name !== "guard", passes: name !== "guard", enrolment: name !== "guard", attendance: name === "all" };
    this.sessions.set(id, session);
    this.json(response, status, session, { "Set-Cookie": `stile_session=${id}; HttpOnly; SameSite=Strict; Path=/` });
  }

  async answer(request, response) {
    const url = new URL(request.url, "http://x"), path = url.pathname;
    if (!path.startsWith("/api/v1/")) { this.file(response, path); return; }
    const body = await new Promise((resolve) => { let text = ""; request.on("data", (piece) => { text += piece; }); request.on("end", () => resolve(text)); });
    const query = Object.fromEntries(url.searchParams), [what, ...rest] = path.slice(8).split("/").map(decodeURIComponent);
    this.asked.push({ method: request.method, path: path.slice(8), query, body });
    const open = { health: () => ({ status: "ok", version: "0.1.0", archive: "ok" }), first: () => this.first(request, response, body), session: () => this.session(request, response, body, rest) };
    const made = open[what] ? open[what]() : this.resource(request, response, this.sessionOf(request), what, rest, query, body);
    if (made !== undefined) this.json(response, request.method === "POST" && what === "accounts" ? 201 : 200, made);
  }

  first(request, response, body) {
    if (request.method === "GET") return { needed: this.isNeeded };
    const wish = JSON.parse(body);
    if (!this.isNeeded || wish.token !== this.token) throw new Refusal(401);
    this.isNeeded = false;
    this.enter(response, 201, wish.name, [{ role: "administrator", area: "" }]);
  }

  session(request, response, body, [below]) {
    if (request.method === "POST") {
      const { name, password: tried } = JSON.parse(body);
      if (name === "throttled") throw new Refusal(429, "throttled");
      if (!people[name] || tried !== password) throw new Refusal(401);
      return this.enter(response, 200, name, people[name]);
    }
    const session = this.sessionOf(request);
    if (!session) throw new Refusal(401);
    if (request.method === "GET") return { ...session, id: undefined };
    if (request.method === "DELETE") this.sessions.delete(session.id);
    else if (below === "password" && JSON.parse(body).old !== password) throw new Refusal(401);
    return this.json(response, 204);
  }

  resource(request, response, session, what, rest, query, body) {
    if (!session) throw new Refusal(401);
    const need = (...wanted) => { if (!this.holds(session, wanted)) throw new Refusal(403); };
    const area = query.area ?? "";
    const page = (list, limit) => {
      const start = Number(query.cursor ?? 0), size = Number(query.limit ?? limit);
      return [list.slice(start, start + size), start + size < list.length ? String(start + size) : null];
    };
    switch (what) {
      case "gates": need("viewer", "guard", "manager"); return rest[3] === "health" ? scene.health(Date.now(), Number(query.days)) : rest.length > 3 ? this.command(session, rest, body) :
        { at: scene.iso(Date.now()), gates: this.gates.filter((gate) => contains(area, gate.gate) && this.holds(session, ["viewer", "guard", "manager"], gate.gate)), next: null };
      case "commands": return { ...this.given, state: "done" };
      case "totals": need("viewer", "guard", "manager"); return this.totals;
      case "events": {
        need("viewer", "guard", "manager");
        if (query.subject) need("manager");
        const [events, next] = page(this.events.filter((event) => this.sees(session, event, area) && (!query.event || event.event === query.event) && (!query.reason || event.reason === query.reason) &&
          (!query.subject || event.subject === query.subject) && (!query.from || event.at >= query.from) && (!query.until || event.at < query.until)), 100);
        return { events: events.map((event) => this.masked(session, event)), next };
      }
      case "presence": {
        need("guard", "manager");
        const all = this.inside.filter((visit) => contains(area, visit.site)), [inside, next] = page(all, 200);
        const sites = [...new Set(all.map((visit) => visit.site))].map((site) => ({ site, inside: all.filter((visit) => visit.site === site).length }));
        return { at: scene.iso(Date.now()), count: all.length, sites, inside, next };
      }
      case "places": case "coverage": {
        need("manager");
        const division = query.division ?? "", all = scene.places(this.at).filter((one) => contains(division, one.division));
        if (rest[2] === "reminders") return { reminders: [{ at: scene.iso(this.at), by: "lan", note: "đã gọi điện" }] };
        return { at: scene.iso(Date.now()), ...(what === "places" ? { places: all, next: null } : scene.coverage(all, division)) };
      }
      case "requests":
        need("manager");
        if (request.method === "POST") return rest[0] ? this.json(response, 204) : this.json(response, 201, { number: 5 });
        return rest[1] === "person" ? { exported: scene.iso(this.at), subject: scene.subjectOf(0), holder: null, visits: [], events: [] } : scene.requests(query);
      case "figures": need("manager"); return scene.figures(query);
      case "traces": need("tracer"); return scene.trace(this.at, JSON.parse(body));
      case "stream": need("viewer", "guard", "manager"); return this.stream(response, session, area);
      case "names": need("guard", "manager"); return { names: Object.fromEntries(query.subjects.split(",").filter((subject) => subject === scene.subjectOf(0)).map((subject) => [subject, "*** An"])) };
      case "people": need("manager"); if (request.method === "PUT") return this.json(response, 204); if (rest[0] && rest[0] !== "an") throw new Refusal(404); if (rest[0] && !rest[1]) return { id: "an", name: "Nguyễn Văn An", subject: scene.subjectOf(0), role: "worker", escort: "*", levels: [{ level: "staff", valid_until: "2026-12-31T16:59:59.000Z" }], valid_until: "2027-01-01T00:00:00.000Z" }; return { people: [{ id: "an", name: query.reveal === "1" ? "Nguyễn Văn An" : "*** An", subject: scene.subjectOf(0), levels: [{ level: "staff" }], valid_until: "2027-01-01T00:00:00.000Z" }], next: null, masked: query.reveal !== "1" };
      case "levels": case "schedules": case "counted-areas": case "special-days":
        need(...(what === "levels" && request.method === "GET" ? ["guard", "manager"] : ["manager"]));
        if (request.method === "DELETE" && rest[0] === "office") throw new Refusal(409, "busy");
        return request.method === "GET" ? scene.rights[what] : this.json(response, 204);
      case "visitors": {
        need("guard", "manager");
        const { name, hours, code, phone } = JSON.parse(body);
        if (code === "taken") throw new Refusal(409, "exists", "the code is somebody's");
        response.statusCode = 201;
        return { id: `visitor-${name.length}`, until: scene.iso(Date.now() + hours * 3600000), ...(phone ? { link: { token: "x".repeat(43), expires: scene.iso(Date.now() + 72 * 3600000) } } : {}) };
      }
      case "enrolments": {
        need("manager");
        response.statusCode = 201;
        return { gate: JSON.parse(body).gate, token: `stile-enrol-1:${"0123456789abcdef".repeat(6)}`, until: scene.iso(Date.now() + 86400000), desk: "ca.acme.example:8884" };
      }
      case "declarations": need("guard", "manager"); return this.json(response, 204);
      case "accounts": need("administrator"); return this.account(request, response, rest, body);
      case "audit": {
        need("auditor", "administrator");
        if (rest[0] === "verify") return { ok: true, entries: this.audit.length, broken_at: null };
        const [entries, next] = page(this.audit.filter((entry) => (!query.actor || entry.actor === query.actor) && (!query.action || entry.action === query.action)), 100);
        return { entries, next };
      }
      default: throw new Refusal(404);
    }
  }

  command(session, [org, site, name], body) {
    return this.given = { id: "c1", gate: `${org}/${site}/${name}`, ...JSON.parse(body), actor: session.name, given: scene.iso(Date.now()), state: "sent", refusal: null, message: null };
  }

  account(request, response, [name], body) {
    const found = this.accounts.find((account) => account.name === name);
    const others = this.accounts.filter((account) => account !== found && !account.disabled && account.grants.some((grant) => grant.role === "administrator"));
    if (request.method === "GET") return { accounts: this.accounts };
    if (request.method === "POST") {
      const { name: wished, grants } = JSON.parse(body);
      if (this.accounts.some((account) => account.name === wished)) throw new Refusal(409, "conflict", "There is one of this name.");
      this.accounts.push({ name: wished, disabled: false, grants, created: scene.iso(Date.now()), last_login: null });
      return this.accounts.at(-1);
    }
    if (!found) throw new Refusal(404);
    const changed = request.method === "PATCH" ? { ...found, ...JSON.parse(body) } : null;
    const stays = changed && !changed.disabled && changed.grants.some((grant) => grant.role === "administrator");
    if (!stays && others.length === 0) throw new Refusal(409, "conflict", "The last administrator.");
    this.accounts = this.accounts.flatMap((account) => (account === found ? (changed ? [changed] : []) : [account]));
    return changed ?? this.json(response, 204);
  }

  stream(response, session, area) {
    response.writeHead(200, { ...security, "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    const stream = { response, session, area };
    this.streams.add(stream);
    response.on("close", () => this.streams.delete(stream));
    response.write(`event: hello\ndata: ${JSON.stringify({ at: scene.iso(Date.now()) })}\n\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await new Stub(process.argv[2]).start(Number(process.argv[3] ?? 8099)));
