// Areas whose people gates count: how many may be inside, and whether somebody may enter twice.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CountedArea } from "../api";
import { ApiError, ask } from "../api";
import { t } from "../i18n";
import { Choice, Dialog, Field, Form, IdField, value } from "../ui";
import { pointsOf, PointsField } from "./points";

type Passback = NonNullable<CountedArea["passback"]> | "";

export const passbackWords = (passback: Passback): string =>
  ({ "": t("asConfigured"), off: t("passbackOff"), soft: t("passbackSoft"), hard: t("passbackHard") })[passback];

/** `known`: what is changed; null: a new one, whose id is none of those `taken`. */
export function CountedDialog({ known, taken, offered, onClose, onDone }: {
  known: CountedArea | null; taken: string[]; offered: string[]; onClose: () => void; onDone: () => void;
}): JSX.Element {
  const [id, setId] = useState(known?.id ?? "");
  const [points, setPoints] = useState(known?.access_points ?? []);
  const [others, setOthers] = useState("");
  const [limit, setLimit] = useState(String(known?.occupancy_limit ?? 0));
  const [passback, setPassback] = useState<Passback>(known?.passback ?? "");
  const [hours, setHours] = useState(known?.passback_reset_h === undefined ? "" : String(known.passback_reset_h));
  const [time, setTime] = useState(known?.passback_reset_at ?? "");
  const send = async (): Promise<void> => {
    if (!known && taken.includes(id)) throw new ApiError(409, "exists", t("rightTaken", id));
    await ask("PUT", `counted-areas/${id}`, {
      access_points: pointsOf(points, others), occupancy_limit: Number(limit), ...(passback ? { passback } : {}),
      ...(hours === "" ? {} : { passback_reset_h: Number(hours) }), ...(time ? { passback_reset_at: time } : {}), was: known });
    onDone();
  };
  return (
    <Dialog title={known ? `${t("countedArea")}: ${known.id}` : t("newCountedArea")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={send}>
        <IdField id={id} isFixed={known !== null} onInput={setId} />
        <PointsField offered={offered} known={known?.access_points ?? []} chosen={points} onChoose={setPoints} others={others} onOthers={setOthers} />
        <Field label={t("occupancyLimit")} hint={t("occupancyHint")}><input type="number" required min={0} max={1000000} value={limit} onInput={(event) => setLimit(value(event))} /></Field>
        <Choice label={t("passback")} chosen={passback} options={(["", "off", "soft", "hard"] as const).map((one) => [one, passbackWords(one)] as const)} onChoose={setPassback} />
        <Field label={t("passbackReset")} hint={t("passbackResetHint")}><input type="number" min={0} max={720} value={hours} onInput={(event) => setHours(value(event))} /></Field>
        <Field label={t("passbackResetAt")} hint={t("passbackResetAtHint")}><input pattern="never|([01][0-9]|2[0-3]):[0-5][0-9]" autocomplete="off" spellcheck={false} value={time} onInput={(event) => setTime(value(event))} /></Field>
      </Form>
    </Dialog>
  );
}
