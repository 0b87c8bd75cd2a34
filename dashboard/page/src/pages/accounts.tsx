// Who may log in, and as what, where.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Account, Grant, Role } from "../api";
import { ask, get } from "../api";
import { t, word } from "../i18n";
import { Choice, Dialog, Failure, Field, Form, Table, Time, useLoaded, value } from "../ui";

const roles: Role[] = ["viewer", "guard", "manager", "tracer", "auditor", "administrator"];

function Grants({ grants, onChange }: { grants: Grant[]; onChange: (grants: Grant[]) => void }): JSX.Element {
  const set = (index: number, grant: Grant): void => onChange(grants.map((one, at) => (at === index ? grant : one)));
  return (
    <fieldset>
      <legend>{t("roles")}</legend>
      {grants.map((grant, index) => (
        <div class="filters" key={index}>
          <Choice label={t("role")} chosen={grant.role} options={roles.map((role) => [role, word(role)] as const)} onChoose={(role) => set(index, { ...grant, role })} />
          <Field label={t("area")} hint={`org/site/gate; –: ${t("everywhere")}`}>
            <input value={grant.area} pattern="[a-z0-9\-]{1,32}(/[a-z0-9\-]{1,32}){0,2}" onInput={(event) => set(index, { ...grant, area: value(event) })} />
          </Field>
          <button type="button" onClick={() => onChange(grants.filter((_, at) => at !== index))}>{t("remove")}</button>
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
    if (account) await ask("PATCH", `accounts/${account.name}`, { grants, disabled: isDisabled, ...(password ? { password } : {}) });
    else await ask("POST", "accounts", { name, password, grants });
    onDone();
  };
  return (
    <Dialog title={account?.name ?? t("newAccount")} onClose={onClose}>
      <Form label={t("save")} submit={submit} onCancel={onClose}>
        {account ? null : <Field label={t("name")} hint="a–z 0–9 . _ -"><input required pattern="[a-z0-9._\-]{1,63}" value={name} onInput={(event) => setName(value(event))} /></Field>}
        <Field label={account ? t("newPassword") : t("password")} hint={t("passwordHint")}>
          <input type="password" autocomplete="new-password" required={!account} minLength={10} maxLength={256} value={password} onInput={(event) => setPassword(value(event))} />
        </Field>
        <Grants grants={grants} onChange={setGrants} />
        {account ? <label class="check"><input type="checkbox" checked={isDisabled} onChange={(event) => setDisabled(event.currentTarget.checked)} /> {t("disabled")}</label> : null}
      </Form>
    </Dialog>
  );
}

function Removal({ account, onClose, onDone }: { account: Account; onClose: () => void; onDone: () => void }): JSX.Element {
  return (
    <Dialog title={t("removeAccount", account.name)} onClose={onClose}>
      <p>{t("removeAccountHint")}</p>
      <Form label={t("remove")} isDanger onCancel={onClose} submit={async () => { await ask("DELETE", `accounts/${account.name}`); onDone(); }}>{null}</Form>
    </Dialog>
  );
}

export function AccountsPage(): JSX.Element {
  const loaded = useLoaded("accounts", () => get<{ accounts: Account[] }>("accounts"));
  const [open, setOpen] = useState<{ what: "edit" | "remove"; account: Account | null } | null>(null);
  const again = (): void => { setOpen(null); loaded.reload(); };
  const close = (): void => setOpen(null);
  return (
    <main id="content">
      <h1>{t("accounts")}</h1>
      <div class="buttons"><button type="button" class="primary" onClick={() => setOpen({ what: "edit", account: null })}>{t("newAccount")}</button></div>
      <Failure error={loaded.error} />
      <Table caption={t("accounts")} rows={loaded.value?.accounts ?? []} keyOf={(account) => account.name} columns={[
        { head: t("name"), cell: (account) => account.name },
        { head: t("roles"), cell: (account) => <ul class="plain">{account.grants.map((grant) => <li>{word(grant.role)} · {grant.area || t("everywhere")}</li>)}</ul> },
        { head: t("disabled"), cell: (account) => (account.disabled ? <span class="tone bad">✕ {t("disabled")}</span> : "") },
        { head: t("created"), cell: (account) => <Time at={account.created} /> }, { head: t("lastLogin"), cell: (account) => <Time at={account.last_login} /> },
        { head: t("action"), cell: (account) => (
          <div class="buttons">
            <button type="button" onClick={() => setOpen({ what: "edit", account })}>{t("change")}</button>
            <button type="button" class="danger" onClick={() => setOpen({ what: "remove", account })}>{t("remove")}</button>
          </div>) }]} />
      {open?.what === "edit" ? <Edit account={open.account} onClose={close} onDone={again} /> : null}
      {open?.what === "remove" && open.account ? <Removal account={open.account} onClose={close} onDone={again} /> : null}
    </main>
  );
}
