// A health declaration that somebody makes, or a guard makes for them. What it is good for is the gates' rule.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Declaration } from "../api";
import { ask, serverNow } from "../api";
import type { Key } from "../i18n";
import { t } from "../i18n";
import { Choice, Dialog, Form, State, Time } from "../ui";
import type { Tone } from "../ui";

const results: Record<Declaration["result"], { word: Key; tone: Tone }> = {
  green: { word: "declaredGreen", tone: "good" }, amber: { word: "declaredAmber", tone: "warn" }, red: { word: "declaredRed", tone: "bad" },
};
const spans = ["", "24", "72", "168"] as const;

/** What somebody declared last. */
export function Declared({ declaration }: { declaration: Declaration | undefined }): JSX.Element {
  if (!declaration) return <>–</>;
  const { word, tone } = results[declaration.result];
  return <><State tone={tone} icon={tone === "good" ? "check" : "alert"}>{t(word)}</State> <Time at={declaration.at} /></>;
}

export function DeclarationDialog({ who, name, onClose, onDone }: {
  who: { holder: string } | { subject: string }; name: string; onClose: () => void; onDone: () => void;
}): JSX.Element {
  const [result, setResult] = useState<Declaration["result"]>("green");
  const [span, setSpan] = useState<(typeof spans)[number]>("");
  const send = async (): Promise<void> => {
    const until = span ? { until: new Date(serverNow() + Number(span) * 3_600_000).toISOString() } : {};
    await ask("POST", "declarations", { ...who, result, ...until });
    onDone();
  };
  return (
    <Dialog title={`${t("declaration")}: ${name}`} onClose={onClose}>
      <p class="faint">{t("declarationHint")}</p>
      <Form label={t("save")} onCancel={onClose} submit={send}>
        <Choice label={t("outcome")} chosen={result} options={Object.entries(results).map(([key, { word }]) => [key as Declaration["result"], t(word)] as const)} onChoose={setResult} />
        <Choice label={t("declarationFor")} chosen={span} options={spans.map((one) => [one, one ? t("visitorHour", one) : t("declarationRule")] as const)} onChoose={setSpan} />
      </Form>
    </Dialog>
  );
}
