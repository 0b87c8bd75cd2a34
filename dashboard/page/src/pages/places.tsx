// Is every place that must have a gate equipped, and is it used? Who was reminded?
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Coverage, CoverageSums, Reminder, RegisteredPlace, Session } from "../api";
import { ask, get, may } from "../api";
import { number } from "../format";
import type { Key } from "../i18n";
import { t } from "../i18n";
import type { IconName } from "../icons";
import type { Place } from "../router";
import { queryOf } from "../router";
import type { Tone } from "../ui";
import { Ago, Dialog, Failure, Field, Form, Notice, State, Table, Time, useLoaded, usePaged, value } from "../ui";
import { EnrolDialog } from "./enrol";
import { ImportFile } from "./import";

const states: Record<RegisteredPlace["state"], { word: Key; tone: Tone; icon: IconName }> = {
  active: { word: "placeActive", tone: "good", icon: "check" }, quiet: { word: "placeQuiet", tone: "none", icon: "clock" },
  silent: { word: "placeSilent", tone: "warn", icon: "unplug" }, not_equipped: { word: "placeMissing", tone: "bad", icon: "cross" },
};
const pageOf = (division: string): string => (division ? `/places?division=${encodeURIComponent(division)}` : "/places");
const nameOf = (division: string): string => division.slice(division.lastIndexOf("/") + 1) || t("noDivision");
const share = (part: number, whole: number): string => (whole > 0 ? `${number(Math.round((100 * part) / whole))}%` : "–");

function Two({ first, second }: { first: ComponentChildren; second: ComponentChildren }): JSX.Element {
  return <div>{first}<div class="faint">{second}</div></div>;
}

function Trail({ division }: { division: string }): JSX.Element {
  const names = division ? division.split("/") : [];
  const steps = [{ to: "", name: t("everyDivision") }, ...names.map((name, at) => ({ to: names.slice(0, at + 1).join("/"), name }))];
  return (
    <nav aria-label={t("division")} class="trail">
      {steps.map(({ to, name }, at) => (
        <span key={to}>{at > 0 ? " › " : ""}{to === division ? <b aria-current="page">{name}</b> : <a href={pageOf(to)}>{name}</a>}</span>))}
    </nav>
  );
}

const sums: { key: keyof Omit<CoverageSums, "division">; word: Key }[] = [
  { key: "registered", word: "placesRegistered" }, { key: "in_scope", word: "placesInScope" }, { key: "equipped", word: "placesEquipped" },
  { key: "active", word: "placesActive" }, { key: "silent", word: "placesSilent" }, { key: "entries", word: "entriesToday" },
  { key: "exits", word: "exitsToday" }, { key: "escalated", word: "placesEscalated" },
];

function Divisions({ coverage, division }: { coverage: Coverage; division: string }): JSX.Element {
  const rows = [...coverage.divisions, ...(coverage.divisions.length > 1 ? [{ ...coverage.total, division: "\u0000" }] : [])];
  return (
    <Table caption={t("coverage")} rows={rows} keyOf={(row) => row.division} empty={t("noPlaces")} columns={[
      { head: t("division"), cell: (row) => (row.division === "\u0000" ? <b>{t("total")}</b>
        : row.division === division || row.division === "" ? nameOf(row.division)
        : <a href={pageOf(row.division)}>{nameOf(row.division)}</a>) },
      ...sums.map(({ key, word }) => ({ head: t(word), cell: (row: CoverageSums) => number(row[key]), isNumber: true })),
      { head: t("placesCovered"), cell: (row) => share(row.equipped, row.registered), isNumber: true }]} />
  );
}

function Change({ place, onClose, onDone }: { place: RegisteredPlace | null; onClose: () => void; onDone: () => void }): JSX.Element {
  const [site, setSite] = useState(place?.site ?? "");
  const [name, setName] = useState(place?.name ?? "");
  const [category, setCategory] = useState(place?.category ?? "");
  const [owner, setOwner] = useState(place?.owner ?? "");
  const [division, setDivision] = useState(place?.division ?? "");
  const [inScope, setInScope] = useState(place?.in_scope ?? true);
  const submit = async (): Promise<void> => {
    await ask("PUT", `places/${site}`, { name, category, owner, division, in_scope: inScope });
    onDone();
  };
  return (
    <Dialog title={place ? place.name : t("newPlace")} onClose={onClose}>
      <Form label={t("save")} onCancel={onClose} submit={submit}>
        <Field label={t("site")} hint={t("siteHint")}><input required pattern="[a-z0-9\-]{1,32}/[a-z0-9\-]{1,32}" readOnly={place !== null} value={site} onInput={(event) => setSite(value(event))} /></Field>
        <Field label={t("name")}><input required maxLength={120} value={name} onInput={(event) => setName(value(event))} /></Field>
        <Field label={t("category")}><input maxLength={40} value={category} onInput={(event) => setCategory(value(event))} /></Field>
        <Field label={t("owner")}><input maxLength={120} value={owner} onInput={(event) => setOwner(value(event))} /></Field>
        <Field label={t("division")} hint={t("divisionHint")}><input maxLength={160} value={division} onInput={(event) => setDivision(value(event))} /></Field>
        <label class="check"><input type="checkbox" checked={inScope} onChange={(event) => setInScope(event.currentTarget.checked)} /> {t("inScope")}</label>
      </Form>
    </Dialog>
  );
}

