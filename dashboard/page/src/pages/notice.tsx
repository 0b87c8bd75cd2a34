// The notice that hangs at a gate: filled in here, printed on a sheet of A4. Nothing of it leaves this device.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../api";
import { deviceStore, keepSetting } from "../device";
import { t } from "../i18n";
import type { NoticeText } from "../notice";
import { filled, notices } from "../notice";
import { Field, value } from "../ui";

const memory = { organisation: "stile.notice-organisation", contact: "stile.notice-contact", days: "stile.notice-days" };
type What = keyof typeof memory;

function useKept(what: What, first: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => deviceStore().getItem(memory[what]) ?? first);
  return [text, (next) => { setText(next); keepSetting(memory[what], next); }];
}

function Sheet({ text, values }: { text: NoticeText; values: readonly [string, string, string, string] }): JSX.Element {
  return (
    <section lang={text.language} class="gate-notice">
      <h2>{text.title}</h2>
      <dl>{text.points.map(([head, body]) => <div key={head}><dt>{head}</dt><dd>{filled(body, values)}</dd></div>)}</dl>
    </section>
  );
}

export function NoticePage({ session }: { session: Session }): JSX.Element {
  const [organisation, setOrganisation] = useKept("organisation", "");
  const [contact, setContact] = useKept("contact", "");
  const [days, setDays] = useKept("days", "21");
  const isWhole = organisation.trim() !== "" && contact.trim() !== "" && /^[1-9][0-9]{0,3}$/.test(days);
  return (
    <main id="content" tabIndex={-1}>
      <h1 class="no-print">{t("gateNotice")}</h1>
      <p class="faint no-print">{t("noticeHint")}</p>
      <div class="filters no-print">
        <Field label={t("noticeOrganisation")}><input required maxLength={120} value={organisation} onInput={(event) => setOrganisation(value(event))} /></Field>
        <Field label={t("noticeContact")} hint={t("noticeContactHint")}><input required maxLength={120} value={contact} onInput={(event) => setContact(value(event))} /></Field>
        <Field label={t("noticeDays")} hint={t("noticeDaysHint")}><input type="number" required min={1} max={9999} value={days} onInput={(event) => setDays(value(event))} /></Field>
        <div class="buttons"><button type="button" class="primary" disabled={!isWhole} onClick={() => window.print()}>{t("print")}</button></div>
      </div>
      {notices.map((text) => <Sheet key={text.language} text={text} values={[organisation || "…", contact || "…", days, session.attendance ? text.attendance.yes : text.attendance.no]} />)}
    </main>
  );
}
