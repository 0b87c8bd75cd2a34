// Somebody of the registry: enrolled, or corrected. The whole holder goes back; what is not shown here stays as it was.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Person } from "../api";
import { ApiError, ask, get } from "../api";
import { dayInput, dayTime } from "../format";
import { t } from "../i18n";
import { Dialog, Failure, Field, Form, IdField, State, useLoaded, value } from "../ui";

const pathOf = (id: string): string => `people/${encodeURIComponent(id)}`;

/** Who has this id already, in full; null: nobody. */
const find = (id: string): Promise<Person | null> => get<Person>(pathOf(id), { reveal: 1 }).catch((error: unknown) => {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
});

function Levels({ offered, chosen, onChoose }: { offered: string[]; chosen: string[]; onChoose: (levels: string[]) => void }): JSX.Element {
  return (
    <fieldset><legend>{t("levels")}</legend>
      {offered.map((level) => (
        <label class="check" key={level}><input type="checkbox" checked={chosen.includes(level)}
          onChange={(event) => onChoose(event.currentTarget.checked ? [...chosen, level] : chosen.filter((one) => one !== level))} /> {level}</label>))}
    </fieldset>
  );
}

function PersonForm({ known, offered, onClose, onDone }: { known: Person | null; offered: string[]; onClose: () => void; onDone: () => void }): JSX.Element {
  const [id, setId] = useState(known?.id ?? "");
  const [name, setName] = useState(known?.name ?? "");
  const [from, setFrom] = useState(dayInput(known?.valid_from));
  const [until, setUntil] = useState(dayInput(known?.valid_until));
  const [levels, setLevels] = useState(known ? (known.levels ?? []).map((one) => one.level) : offered.includes("all") ? ["all"] : []);
  const send = async (): Promise<void> => {
    if (!known && await find(id)) throw new ApiError(409, "exists", t("idTaken", id));
    const { valid_from: _from, valid_until: _until, subject: _subject, declaration: _declaration, ...rest } = known ?? ({ id } as Person);
    const kept = (level: string): { level: string } => known?.levels?.find((one) => one.level === level) ?? { level };
    await ask("PUT", pathOf(id), { ...rest, name: name.trim(), levels: levels.map(kept),
      ...(from ? { valid_from: from === dayInput(known?.valid_from) ? known?.valid_from : dayTime(from, "00:00:00") } : {}),
      ...(until ? { valid_until: until === dayInput(known?.valid_until) ? known?.valid_until : dayTime(until, "23:59:59") } : {}) });
    onDone();
  };
  return (
    <Form label={known ? t("save") : t("create")} onCancel={onClose} submit={send}>
      <IdField id={id} isFixed={known !== null} onInput={setId} />
      <Field label={t("name")}><input required maxLength={60} value={name} onInput={(event) => setName(value(event))} /></Field>
      <Field label={t("validFrom")} hint={t("validHint")}><input type="date" value={from} onInput={(event) => setFrom(value(event))} /></Field>
      <Field label={t("validUntil")} hint={t("validHint")}><input type="date" min={from} value={until} onInput={(event) => setUntil(value(event))} /></Field>
      <Levels offered={[...new Set([...offered, ...levels])]} chosen={levels} onChoose={setLevels} />
    </Form>
  );
}

export function PersonDialog({ id, onClose, onDone }: { id: string | null; onClose: () => void; onDone: () => void }): JSX.Element {
  const loaded = useLoaded(id ?? "new", async () => {
    const { levels } = await get<{ levels: { id: string }[] }>("levels");
    return { offered: levels.map((one) => one.id), known: id === null ? null : await find(id) };
  });
  return (
    <Dialog title={id === null ? t("newPerson") : `${t("change")}: ${id}`} onClose={onClose}>
      <Failure error={loaded.error} onRetry={loaded.reload} />
      {loaded.isLoading ? <p role="status"><State tone="none" icon="clock">{t("loading")}</State></p> : null}
      {loaded.value ? <PersonForm known={loaded.value.known} offered={loaded.value.offered} onClose={onClose} onDone={onDone} /> : null}
    </Dialog>
  );
}
