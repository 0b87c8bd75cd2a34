// The shell: who is logged in, which page, in which language and light.
import { render } from "preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Right, Session } from "./api";
import { ApiError, ask, asker, get, may } from "./api";
import type { Key, Language } from "./i18n";
import { settings, t } from "./i18n";
import { AccountsPage } from "./pages/accounts";
import { AuditPage } from "./pages/audit";
import { First, Login } from "./pages/entrance";
import { EventsPage } from "./pages/events";
import { LivePage } from "./pages/live";
import { PeoplePage } from "./pages/people";
import { PresencePage } from "./pages/presence";
import { ReportsPage } from "./pages/reports";
import { TracePage } from "./pages/trace";
import { Dialog, Failure, Field, Form, Notice, value } from "./ui";

type Theme = "auto" | "light" | "dark";

const pages: { path: string; word: Key; right: Right; show: (session: Session, area: string) => JSX.Element }[] = [
  { path: "/live", word: "live", right: "view", show: (session, area) => <LivePage session={session} area={area} /> },
  { path: "/presence", word: "presence", right: "people", show: (_, area) => <PresencePage area={area} /> },
  { path: "/events", word: "events", right: "view", show: (session, area) => <EventsPage session={session} area={area} /> },
  { path: "/reports", word: "reports", right: "manage", show: (_, area) => <ReportsPage area={area} /> },
  { path: "/trace", word: "trace", right: "trace", show: (_, area) => <TracePage area={area} /> },
  { path: "/people", word: "people", right: "manage", show: () => <PeoplePage /> },
  { path: "/accounts", word: "accounts", right: "accounts", show: () => <AccountsPage /> },
  { path: "/audit", word: "audit", right: "audit", show: () => <AuditPage /> },
];

function useSetting<T extends string>(key: string, first: T, apply: (value: T) => void): [T, (value: T) => void] {
  const [chosen, setChosen] = useState<T>(() => {
    const kept = (window.localStorage.getItem(key) as T | null) ?? first;
    apply(kept);
    return kept;
  });
  return [chosen, (next) => {
    window.localStorage.setItem(key, next);
    apply(next);
    setChosen(next);
  }];
}

const applyLanguage = (language: Language): void => {
  settings.language = language;
  document.documentElement.lang = language;
};

const applyTheme = (theme: Theme): void => {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
};

function usePath(): [string, (path: string) => void] {
  const [path, setPath] = useState(window.location.pathname);
  useEffect(() => {
    const changed = (): void => setPath(window.location.pathname);
    window.addEventListener("popstate", changed);
    return () => window.removeEventListener("popstate", changed);
  }, []);
  return [path, (next) => {
    window.history.pushState(null, "", next);
    setPath(window.location.pathname);
    window.scrollTo(0, 0);
    document.getElementById("content")?.focus();
  }];
}

