// Who may pass where, and when: access levels, their schedules, and the days that are unlike others.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Level, Schedule, SpecialDay } from "../api";
import { allGates, ApiError, ask, get, serverNow } from "../api";
import { day, periodStart } from "../format";
import { sorted, t } from "../i18n";
import { Choice, Dialog, Failure, Field, Form, IdField, Notice, Remark, Table, useLoaded, value } from "../ui";
import { ScheduleDialog, Times } from "./schedule";

const everywhere = "*", always = "";
interface Rights { levels: Level[]; schedules: Schedule[]; days: SpecialDay[]; points: string[] }

async function load(): Promise<Rights> {
  const [{ levels }, { schedules }, { special_days: days }, gates] = await Promise.all([
    get<{ levels: Level[] }>("levels"), get<{ schedules: Schedule[] }>("schedules"), get<{ special_days: SpecialDay[] }>("special-days"), allGates("")]);
  const points = new Set(gates.flatMap((gate) => gate.access_points.map((point) => point.id)));
  return { levels, schedules, days, points: sorted([...points], (point) => point) };
}

function Points({ offered, chosen, onChoose }: { offered: string[]; chosen: string[]; onChoose: (chosen: string[]) => void }): JSX.Element {
  const isEvery = chosen.includes(everywhere);
  const tick = (point: string, on: boolean): void => onChoose(on ? [...chosen, point] : chosen.filter((one) => one !== point));
  return (
    <fieldset><legend>{t("accessPoints")}</legend>
      <label class="check"><input type="checkbox" checked={isEvery} onChange={(event) => tick(everywhere, event.currentTarget.checked)} /> {t("everyPoint")}</label>
      {isEvery ? null : offered.map((point) => (
        <label class="check" key={point}><input type="checkbox" checked={chosen.includes(point)} onChange={(event) => tick(point, event.currentTarget.checked)} /> {point}</label>))}
    </fieldset>
  );
}

