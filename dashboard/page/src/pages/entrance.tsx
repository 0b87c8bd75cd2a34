// Logging in, and the first administrator.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../api";
import { ask, get } from "../api";
import { t } from "../i18n";
import { Field, Form, Notice, useLoaded, value } from "../ui";

export function Login({ onSession }: { onSession: (session: Session) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  return (
    <main id="content" class="narrow">
      <h1>Stile · {t("login")}</h1>
      <Form label={t("login")} submit={async () => onSession(await ask<Session>("POST", "session", { name, password }))}>
        <Field label={t("name")}><input autocomplete="username" required autofocus value={name} onInput={(event) => setName(value(event))} /></Field>
        <Field label={t("password")}>
          <input type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(value(event))} />
        </Field>
      </Form>
    </main>
  );
}

export function First({ token, onSession }: { token: string; onSession: (session: Session) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const needed = useLoaded("first", () => get<{ needed: boolean }>("first"));
  if (needed.value && !needed.value.needed)
    return <main id="content" class="narrow"><h1>Stile</h1><Notice kind="info">{t("firstGone")} <a href="/login">{t("login")}</a></Notice></main>;
  return (
    <main id="content" class="narrow">
      <h1>{t("first")}</h1>
      <p>{t("firstHint")}</p>
      <Form label={t("create")} submit={async () => onSession(await ask<Session>("POST", "first", { token, name, password }))}>
        <Field label={t("name")} hint="a–z 0–9 . _ -">
          <input autocomplete="username" required pattern="[a-z0-9._\-]{1,63}" autofocus value={name} onInput={(event) => setName(value(event))} />
        </Field>
        <Field label={t("password")} hint={t("passwordHint")}>
          <input type="password" autocomplete="new-password" required minLength={10} maxLength={256} value={password}
            onInput={(event) => setPassword(value(event))} />
        </Field>
      </Form>
    </main>
  );
}