/** `/` goes to what can be searched, unless somebody types. */
function useSearchKey(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
      const field = document.querySelector<HTMLElement>("[data-search]");
      if (field) event.preventDefault();
      field?.focus();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

function Password({ onClose }: { onClose: () => void }): JSX.Element {
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const [isDone, setDone] = useState(false);
  return (
    <Dialog title={t("changePassword")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={async () => { await ask("PUT", "session/password", { old: before, new: after }); setDone(true); }}>
        <Field label={t("oldPassword")}><input type="password" autocomplete="current-password" required value={before} onInput={(event) => setBefore(value(event))} /></Field>
        <Field label={t("newPassword")} hint={t("passwordHint")}>
          <input type="password" autocomplete="new-password" required minLength={10} maxLength={256} value={after} onInput={(event) => setAfter(value(event))} />
        </Field>
        {isDone ? <Notice kind="good">{t("passwordChanged")}</Notice> : null}
      </Form>
    </Dialog>
  );
}

function areasOf(session: Session): string[] {
  return [...new Set(session.grants.map((grant) => grant.area))].sort();
}

function App(): JSX.Element {
  const [session, setSession] = useState<Session | null>(null);
  const [isAsked, setAsked] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [language, setLanguage] = useSetting<Language>("stile.language", navigator.language.startsWith("en") ? "en" : "vi", applyLanguage);
  const [theme, setTheme] = useSetting<Theme>("stile.theme", "auto", applyTheme);
  const [path, go] = usePath();
  const [area, setArea] = useState("");
  const [isChanging, setChanging] = useState(false);
  const isWall = new URLSearchParams(window.location.search).has("wall");
  useSearchKey();
  const enter = (entered: Session | null): void => {
    asker.csrf = entered?.csrf ?? "";
    setSession(entered);
    if (entered && (path === "/login" || path === "/first" || path === "/")) {
      const first = pages.find((page) => may(entered, page.right));
      go(first?.path ?? "/login");
    }
  };
  asker.onLost = () => enter(null);
  useEffect(() => {
    if (path === "/first") { setAsked(true); return; }
    get<Session>("session").then((found) => { enter(found); setAsked(true); }, (failure: unknown) => {
      if (!(failure instanceof ApiError && failure.status === 401)) setError(failure);
      setAsked(true);
    });
  }, []);
  const allowed = session ? pages.filter((page) => may(session, page.right)) : [];
  const page = allowed.find((one) => one.path === path);
  useEffect(() => { document.title = page ? `${t(page.word)} · Stile` : "Stile"; }, [page, language]);
  const choices = (
    <div class="choices">
      <label><span class="hidden">{t("language")}</span>
        <select value={language} onChange={(event) => setLanguage(value(event) as Language)}><option value="vi">Tiếng Việt</option><option value="en">English</option></select>
      </label>
      <label><span class="hidden">{t("theme")}</span>
        <select value={theme} onChange={(event) => setTheme(value(event) as Theme)}>
          <option value="auto">{t("auto")}</option><option value="light">{t("light")}</option><option value="dark">{t("dark")}</option>
        </select>
      </label>
    </div>
  );
  if (!isAsked) return <main id="content"><p>{t("loading")}</p></main>;
  if (!session)
    return (
      <>
        <header class="bar"><strong>Stile</strong>{choices}</header>
        <Failure error={error} />
        {path === "/first" ? <First token={window.location.hash.slice(1)} onSession={enter} /> : <Login onSession={enter} />}
      </>
    );
  const areas = areasOf(session);
  return (
    <div class={isWall ? "wall" : ""}>
      <a class="skip" href="#content">{t("skip")}</a>
      <header class="bar no-print wall-hidden">
        <strong>Stile</strong>
        <nav aria-label={t("menu")}>
          <ul>{allowed.map((one) => (
            <li key={one.path}>
              <a href={one.path} aria-current={one.path === path ? "page" : undefined} onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                go(one.path);
              }}>{t(one.word)}</a>
            </li>))}</ul>
        </nav>
        {areas.length > 1 ? (
          <label class="inline"><span class="hidden">{t("area")}</span>
            <select value={area} onChange={(event) => setArea(value(event))}>
              <option value="">{t("area")}: {t("everywhere")}</option>
              {areas.filter((one) => one !== "").map((one) => <option value={one}>{one}</option>)}
            </select>
          </label>) : null}
        {choices}
        <div class="buttons">
          <button type="button" onClick={() => setChanging(true)}>{session.name}</button>
          <button type="button" onClick={() => { void ask("DELETE", "session").finally(() => { enter(null); go("/login"); }); }}>{t("logout")}</button>
        </div>
      </header>
      {page ? page.show(session, area) : <main id="content"><h1>Stile</h1><p>{t("nothing")}</p></main>}
      {isChanging ? <Password onClose={() => setChanging(false)} /> : null}
    </div>
  );
}

const root = document.getElementById("app");
if (root) render(<App />, root);
