// What makes a printed report look as an office expects: in Vietnamese the form of Decree 30/2020, appendix I.
import type { JSX } from "preact";
import { periodStart } from "../format";
import { t } from "../i18n";

interface Period { area: string; from: string; until: string }

export function Letterhead({ area, from, until }: Period): JSX.Element {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, "0");
  return (
    <div class="print-only letterhead">
      <div class="heads">
        <div><p>{t("reportUnit")}</p><p class="plain-text">{t("reportNumber")}</p></div>
        <div>{t("nation") ? <><p>{t("nation")}</p><p class="motto">{t("motto")}</p></> : null}
          <p class="place">{t("reportPlace", two(now.getDate()), two(now.getMonth() + 1), now.getFullYear())}</p></div>
      </div>
      <p class="sheet-title">{t("reportTitle")}</p>
      <p class="sheet-about">{t("reportAbout", area || t("everyArea"))}</p>
      <p class="sheet-period">{t("reportPeriod", periodStart(from), periodStart(until))}</p>
    </div>
  );
}

export function Signatures(): JSX.Element {
  return (
    <div class="print-only signatures">
      {(["signMaker", "signHead"] as const).map((who) => <div key={who}><p><strong>{t(who)}</strong></p><p class="place">{t("signHint")}</p></div>)}
    </div>
  );
}
