// A visitor whom a guard lets in for some hours: a name, the pass that they are handed, and where it opens.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../api";
import { ask, get } from "../api";
import { t } from "../i18n";
import { newCode } from "../pass";
import { LinkCard } from "./link";
import type { PassLink } from "./link";
import { PassCard } from "./pass";
import { Choice, Dialog, Failure, Field, Form, Notice, State, useLoaded, value } from "../ui";

const hoursOffered = ["1", "2", "4", "8", "12", "24"] as const;
const makings = [["none", "visitorNone"], ["print", "visitorPrint"], ["phone", "visitorPhone"]] as const;
const nationalId = /^[0-9]{12}$/;

interface Registered { id: string; until: string; link?: PassLink }

/** Twelve digits are an ID card's number; anything else is what the code on a pass says. */
const shown = (text: string): { national_id?: string; code?: string } =>
  text === "" ? {} : nationalId.test(text) ? { national_id: text } : { code: text };

export function VisitorDialog({ session, onClose }: { session: Session; onClose: () => void }): JSX.Element {
  const levels = useLoaded("levels", () => get<{ levels: { id: string }[] }>("levels"));
  const [name, setName] = useState("");
  const [pass, setPass] = useState("");
  const [hours, setHours] = useState<(typeof hoursOffered)[number]>("4");
  const [wished, setLevel] = useState("all");
  const [isEscorted, setEscorted] = useState(false);
  const [made, setMade] = useState<"none" | "print" | "phone">("none");
  const [printed, setPrinted] = useState("");
  const [done, setDone] = useState<Registered | null>(null);
  const offered = levels.value?.levels.map((one) => one.id) ?? [];
  const level = offered.includes(wished) ? wished : offered[0] ?? wished;
  const send = async (): Promise<void> => {
    const handed = pass.trim(), code = made === "print" && handed === "" ? newCode() : "";
    const wish = { name: name.trim(), hours: Number(hours), level, ...shown(code || handed), ...(made === "phone" && handed === "" ? { phone: true } : {}), ...(isEscorted ? { escort: "*" } : {}) };
    setPrinted(code);
    setDone(await ask<Registered>("POST", "visitors", wish));
  };
  const title = t("visitor");
  if (done)
    return (
      <Dialog title={title} onClose={onClose}>
        <Notice kind="good">{t("visitorDone", name.trim(), new Date(done.until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))}</Notice>
        {done.link ? <LinkCard link={done.link} name={name.trim()} onClose={onClose} /> : printed ? <PassCard name={name.trim()} until={done.until} code={printed} onClose={onClose} /> : (
          <>
            {pass.trim() === "" ? <p>{t("visitorNoPass")}</p> : null}
            <div class="buttons"><button type="button" class="primary" autofocus onClick={onClose}>{t("close")}</button></div>
          </>)}
      </Dialog>);
  return (
    <Dialog title={title} onClose={onClose}>
      <Failure error={levels.error} onRetry={levels.reload} />
      {levels.isLoading ? <p role="status"><State tone="none" icon="clock">{t("loading")}</State></p> : null}
      <Form label={t("visitorRegister")} submit={send} onCancel={onClose}>
        <Field label={t("name")}><input required maxLength={100} autocomplete="off" value={name} onInput={(event) => setName(value(event))} /></Field>
        <Field label={t("visitorPass")} hint={t("visitorPassHint")}><input maxLength={500} autocomplete="off" spellcheck={false} value={pass} onInput={(event) => setPass(value(event))} /></Field>
        {pass.trim() === "" ? <Choice label={t("visitorMade")} chosen={made} options={makings.filter(([key]) => key !== "phone" || session.passes).map(([key, word]) => [key, t(word)] as const)} onChoose={setMade} /> : null}
        <Choice label={t("visitorHours")} chosen={hours} options={hoursOffered.map((one) => [one, t("visitorHour", one)] as const)} onChoose={setHours} />
        <Choice label={t("levels")} chosen={level} options={offered.map((one) => [one, one] as const)} onChoose={setLevel} />
        <label class="check"><input type="checkbox" checked={isEscorted} onChange={(event) => setEscorted(event.currentTarget.checked)} /> {t("visitorEscort")}</label>
      </Form>
    </Dialog>
  );
}
