// The parts that pages are made of.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "./api";
import { ago, exact, moment } from "./format";
import type { Key } from "./i18n";
import { t } from "./i18n";

export function describe(error: unknown): string {
  if (!(error instanceof ApiError)) return t("errOther", String(error));
  switch (error.reason) {
    case "unreachable": return t("errUnreachable");
    case "unauthenticated": return t("errUnauthenticated");
    case "forbidden": case "csrf": return t("errForbidden");
    case "throttled": return t("errThrottled", error.retryAfter);
    case "storage": return t("errStorage");
    case "broker": return t("errBroker");
    case "conflict": return t("errConflict", error.message);
    default: return t("errOther", error.message || error.reason);
  }
}

/** The time of day, a second at a time: what is relative refreshes by itself. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}

export interface Loaded<T> { value: T | null; error: unknown; reload: () => void }

/** Asks when `key` changes. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; value: T | null; error: unknown }>({ key: "", value: null, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    load().then((value) => isCurrent && setState({ key, value, error: null }),
                (error: unknown) => isCurrent && setState({ key, value: null, error }));
    return () => { isCurrent = false; };
  }, [key, turn]);
  return { value: state.value, error: state.error, reload: () => setTurn(turn + 1) };
}

export function Notice({ kind, children }: { kind: "good" | "bad" | "info"; children: ComponentChildren }): JSX.Element {
  const icon = { good: "✓", bad: "✕", info: "i" }[kind];
  return <p class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}><span class="icon" aria-hidden="true">{icon}</span> {children}</p>;
}

export function Failure({ error }: { error: unknown }): JSX.Element | null {
  return error ? <Notice kind="bad">{describe(error)}</Notice> : null;
}

export function Field({ label, hint, children }: { label: string; hint?: string; children: ComponentChildren }): JSX.Element {
  return <label class="field"><span>{label}</span>{children}{hint ? <small>{hint}</small> : null}</label>;
}

export function Time({ at }: { at: string | null }): JSX.Element {
  return at ? <time dateTime={at} title={exact(at)}>{moment(at)}</time> : <span class="faint">–</span>;
}

export function Ago({ at, now }: { at: string | null; now: number }): JSX.Element {
  return at ? <time dateTime={at} title={exact(at)}>{ago(at, now)}</time> : <span class="faint">{t("never")}</span>;
}

export interface Column<T> { head: string; cell: (row: T) => ComponentChildren; isNumber?: boolean }

export function Table<T>({ caption, columns, rows, keyOf }: {
  caption: string; columns: Column<T>[]; rows: T[]; keyOf: (row: T) => string | number;
}): JSX.Element {
  if (rows.length === 0) return <p class="empty">{caption}: {t("nothing")}</p>;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead><tr>{columns.map((column) => <th scope="col" class={column.isNumber ? "number" : ""}>{column.head}</th>)}</tr></thead>
        <tbody>{rows.map((row) => (
          <tr key={keyOf(row)}>{columns.map((column) => <td class={column.isNumber ? "number" : ""}>{column.cell(row)}</td>)}</tr>))}</tbody>
      </table>
    </div>
  );
}

/** Asks before something is done; says what came of it. Esc closes. */
export function Dialog({ title, children, onClose }: { title: string; children: ComponentChildren; onClose: () => void }): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    element.current?.showModal();
    return () => element.current?.close();
  }, []);
  return (
    <dialog ref={element} aria-labelledby="dialog-title" onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

/** A form that is busy while it asks, and shows what went wrong in its place. */
export function Form({ submit, label, isDanger, onCancel, children }: {
  submit: () => Promise<void>; label: string; isDanger?: boolean; onCancel?: () => void; children: ComponentChildren;
}): JSX.Element {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await submit();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => { void send(event); }}>
      {children}
      <Failure error={error} />
      <div class="buttons">
        <button type="submit" class={isDanger ? "danger" : "primary"} disabled={isBusy}>{label}</button>
        {onCancel ? <button type="button" onClick={onCancel}>{t("cancel")}</button> : null}
      </div>
    </form>
  );
}

export const value = (event: JSX.TargetedEvent<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>): string => event.currentTarget.value;

export function Choice<T extends string>({ label, chosen, options, onChoose }: {
  label: string; chosen: T; options: readonly (readonly [T, string])[]; onChoose: (chosen: T) => void;
}): JSX.Element {
  return (
    <Field label={label}>
      <select value={chosen} onChange={(event) => onChoose(value(event) as T)}>
        {options.map(([name, text]) => <option value={name} selected={name === chosen}>{text}</option>)}
      </select>
    </Field>
  );
}

const names = new Map<string, string>();
let isNamed = true; // until the server says that it knows no registry

/** Who the subjects are, masked, as far as the registry knows. */
export function useNames(subjects: (string | null)[], isWanted: boolean): Map<string, string> {
  const [, setTurn] = useState(0);
  const wanted = [...new Set(subjects)].filter((one): one is string => one !== null && !names.has(one)).slice(0, 100);
  const key = wanted.join(",");
  useEffect(() => {
    if (!isWanted || !isNamed || !key) return;
    get<{ names: Record<string, string> }>("names", { subjects: key }).then((found) => {
      for (const subject of key.split(",")) names.set(subject, found.names[subject] ?? "");
      setTurn((turn) => turn + 1);
    }, (error: unknown) => { isNamed = !(error instanceof ApiError && (error.status === 404 || error.status === 403)); });
  }, [key, isWanted]);
  return names;
}

export function Who({ subject, known }: { subject: string | null; known: Map<string, string> }): JSX.Element {
  if (!subject) return <span class="faint">–</span>;
  const name = known.get(subject);
  return <span title={subject}>{name ? <>{name} <code class="faint">{subject.slice(0, 6)}</code></> : <code>{subject.slice(0, 6)}</code>}</span>;
}

export const label = (key: Key): string => t(key);
