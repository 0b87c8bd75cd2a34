// Who may pass where, and when: access levels, their schedules, areas that are counted, and the days that are unlike others.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CountedArea, Level, Schedule, SpecialDay } from "../api";
import { allGates, ApiError, ask, get, serverNow } from "../api";
import { day, periodStart } from "../format";
import { sorted, t } from "../i18n";
import { Choice, Dialog, Failure, Field, Form, IdField, Notice, Remark, Table, useLoaded, value } from "../ui";
import { CountedDialog, passbackWords } from "./counted";
import { everywhere, pointsOf, PointsField } from "./points";
import { ScheduleDialog, Times } from "./schedule";

const always = "";
interface Rights { levels: Level[]; schedules: Schedule[]; areas: CountedArea[]; days: SpecialDay[]; points: string[] }

async function load(): Promise<Rights> {
  const [{ levels }, { schedules }, { areas }, { special_days: days }, gates] = await Promise.all([
    get<{ levels: Level[] }>("levels"), get<{ schedules: Schedule[] }>("schedules"), get<{ areas: CountedArea[] }>("counted-areas"), get<{ special_days: SpecialDay[] }>("special-days"), allGates("")]);
  const points = new Set(gates.flatMap((gate) => gate.access_points.map((point) => point.id)));
  return { levels, schedules, areas, days, points: sorted([...points], (point) => point) };
}

function LevelDialog({ known, rights, onClose, onDone }: { known: Level | null; rights: Rights; onClose: () => void; onDone: () => void }): JSX.Element {
  const [id, setId] = useState(known?.id ?? "");
  const [points, setPoints] = useState(known?.access_points ?? []);
  const [others, setOthers] = useState("");
  const [schedule, setSchedule] = useState(known?.schedule ?? always);
  const send = async (): Promise<void> => {
    if (!known && rights.levels.some((level) => level.id === id)) throw new ApiError(409, "exists", t("rightTaken", id));
    await ask("PUT", `levels/${id}`, { access_points: pointsOf(points, others), ...(schedule === always ? {} : { schedule }), was: known });
    onDone();
  };
  return (
    <Dialog title={known ? `${t("level")}: ${known.id}` : t("newLevel")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={send}>
        <IdField id={id} isFixed={known !== null} onInput={setId} />
        <PointsField mayBeEvery offered={rights.points} known={known?.access_points ?? []} chosen={points} onChoose={setPoints} others={others} onOthers={setOthers} />
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
type Doing = { what: "level"; known: Level | null } | { what: "schedule"; known: Schedule | null } | { what: "area"; known: CountedArea | null } | { what: "day" } | { what: "remove"; gone: Gone };

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
      <h2>{t("countedAreas")}</h2>
      <Remark>{t("countedAreasHint")}</Remark>
      <Table caption={t("countedAreas")} isStacked rows={rights.areas} keyOf={(area) => area.id} empty={t("noCountedAreas")} columns={[
        { head: t("id"), cell: (area) => area.id }, { head: t("accessPoints"), cell: (area) => area.access_points.join(", ") },
        { head: t("occupancyLimit"), cell: (area) => area.occupancy_limit ?? t("occupancyAny") }, { head: t("passback"), cell: (area) => passbackWords(area.passback ?? "") },
        { head: t("actions"), cell: (area) => <div class="buttons">{change(area.id, { what: "area", known: area })}{remove("counted-areas", area.id, area.id)}</div> }]} />
      <div class="buttons no-print"><button type="button" class="primary" onClick={() => onOpen({ what: "area", known: null })}>{t("newCountedArea")}</button></div>
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
      {rights && open?.what === "area" ? <CountedDialog known={open.known} taken={rights.areas.map((one) => one.id)} offered={rights.points} onClose={close} onDone={again} /> : null}
      {open?.what === "day" ? <DayDialog onClose={close} onDone={again} /> : null}
      {open?.what === "remove" ? (
        <Dialog title={t("removeRight", open.gone.name)} onClose={close}>
          <Form label={t("remove")} isDanger onCancel={close} submit={async () => { await ask("DELETE", open.gone.path); again(); }} />
        </Dialog>) : null}
    </main>
  );
}
