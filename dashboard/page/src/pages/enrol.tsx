// A new gate: the one-time token by which it gets its certificate, and what to type there.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api";
import { t } from "../i18n";
import { Dialog, Field, Form, Notice, Time, value } from "../ui";
import { Qr } from "./qr";

interface Enrolment { gate: string; token: string; until: string; desk: string }

function Token({ given, onClose }: { given: Enrolment; onClose: () => void }): JSX.Element {
  return (
    <>
      <Notice kind="info">{t("enrolOnce")} <Time at={given.until} />.</Notice>
      <p>{t("enrolType", given.gate)}</p>
      <pre>sudo stilectl gate enrol --at {given.desk}</pre>
      <p>{t("enrolToken")}</p>
      <p><code class="link">{given.token}</code></p>
      <div class="phone-code"><Qr text={given.token} level="M" label={t("enrolCode")} /></div>
      <div class="buttons"><button type="button" class="primary" autofocus onClick={onClose}>{t("close")}</button></div>
    </>
  );
}

export function EnrolDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const [gate, setGate] = useState("");
  const [given, setGiven] = useState<Enrolment | null>(null);
  return (
    <Dialog title={t("enrolGate")} onClose={onClose}>
      {given ? <Token given={given} onClose={onClose} /> : (
        <Form label={t("create")} onCancel={onClose} submit={async () => setGiven(await ask<Enrolment>("POST", "enrolments", { gate }))}>
          <Field label={t("gate")} hint={t("gateHint")}><input required pattern="[a-z0-9\-]{1,32}(/[a-z0-9\-]{1,32}){2}" autocomplete="off" spellcheck={false} value={gate} onInput={(event) => setGate(value(event))} /></Field>
        </Form>)}
    </Dialog>
  );
}