function LevelDialog({ known, rights, onClose, onDone }: { known: Level | null; rights: Rights; onClose: () => void; onDone: () => void }): JSX.Element {
  const [id, setId] = useState(known?.id ?? "");
  const [points, setPoints] = useState(known?.access_points ?? []);
  const [others, setOthers] = useState("");
  const [schedule, setSchedule] = useState(known?.schedule ?? always);
  const send = async (): Promise<void> => {
    if (!known && rights.levels.some((level) => level.id === id)) throw new ApiError(409, "exists", t("rightTaken", id));
    const where = points.includes(everywhere) ? [everywhere] : [...new Set([...points, ...others.split(/[\s,]+/).filter(Boolean)])];
    if (where.length === 0) throw new ApiError(400, "empty", t("pointsEmpty"));
    await ask("PUT", `levels/${id}`, { access_points: where, ...(schedule === always ? {} : { schedule }), was: known });
    onDone();
  };
  const offered = sorted([...new Set([...rights.points, ...(known?.access_points ?? [])])].filter((point) => point !== everywhere), (point) => point);
  return (
    <Dialog title={known ? `${t("level")}: ${known.id}` : t("newLevel")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={send}>
        <IdField id={id} isFixed={known !== null} onInput={setId} />
        <Points offered={offered} chosen={points} onChoose={setPoints} />
        {points.includes(everywhere) ? null : <Field label={t("otherPoints")} hint={t("otherPointsHint")}><input pattern="[a-z0-9\-\s,]*" autocomplete="off" spellcheck={false} value={others} onInput={(event) => setOthers(value(event))} /></Field>}
        <Choice label={t("schedule")} chosen={schedule} options={[[always, t("always")], ...rights.schedules.map((one) => [one.id, one.id] as const)]} onChoose={setSchedule} />
      </Form>
    </Dialog>
  );
}

function DayDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }): JSX.Element {
  const [date, setDate] = useState(day(new Date(serverNow())));
  const [name, setName] = useState("");
  const [isYearly, setYearly] = useState(false);
  const send = async (): Promise<void> => {
    await ask("PUT", `special-days/${isYearly ? `-${date.slice(4)}` : date}`, { name: name.trim() });
    onDone();
  };
  return (
    <Dialog title={t("newSpecialDay")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={send}>
        <Field label={t("date")}><input type="date" required value={date} onInput={(event) => setDate(value(event))} /></Field>
        <label class="check"><input type="checkbox" checked={isYearly} onChange={(event) => setYearly(event.currentTarget.checked)} /> {t("everyYear")}</label>
        <Field label={t("name")}><input required maxLength={30} pattern=".*\S.*" value={name} onInput={(event) => setName(value(event))} /></Field>
      </Form>
    </Dialog>
  );
}

/** "--09-02" is of every year. */
const dateWords = (date: string): string => (date.startsWith("--") ? `${date.slice(5)}/${date.slice(2, 4)}, ${t("everyYear").toLowerCase()}` : periodStart(date));

interface Gone { path: string; name: string }
type Doing = { what: "level"; known: Level | null } | { what: "schedule"; known: Schedule | null } | { what: "day" } | { what: "remove"; gone: Gone };

function Tables({ rights, onOpen }: { rights: Rights; onOpen: (doing: Doing) => void }): JSX.Element {
  const remove = (path: string, id: string, name: string): JSX.Element => (
    <button type="button" class="danger" aria-label={`${t("remove")}: ${name}`} onClick={() => onOpen({ what: "remove", gone: { path: `${path}/${id}`, name } })}>{t("remove")}</button>);
  const change = (id: string, doing: Doing): JSX.Element => (
    <button type="button" aria-label={`${t("change")}: ${id}`} onClick={() => onOpen(doing)}>{t("change")}</button>);
  const users = (schedule: Schedule): string => rights.levels.filter((level) => level.schedule === schedule.id).map((level) => level.id).join(", ");
  const where = (level: Level): string => (level.access_points.includes(everywhere) ? t("everyPoint") : level.access_points.join(", "));
  return (
    <>
      <h2>{t("levels")}</h2>
      <Table caption={t("levels")} isStacked rows={rights.levels} keyOf={(level) => level.id} columns={[
        { head: t("id"), cell: (level) => level.id }, { head: t("accessPoints"), cell: where }, { head: t("schedule"), cell: (level) => level.schedule ?? t("always") },
        { head: t("actions"), cell: (level) => <div class="buttons">{change(level.id, { what: "level", known: level })}{remove("levels", level.id, level.id)}</div> }]} />
      <div class="buttons no-print"><button type="button" class="primary" onClick={() => onOpen({ what: "level", known: null })}>{t("newLevel")}</button></div>
      <h2>{t("schedules")}</h2>
      <Table caption={t("schedules")} isStacked rows={rights.schedules} keyOf={(schedule) => schedule.id} empty={t("noSchedules")} columns={[
        { head: t("id"), cell: (schedule) => schedule.id }, { head: t("times"), cell: (schedule) => <Times periods={schedule.periods} /> },
        { head: t("usedBy"), cell: (schedule) => users(schedule) || "–" },
        { head: t("actions"), cell: (schedule) => <div class="buttons">{change(schedule.id, { what: "schedule", known: schedule })}{remove("schedules", schedule.id, schedule.id)}</div> }]} />
      <div class="buttons no-print"><button type="button" class="primary" onClick={() => onOpen({ what: "schedule", known: null })}>{t("newSchedule")}</button></div>
      <h2>{t("specialDays")}</h2>
      <Remark>{t("specialDaysHint")}</Remark>
      <Table caption={t("specialDays")} isStacked rows={rights.days} keyOf={(one) => one.date} empty={t("noSpecialDays")} columns={[
        { head: t("date"), cell: (one) => dateWords(one.date) }, { head: t("name"), cell: (one) => one.name },
        { head: t("actions"), cell: (one) => remove("special-days", one.date, one.name || one.date) }]} />
      <div class="buttons no-print"><button type="button" class="primary" onClick={() => onOpen({ what: "day" })}>{t("newSpecialDay")}</button></div>
    </>
  );
}

export function RightsPage(): JSX.Element {
  const loaded = useLoaded("rights", load);
  const [open, setOpen] = useState<Doing | null>(null);
  const close = (): void => setOpen(null);
  const again = (): void => { setOpen(null); loaded.reload(); };
  const rights = loaded.value;
  if (loaded.error instanceof ApiError && loaded.error.status === 404)
    return <main id="content" tabIndex={-1}><h1>{t("rights")}</h1><Notice kind="info">{t("noRegistry")}</Notice></main>;
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("rights")}</h1>
      <Failure error={loaded.error} onRetry={loaded.reload} />
      {rights ? <Tables rights={rights} onOpen={setOpen} /> : loaded.isLoading ? <p role="status">{t("loading")}</p> : null}
      {rights && open?.what === "level" ? <LevelDialog known={open.known} rights={rights} onClose={close} onDone={again} /> : null}
      {rights && open?.what === "schedule" ? <ScheduleDialog known={open.known} taken={rights.schedules.map((one) => one.id)} onClose={close} onDone={again} /> : null}
      {open?.what === "day" ? <DayDialog onClose={close} onDone={again} /> : null}
      {open?.what === "remove" ? (
        <Dialog title={t("removeRight", open.gone.name)} onClose={close}>
          <Form label={t("remove")} isDanger onCancel={close} submit={async () => { await ask("DELETE", open.gone.path); again(); }} />
        </Dialog>) : null}
    </main>
  );
}
