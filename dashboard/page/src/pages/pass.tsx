// A pass to print and cut out, of the size of a bank card. The code is nowhere else: whoever closes it makes another.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../i18n";
import { grouped, qrPath } from "../pass";
import { Notice, Time } from "../ui";

export function PassCard({ name, until, code, onClose }: { name: string; until: string | null; code: string; onClose: () => void }): JSX.Element {
  const qr = useMemo(() => qrPath(code, "Q"), [code]); // a quarter may be dirty, folded or worn
  return (
    <>
      <Notice kind="info">{t("passOnce")}</Notice>
      <div class="pass-card">
        <svg viewBox={`0 0 ${qr.side} ${qr.side}`} role="img" aria-label={t("passCode")} shape-rendering="crispEdges"><path d={qr.path} /></svg>
        <div><strong>{name}</strong>{until ? <span>{t("validUntil")} <Time at={until} /></span> : null}<code>{grouped(code)}</code></div>
      </div>
      <div class="buttons no-print">
        <button type="button" class="primary" autofocus onClick={() => window.print()}>{t("print")}</button>
        <button type="button" onClick={onClose}>{t("close")}</button>
      </div>
    </>
  );
}
