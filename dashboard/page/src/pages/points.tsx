// Access points to choose from: those that gates have told of, and others by their names.
import type { JSX } from "preact";
import { ApiError } from "../api";
import { sorted, t } from "../i18n";
import { Field, value } from "../ui";

export const everywhere = "*";

/** What was chosen and written, or everywhere alone. */
export function pointsOf(chosen: string[], others: string): string[] {
  const where = chosen.includes(everywhere) ? [everywhere] : [...new Set([...chosen, ...others.split(/[\s,]+/).filter(Boolean)])];
  if (where.length === 0) throw new ApiError(400, "empty", t("pointsEmpty"));
  return where;
}

/** `known`: those of what is changed, which no gate may have told of. `mayBeEvery`: "every access point" is offered, too. */
export function PointsField({ offered, known, chosen, onChoose, others, onOthers, mayBeEvery = false }: {
  offered: string[]; known: string[]; chosen: string[]; onChoose: (chosen: string[]) => void; others: string; onOthers: (others: string) => void; mayBeEvery?: boolean;
}): JSX.Element {
  const isEvery = chosen.includes(everywhere);
  const tick = (point: string, on: boolean): void => onChoose(on ? [...chosen, point] : chosen.filter((one) => one !== point));
  const all = sorted([...new Set([...offered, ...known])].filter((point) => point !== everywhere), (point) => point);
  return (
    <>
      <fieldset><legend>{t("accessPoints")}</legend>
        {mayBeEvery ? <label class="check"><input type="checkbox" checked={isEvery} onChange={(event) => tick(everywhere, event.currentTarget.checked)} /> {t("everyPoint")}</label> : null}
        {isEvery ? null : all.map((point) => (
          <label class="check" key={point}><input type="checkbox" checked={chosen.includes(point)} onChange={(event) => tick(point, event.currentTarget.checked)} /> {point}</label>))}
      </fieldset>
      {isEvery ? null : <Field label={t("otherPoints")} hint={t("otherPointsHint")}><input pattern="[a-z0-9\-\s,]*" autocomplete="off" spellcheck={false} value={others} onInput={(event) => onOthers(value(event))} /></Field>}
    </>
  );
}
