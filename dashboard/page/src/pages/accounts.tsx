// Who may log in, and as what, where.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Account, Grant, Role, Session } from "../api";
import { ApiError, ask, get } from "../api";
import { roleWord, settings, t } from "../i18n";
import { Choice, describe, Dialog, Failure, Field, Form, State, Table, Time, useLoaded, value } from "../ui";
import { roleHints } from "../words";

const roles: Role[] = ["viewer", "guard", "manager", "tracer", "auditor", "administrator"];

const pathOfAccount = (name: string): string => `accounts/${encodeURIComponent(name)}`;

/** What a conflict means depends on what was wished. */
const explain = (isNew: boolean) => (error: unknown): string =>
  error instanceof ApiError && error.status === 409 ? t(isNew ? "errExists" : "errLastAdmin") : describe(error);

function Grants({ grants, onChange }: { grants: Grant[]; onChange: (grants: Grant[]) => void }): JSX.Element {
  const set = (index: number, grant: Grant): void => onChange(grants.map((one, at) => (at === index ? grant : one)));
  const hint = (role: Role): string => roleHints[role][settings.language === "vi" ? 0 : 1];
  return (
    <fieldset>
      <legend>{t("roles")}</legend>
      {grants.map((grant, index) => (
        <div class="grant" key={index}>
          <div class="filters">
            <Choice label={t("role")} chosen={grant.role} options={roles.map((role) => [role, roleWord(role)] as const)} onChoose={(role) => set(index, { ...grant, role })} />
            <Field label={t("area")} hint={t("areaHint")}>
              <input value={grant.area} pattern="[a-z0-9\-]{1,32}(/[a-z0-9\-]{1,32}){0,2}" onInput={(event) => set(index, { ...grant, area: value(event) })} />
            </Field>
          </div>
          <p class="faint">{roleWord(grant.role)}: {hint(grant.role)}</p>
          <button type="button" onClick={() => onChange(grants.filter((_, at) => at !== index))}>{t("removeGrant")}</button>
        </div>))}
      <button type="button" onClick={() => onChange([...grants, { role: "viewer", area: "" }])}>{t("addGrant")}</button>
    </fieldset>
  );
}

function Edit({ account, onClose, onDone }: { account: Account | null; onClose: () => void; onDone: () => void }): JSX.Element {
  const [name, setName] = useState(account?.name ?? "");
  const [password, setPassword] = useState("");
  const [isDisabled, setDisabled] = useState(account?.disabled ?? false);
  const [grants, setGrants] = useState<Grant[]>(account?.grants ?? [{ role: "viewer", area: "" }]);
  const submit = async (): Promise<void> => {
    if (!account) await ask("POST", "accounts", { name, password, grants });
    else {
      // Only what is another: each change ends the account's sessions.
      const changes = {
        ...(JSON.stringify(grants) === JSON.stringify(account.grants) ? {} : { grants }),
        ...(isDisabled === account.disabled ? {} : { disabled: isDisabled }), ...(password ? { password } : {}) };
      if (Object.keys(changes).length > 0) await ask("PATCH", pathOfAccount(account.name), changes);
    }
    onDone();
  };
  return (
    <Dialog title={account?.name ?? t("newAccount")} onClose={onClose}>
      <Form label={t("save")} submit={submit} onCancel={onClose} explain={explain(!account)}>
        {account ? null : <Field label={t("name")} hint={t("nameHint")}><input required autocomplete="off" pattern="[a-z0-9._\-]{1,63}" value={name} onInput={(event) => setName(value(event))} /></Field>}
        <Field label={account ? t("newPassword") : t("password")} hint={t("passwordHint")}>
          <input type="password" autocomplete="new-password" required={!account} minLength={10} maxLength={256} value={password} onInput={(event) => setPassword(value(event))} />
        </Field>
        <Grants grants={grants} onChange={setGrants} />
        {account ? <label class="check"><input type="checkbox" checked={isDisabled} onChange={(event) => setDisabled(event.currentTarget.checked)} /> {t("disabled")}</label> : null}
        {account ? <p class="faint">{t("accountEnds")}</p> : null}
      </Form>
    </Dialog>
  );
}

function Removal({ account, onClose, onDone }: { account: Account; onClose: () => void; onDone: () => void }): JSX.Element {
  return (
    <Dialog title={t("removeAccount", account.name)} onClose={onClose}>
      <p>{t("removeAccountHint")}</p>
      <Form label={t("remove")} isDanger onCancel={onClose} explain={explain(false)} submit={async () => { await ask("DELETE", pathOfAccount(account.name)); onDone(); }} />
    </Dialog>
  );
}

export function AccountsPage({ session }: { session: Session }): JSX.Element {
  const loaded = useLoaded("accounts", () => get<{ accounts: Account[] }>("accounts"));
  const [open, setOpen] = useState<{ what: "edit" | "remove"; account: Account | null } | null>(null);
  const again = (): void => { setOpen(null); loaded.reload(); };
  const close = (): void => setOpen(null);
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("accounts")}</h1>
      <div class="buttons"><button type="button" class="primary" onClick={() => setOpen({ what: "edit", account: null })}>{t("newAccount")}</button></div>
      <Failure error={loaded.error} onRetry={loaded.reload} />
      {loaded.value ? (
        <Table caption={t("accounts")} isStacked rows={loaded.value.accounts} keyOf={(account) => account.name} columns={[
          { head: t("name"), cell: (account) => <>{account.name}{account.name === session.name ? <span class="faint"> ({t("yourself")})</span> : null}</> },
          { head: t("roles"), cell: (account) => <ul class="plain">{account.grants.map((grant) => <li>{roleWord(grant.role)} · {grant.area || t("everywhere")}</li>)}</ul> },
          { head: t("state"), cell: (account) => (account.disabled ? <State tone="bad" icon="lock">{t("disabled")}</State> : <State tone="good" icon="check">{t("enabled")}</State>) },
          { head: t("created"), cell: (account) => <Time at={account.created} /> }, { head: t("lastLogin"), cell: (account) => <Time at={account.last_login} /> },
          { head: t("actions"), cell: (account) => (
            <div class="buttons">
              <button type="button" aria-label={`${t("change")}: ${account.name}`} onClick={() => setOpen({ what: "edit", account })}>{t("change")}</button>
              <button type="button" class="danger" aria-label={`${t("remove")}: ${account.name}`} onClick={() => setOpen({ what: "remove", account })}>{t("remove")}</button>
            </div>) }]} />) : loaded.error ? null : <p>{t("loading")}</p>}
      {open?.what === "edit" ? <Edit account={open.account} onClose={close} onDone={again} /> : null}
      {open?.what === "remove" && open.account ? <Removal account={open.account} onClose={close} onDone={again} /> : null}
    </main>
  );
}