function Reminders({ place, onClose, onDone }: { place: RegisteredPlace; onClose: () => void; onDone: () => void }): JSX.Element {
  const loaded = useLoaded(place.site, () => get<{ reminders: Reminder[] }>(`places/${place.site}/reminders`));
  const [note, setNote] = useState("");
  return (
    <Dialog title={`${t("reminders")}: ${place.name}`} onClose={onClose}>
      <Failure error={loaded.error} />
      <Table caption={t("reminders")} isStacked rows={loaded.value?.reminders ?? []} keyOf={(one) => one.at} empty={loaded.value ? t("noReminders") : t("loading")} columns={[
        { head: t("at"), cell: (one) => <Time at={one.at} /> }, { head: t("by"), cell: (one) => one.by }, { head: t("details"), cell: (one) => one.note }]} />
      <Form label={t("remind")} onCancel={onClose} submit={async () => { await ask("POST", `places/${place.site}/reminders`, { note }); onDone(); }}>
        <Field label={t("reminderNote")} hint={t("reminderHint")}><input required maxLength={200} value={note} onInput={(event) => setNote(value(event))} /></Field>
      </Form>
    </Dialog>
  );
}

function Removal({ place, onClose, onDone }: { place: RegisteredPlace; onClose: () => void; onDone: () => void }): JSX.Element {
  return (
    <Dialog title={t("removePerson", place.name)} onClose={onClose}>
      <p>{t("removePlaceHint")}</p>
      <Form label={t("remove")} isDanger onCancel={onClose} submit={async () => { await ask("DELETE", `places/${place.site}`); onDone(); }} />
    </Dialog>
  );
}

type Doing = { what: "change" | "enrol" | "import" | "remind" | "remove"; place?: RegisteredPlace };

export function PlacesPage({ session, place: here }: { session: Session; place: Place }): JSX.Element {
  const division = queryOf(here, "division");
  const wish = { division, offset_min: -new Date().getTimezoneOffset() };
  const [turn, setTurn] = useState(0);
  const [doing, setDoing] = useState<Doing | null>(null);
  const coverage = useLoaded(`${division} ${turn}`, () => get<Coverage>("coverage", wish));
  const places = usePaged<RegisteredPlace>(`${division} ${turn}`, (after) =>
    get<{ places: RegisteredPlace[]; next: string | null }>("places", { ...wish, after, limit: 200 }).then((page) => ({ rows: page.places, next: page.next })));
  const close = (): void => setDoing(null);
  const again = (): void => { setDoing(null); setTurn((before) => before + 1); };
  const escalated = coverage.value?.total.escalated ?? 0;
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("places")}</h1>
      <Trail division={division} />
      <div class="buttons no-print">
        <button type="button" class="primary" onClick={() => setDoing({ what: "change" })}>{t("newPlace")}</button>
        <button type="button" onClick={() => setDoing({ what: "import" })}>{t("importFile")}</button>
        {session.enrolment ? <button type="button" onClick={() => setDoing({ what: "enrol" })}>{t("enrolGate")}</button> : null}
        <button type="button" onClick={() => window.print()}>{t("print")}</button>
      </div>
      {escalated > 0 ? <Notice kind="bad">{t("escalatedHint", number(escalated))}</Notice> : null}
      <Failure error={coverage.error ?? places.error} onRetry={again} />
      <h2>{t("coverage")}</h2>
      {coverage.value ? <Divisions coverage={coverage.value} division={division} /> : <p role="status">{t("loading")}</p>}
      <h2>{t("places")}</h2>
      <Table caption={t("places")} isStacked rows={places.rows} keyOf={(one) => one.site} empty={places.isLoading ? t("loading") : t("noPlaces")} columns={[
        { head: t("name"), cell: (one) => <Two first={one.name} second={one.in_scope ? one.site : `${one.site} · ${t("outOfScope")}`} /> },
        { head: t("division"), cell: (one) => <Two first={one.division} second={[one.category, one.owner].filter(Boolean).join(" · ")} /> },
        { head: t("state"), cell: (one) => <Two first={<State tone={states[one.state].tone} icon={states[one.state].icon}>{t(states[one.state].word)}</State>} second={<Ago at={one.last_event_at} />} /> },
        { head: t("gatesUp"), cell: (one) => `${number(one.online)}/${number(one.gates)}`, isNumber: true },
        { head: t("passagesToday"), cell: (one) => `${number(one.entries_today)} / ${number(one.exits_today)}`, isNumber: true },
        { head: t("reminders"), cell: (one) => (one.escalated ? <State tone="bad" icon="alert">{number(one.reminders)}</State> : number(one.reminders)), isNumber: true },
        { head: t("actions"), cell: (one) => (may(session, "manage", one.site) ? (
          <div class="buttons">
            <button type="button" onClick={() => setDoing({ what: "remind", place: one })}>{t("remind")}</button>
            <button type="button" onClick={() => setDoing({ what: "change", place: one })}>{t("change")}</button>
            <button type="button" class="danger" onClick={() => setDoing({ what: "remove", place: one })}>{t("remove")}</button>
          </div>) : "") }]} />
      {places.hasMore ? <div class="buttons no-print"><button type="button" onClick={places.more}>{t("more")}</button></div> : null}
      {doing?.what === "change" ? <Change place={doing.place ?? null} onClose={close} onDone={again} /> : null}
      {doing?.what === "remind" && doing.place ? <Reminders place={doing.place} onClose={close} onDone={again} /> : null}
      {doing?.what === "remove" && doing.place ? <Removal place={doing.place} onClose={close} onDone={again} /> : null}
      {doing?.what === "enrol" ? <EnrolDialog onClose={close} /> : null}
      {doing?.what === "import" ? (
        <ImportFile path="places" columns="site, name, category, owner, division, in_scope" onClose={close} onDone={again}
                    sum={(seen) => t("placesSummary", number(seen.all), number(seen.refused))} />) : null}
    </main>
  );
}
