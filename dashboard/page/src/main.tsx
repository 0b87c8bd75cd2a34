// Who is logged in, and which page they see.
import { render } from "preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Session } from "./api";
import { ApiError, asker, get, may } from "./api";
import { deviceStore } from "./device";
import { t } from "./i18n";
import { readMuster } from "./muster";
import { forgetNames } from "./names";
import { pages } from "./pages";
import { First, Login } from "./pages/entrance";
import { PhonePage } from "./pages/phone";
import { MusterAlone } from "./pages/presence";
import { go, queryOf, usePlace } from "./router";
import { useSettings } from "./settings";
import { Bare, Shell, useSearchKey } from "./shell";
import { Failure, Fence } from "./ui";

type Who = { kind: "asking" } | { kind: "nobody"; wasLost: boolean } | { kind: "unreachable"; error: unknown } | { kind: "session"; session: Session };

function useSession(): { who: Who; enter: (session: Session) => void; leave: (wasLost: boolean) => void; ask: () => void } {
  const [who, setWho] = useState<Who>({ kind: "asking" });
  const enter = (session: Session): void => {
    asker.csrf = session.csrf;
    setWho({ kind: "session", session });
  };
  const leave = (wasLost: boolean): void => {
    asker.csrf = "";
    forgetNames();
    setWho({ kind: "nobody", wasLost });
  };
  const ask = (): void => {
    get<Session>("session").then(enter, (error: unknown) =>
      setWho(error instanceof ApiError && error.status === 401 ? { kind: "nobody", wasLost: false } : { kind: "unreachable", error }));
  };
  asker.onLost = () => leave(true);
  return { who, enter, leave, ask };
}

const isEntrance = (path: string): boolean => path === "/login" || path === "/first" || path === "/";

function App(): JSX.Element {
  const settings = useSettings();
  const place = usePlace();
  const { who, enter, leave, ask } = useSession();
  const [area, setArea] = useState("");
  const isWall = place.path === "/live" && queryOf(place, "wall") === "1";
  // What the one-time link carries is not left in the address, nor in the history.
  const [token] = useState(() => (place.path === "/first" ? window.location.hash.slice(1) : ""));
  useSearchKey();
  useEffect(() => {
    if (token) window.history.replaceState(null, "", "/first");
    ask();
  }, []);
  const session = who.kind === "session" ? who.session : null;
  const allowed = session ? pages.filter((page) => may(session, page.right)) : [];
  const home = allowed[0]?.path;
  const page = allowed.find((one) => one.path === place.path);
  useEffect(() => { if (home && isEntrance(place.path)) go(home); }, [home, place.path]);
  useEffect(() => { document.title = page ? `${t(page.word)} · Stile` : "Stile"; }, [page, settings.language]);

  if (who.kind === "asking") return <main id="content" tabIndex={-1}><p role="status">{t("loading")}</p></main>;
  if (who.kind === "unreachable")
    return (
      <Bare settings={settings}>
        {readMuster(deviceStore()) ? <MusterAlone onRetry={ask} /> : <main id="content" tabIndex={-1} class="narrow"><h1>Stile</h1><Failure error={who.error} onRetry={ask} /></main>}
      </Bare>);
  if (!session)
    return (
      <Bare settings={settings}>
        {place.path === "/first" ? <First token={token} onSession={enter} /> : <Login wasLost={who.kind === "nobody" && who.wasLost} onSession={enter} />}
      </Bare>);
  return (
    <div class={isWall ? "wall" : ""}>
      <Shell session={session} pages={allowed} path={place.path} area={area} settings={settings} onArea={setArea} onLeft={() => { leave(false); go("/login"); }}>
        {page ? <Fence key={page.path}>{page.show({ session, area, place, isWall })}</Fence> : (
          <main id="content" tabIndex={-1} class="narrow">
            <h1>Stile</h1>
            <p>{t(home ? "noPage" : "noRights")}</p>
            {home ? <a class="button" href={home}>{t("toStart")}</a> : null}
          </main>)}
      </Shell>
    </div>
  );
}

/** A visitor's phone has no account. The secret is not left in the address, nor in the history. */
function Root(): JSX.Element {
  const settings = useSettings();
  const place = usePlace();
  const [token] = useState(() => (place.path === "/pass" ? window.location.hash.slice(1) : ""));
  useEffect(() => { if (token) window.history.replaceState(null, "", "/pass"); }, []);
  return place.path === "/pass" ? <Bare settings={settings}><PhonePage token={token} /></Bare> : <App />;
}

const root = document.getElementById("app");
if (root) render(<Fence><Root /></Fence>, root);

// The page itself is kept, so that a muster can be opened again while the server is away. Only over TLS, or on this machine.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => undefined);
