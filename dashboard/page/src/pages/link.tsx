// A secret link to a pass: for the camera of the phone that is to have it, or to be sent.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { Notice, Time } from "../ui";
import { Qr } from "./qr";

export interface PassLink { token: string; expires: string }

export function LinkCard({ link, name, onClose }: { link: PassLink; name: string; onClose: () => void }): JSX.Element {
  const address = `${window.location.origin}/pass#${link.token}`;
  const [isCopied, setCopied] = useState<boolean | null>(null);
  return (
    <>
      <p>{t("linkHint", name)} {t("linkUntil")} <Time at={link.expires} />.</p>
      <div class="phone-code"><Qr text={address} level="M" label={t("linkCode")} /></div>
      <p><code class="link">{address}</code></p>
      {isCopied === null ? null : <Notice kind={isCopied ? "good" : "bad"}>{t(isCopied ? "copied" : "notCopied")}</Notice>}
      <div class="buttons">
        <button type="button" onClick={() => { Promise.resolve(navigator.clipboard?.writeText(address) ?? Promise.reject(new Error())).then(() => setCopied(true), () => setCopied(false)); }}>{t("linkCopy")}</button>
        <button type="button" class="primary" autofocus onClick={onClose}>{t("close")}</button>
      </div>
    </>
  );
}
