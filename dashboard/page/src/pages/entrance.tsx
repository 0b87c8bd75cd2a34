// Logging in, and the first administrator.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Session } from "../api";
import { ApiError, ask, get } from "../api";
import { t } from "../i18n";
import { describe, Failure, Field, Form, Notice, Remark, useLoaded, value } from "../ui";

interface Needed { needed: boolean }

export function Login({ wasLost, onSession }: { wasLost: boolean; onSession: (session: Session) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const first = useLoaded("first", () => get<Needed>("first").catch(() => ({ needed: false })));
  return (
    <main id="content" tabIndex={-1} class="narrow">
      <h1>{t("login")}</h1>
      {wasLost ? <Notice kind="info">{t("sessionOver")}</Notice> : null}
      {first.value?.needed ? <Notice kind="info">{t("firstNeeded")}</Notice> : null}
      <Form label={t("login")} submit={async () => onSession(await ask<Session>("POST", "session", { name, password }))}>
        <Field label={t("name")}><input autocomplete="username" autocapitalize="none" spellcheck={false} required autofocus value={name} onInput={(event) => setName(value(event))} /></Field>
        <Field label={t("password")}>
          <input type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(value(event))} />
        </Field>
      </Form>
    </main>
  );
}

const explain = (error: unknown): string =>
  error instanceof ApiError && (error.status === 401 || error.status === 403 || error.status === 409) ? t("errToken") : describe(error);

export function First({ token, onSession }: { token: string; onSession: (session: Session) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const needed = useLoaded("first", () => get<Needed>("first"));
  const isGone = needed.value !== null && !needed.value.needed;
  return (
    <main id="content" tabIndex={-1} class="narrow">
      <h1>{t("first")}</h1>
      <Failure error={needed.error} onRetry={needed.reload} />
      {isGone ? <Notice kind="info">{t("firstGone")} <a href="/login">{t("login")}</a></Notice> : !token ? <Notice kind="bad">{t("firstNoToken")}</Notice> : (
        <>
          <Remark>{t("firstHint")}</Remark>
          <Form label={t("create")} explain={explain} submit={async () => onSession(await ask<Session>("POST", "first", { token, name, password }))}>
            <Field label={t("name")} hint={t("nameHint")}>
              <input autocomplete="username" autocapitalize="none" spellcheck={false} required pattern="[a-z0-9._\-]{1,63}" autofocus value={name} onInput={(event) => setName(value(event))} />
            </Field>
            <Field label={t("password")} hint={t("passwordHint")}>
              <input type="password" autocomplete="new-password" required minLength={10} maxLength={256} value={password}
                onInput={(event) => setPassword(value(event))} />
            </Field>
          </Form>
        </>)}
    </main>
  );
}
