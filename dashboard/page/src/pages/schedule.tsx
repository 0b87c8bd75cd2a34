// A schedule: at which times of the week what it is given to counts.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Schedule } from "../api";
import { ApiError, ask } from "../api";
import { weekdays } from "../format";
import { t } from "../i18n";
import type { Period } from "../schedule";
import { periodWords, readPeriod, writePeriod } from "../schedule";
import { Dialog, Field, Form, IdField, Notice, value } from "../ui";

const dayNames = (): string[] => [...weekdays(), t("specialDays")];
const most = 16; // that the registry takes

/** As people say it; as it came, when it is none that is known here. */
export function wordsOf(text: string): string {
  const period = readPeriod(text);
  return period ? periodWords(period, { days: dayNames(), daily: t("everyDay"), nextDay: t("nextDay") }) : text;
}

export function Times({ periods }: { periods: string[] }): JSX.Element {
  return periods.length > 0 ? <div>{periods.map((text) => <div key={text}>{wordsOf(text)}</div>)}</div> : <>{t("atNoTime")}</>;
}

function PeriodFields({ number, period, onChange, onRemove }: {
  number: number; period: Period; onChange: (period: Period) => void; onRemove: () => void;
}): JSX.Element {
  return (
    <fieldset><legend>{t("periodNumber", number)}</legend>
      <div class="weekdays">
        {dayNames().map((name, day) => (
          <label class="check" key={name}><input type="checkbox" checked={period.days[day]}
            onChange={(event) => onChange({ ...period, days: period.days.map((on, other) => (other === day ? event.currentTarget.checked : on)) })} /> {name}</label>))}
      </div>
      <Field label={t("fromTime")}><input type="time" required value={period.from} onInput={(event) => onChange({ ...period, from: value(event) })} /></Field>
      <Field label={t("untilTime")} hint={t("untilTimeHint")}><input type="time" required value={period.until} onInput={(event) => onChange({ ...period, until: value(event) })} /></Field>
      <button type="button" onClick={onRemove}>{t("removePeriod", number)}</button>
    </fieldset>
  );
}

const workday = (): Period => ({ days: [true, true, true, true, true, false, false, false], from: "08:00", until: "17:00" });

/** `known`: what is changed; null: a new one, whose id is none of those `taken`. */
export function ScheduleDialog({ known, taken, onClose, onDone }: {
  known: Schedule | null; taken: string[]; onClose: () => void; onDone: () => void;
}): JSX.Element {
  const [id, setId] = useState(known?.id ?? "");
  const [periods, setPeriods] = useState<Period[]>(known ? known.periods.flatMap((text) => readPeriod(text) ?? []) : [workday()]);
  const set = (at: number, period: Period): void => setPeriods(periods.map((one, other) => (other === at ? period : one)));
  const send = async (): Promise<void> => {
    if (!known && taken.includes(id)) throw new ApiError(409, "exists", t("rightTaken", id));
    const empty = periods.findIndex((period) => !period.days.some(Boolean));
    if (empty >= 0) throw new ApiError(400, "empty", t("periodEmpty", empty + 1));
    await ask("PUT", `schedules/${id}`, { periods: periods.map(writePeriod), was: known });
    onDone();
  };
  return (
    <Dialog title={known ? `${t("schedule")}: ${known.id}` : t("newSchedule")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={send}>
        <IdField id={id} isFixed={known !== null} onInput={setId} />
        {periods.map((period, at) => (
          <PeriodFields key={at} number={at + 1} period={period} onChange={(next) => set(at, next)} onRemove={() => setPeriods(periods.filter((_, other) => other !== at))} />))}
        {periods.length === 0 ? <Notice kind="warn">{t("scheduleNever")}</Notice> : null}
        {periods.length < most ? <button type="button" onClick={() => setPeriods([...periods, workday()])}>{t("addPeriod")}</button> : null}
      </Form>
    </Dialog>
  );
}
