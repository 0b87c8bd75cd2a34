// A pass to print and cut out, of the size of a bank card. The code is nowhere else: whoever closes it makes another.
import type { JSX } from "preact";
import { t } from "../i18n";
import { grouped } from "../pass";
import { Notice, Time } from "../ui";
import { Qr } from "./qr";

export function PassCard({ name, until, code, onClose }: { name: string; until: string | null; code: string; onClose: () => void }): JSX.Element {
  return (
    <>
      <Notice kind="info">{t("passOnce")}</Notice>
      <div class="pass-card">
        <Qr text={code} level="Q" label={t("passCode")} />
        <div><strong>{name}</strong>{until ? <span>{t("validUntil")} <Time at={until} /></span> : null}<code>{grouped(code)}</code></div>
      </div>
      <div class="buttons no-print">
        <button type="button" class="primary" autofocus onClick={() => window.print()}>{t("print")}</button>
        <button type="button" onClick={onClose}>{t("close")}</button>
      </div>
    </>
  );
}
