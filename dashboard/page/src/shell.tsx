// What is around every page: where one may go, in which area, and out.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Session } from "./api";
import { ask } from "./api";
import { deviceStore } from "./device";
import { sorted, t } from "./i18n";
import { Icon } from "./icons";
import { readMuster, writeMuster } from "./muster";
import type { PageInfo } from "./pages";
import type { Settings } from "./settings";
import { Choices } from "./settings";
import { Dialog, Field, Form, Notice, value } from "./ui";

/** `/` goes to what can be searched, unless somebody types. */
export function useSearchKey(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const at = event.target;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (at instanceof HTMLInputElement || at instanceof HTMLSelectElement || at instanceof HTMLTextAreaElement) return;
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
  if (isDone)
    return (
      <Dialog title={t("changePassword")} onClose={onClose}>
        <Notice kind="good">{t("passwordChanged")}</Notice>
        <div class="buttons"><button type="button" class="primary" autofocus onClick={onClose}>{t("close")}</button></div>
      </Dialog>);
  return (
    <Dialog title={t("changePassword")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={async () => { await ask("PUT", "session/password", { old: before, new: after }); setDone(true); }}>
        <Field label={t("oldPassword")}><input type="password" autocomplete="current-password" required value={before} onInput={(event) => setBefore(value(event))} /></Field>
        <Field label={t("newPassword")} hint={t("passwordHint")}>
          <input type="password" autocomplete="new-password" required minLength={10} maxLength={256} value={after} onInput={(event) => setAfter(value(event))} />
        </Field>
      </Form>
    </Dialog>
  );
}

const areasOf = (session: Session): string[] => sorted([...new Set(session.grants.map((grant) => grant.area))], (area) => area);

/** Who logs out leaves nobody's presence behind on the device. */
function Leave({ onClose, onLeft }: { onClose: () => void; onLeft: () => void }): JSX.Element {
  return (
    <Dialog title={t("logout")} onClose={onClose}>
      <p>{t("musterLogout")}</p>
      <Form label={t("logout")} isDanger onCancel={onClose} submit={() => { writeMuster(deviceStore(), null); onLeft(); return Promise.resolve(); }} />
    </Dialog>
  );
}

export function Bare({ settings, children }: { settings: Settings; children: ComponentChildren }): JSX.Element {
  return <><header class="bar no-print"><strong class="brand">Stile</strong><Choices of={settings} /></header>{children}</>;
}

export function Shell({ session, pages, path, area, settings, onArea, onLeft, children }: {
  session: Session; pages: PageInfo[]; path: string; area: string; settings: Settings;
  onArea: (area: string) => void; onLeft: () => void; children: ComponentChildren;
}): JSX.Element {
  const [dialog, setDialog] = useState<"password" | "leave" | null>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => { if (event.key === "Escape") setOpen(false); };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  const areas = areasOf(session);
  const leave = (): void => {
    setDialog(null);
    void ask("DELETE", "session").catch(() => undefined).then(onLeft);
  };
  return (
    <>
      <a class="skip" href="#content">{t("skip")}</a>
      <header class="bar no-print wall-hidden">
        <strong class="brand">Stile</strong>
        <button type="button" class="menu-button" aria-expanded={isOpen} aria-controls="menu" onClick={() => setOpen(!isOpen)}><Icon name={isOpen ? "cross" : "menu"} /> {t("menu")}</button>
        <div id="menu" class={isOpen ? "is-open" : ""}>
          <nav aria-label={t("menu")}>
            <ul>{pages.map((one) => (
              <li key={one.path}><a href={one.path} aria-current={one.path === path ? "page" : undefined}>{t(one.word)}</a></li>))}</ul>
          </nav>
          {areas.length > 1 ? (
            <label><span class="hidden">{t("area")}</span>
              <select value={area} onChange={(event) => onArea(value(event))}>
                <option value="">{t("area")}: {t("everywhere")}</option>
                {areas.filter((one) => one !== "").map((one) => <option key={one} value={one}>{one}</option>)}
              </select>
            </label>) : null}
          <Choices of={settings} />
          <div class="buttons">
            <button type="button" title={t("changePassword")} aria-label={`${session.name}: ${t("changePassword")}`} onClick={() => setDialog("password")}>{session.name}</button>
            <button type="button" onClick={() => (readMuster(deviceStore()) ? setDialog("leave") : leave())}>{t("logout")}</button>
          </div>
        </div>
      </header>
      {children}
      {dialog === "password" ? <Password onClose={() => setDialog(null)} /> : null}
      {dialog === "leave" ? <Leave onClose={() => setDialog(null)} onLeft={leave} /> : null}
    </>
  );
}
