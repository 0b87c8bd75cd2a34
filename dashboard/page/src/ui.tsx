// The parts that pages are made of.
import type { ComponentChildren, JSX, VNode } from "preact";
import { cloneElement, Component } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError, serverNow } from "./api";
import { ago, exact, moment } from "./format";
import { t } from "./i18n";
import type { IconName } from "./icons";
import { Icon } from "./icons";

export type Tone = "good" | "warn" | "bad" | "info" | "none";

/** What happened, whether anything was lost, and what to do. */
export function describe(error: unknown): string {
  if (!(error instanceof ApiError)) return t("errOther", String(error));
  switch (error.reason) {
    case "unreachable": return t("errUnreachable");
    case "unauthenticated": return t("errUnauthenticated");
    case "forbidden": case "csrf": return t("errForbidden");
    case "not_found": return t("errNotFound");
    case "too_large": return t("errTooLarge");
    case "throttled": return t("errThrottled", error.retryAfter || 60);
    case "storage": return t("errStorage");
    case "broker": return t("errBroker");
    case "conflict": return t("errConflict", error.message);
    case "busy": return t("errBusy");
    case "changed": return t("errChanged");
    case "bad_request": return t("errBadRequest", error.message);
    default: return t("errOther", error.message || error.reason);
  }
}

const tickers = new Set<(now: number) => void>();
let ticking = 0;

/** One clock for all that is relative: it refreshes by itself, a second at a time. */
export function useNow(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    tickers.add(setNow);
    ticking ||= window.setInterval(() => tickers.forEach((tell) => tell(serverNow())), 1000);
    return () => {
      tickers.delete(setNow);
      if (tickers.size > 0) return;
      window.clearInterval(ticking);
      ticking = 0;
    };
  }, []);
  return now;
}

export interface Loaded<T> { value: T | null; error: unknown; isLoading: boolean; reload: () => void }

/** Asks when `key` changes, and shows no answer to an earlier question. While it asks again, the last one stands. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; value: T | null; error: unknown }>({ key: "", value: null, error: null });
  const [turn, setTurn] = useState(0);
  const asked = `${key} ${turn}`;
  useEffect(() => {
    let isCurrent = true;
    load().then((value) => { if (isCurrent) setState({ key: asked, value, error: null }); },
                (error: unknown) => { if (isCurrent) setState((before) => ({ key: asked, value: before.value, error })); });
    return () => { isCurrent = false; };
  }, [asked]);
  return { value: state.value, error: state.error, isLoading: state.key !== asked, reload: () => setTurn((before) => before + 1) };
}

export interface Paged<T> { rows: T[]; error: unknown; isLoading: boolean; hasMore: boolean; more: () => void; reload: () => void }

/** A list that comes in pages. An answer to an earlier question is thrown away. */
export function usePaged<T>(key: string, load: (cursor: string | null) => Promise<{ rows: T[]; next: string | null }>): Paged<T> {
  const [state, setState] = useState<{ rows: T[]; next: string | null; error: unknown; isLoading: boolean }>(
    { rows: [], next: null, error: null, isLoading: true });
  const question = useRef(0);
  const ask = (cursor: string | null): void => {
    const mine = ++question.current;
    setState((before) => ({ ...before, isLoading: true, error: null }));
    load(cursor).then(({ rows, next }) => {
      if (mine === question.current)
        setState((before) => ({ rows: cursor ? [...before.rows, ...rows] : rows, next, error: null, isLoading: false }));
    }, (error: unknown) => {
      if (mine === question.current) setState((before) => ({ ...before, error, isLoading: false }));
    });
  };
  useEffect(() => {
    ask(null);
    return () => { question.current++; };
  }, [key]);
  return { rows: state.rows, error: state.error, isLoading: state.isLoading, hasMore: state.next !== null,
           more: () => ask(state.next), reload: () => ask(null) };
}

const noticeIcons: Record<Tone, IconName> = { good: "check", bad: "alert", warn: "alert", info: "info", none: "question" };

export function Notice({ kind, children }: { kind: "good" | "bad" | "warn" | "info"; children: ComponentChildren }): JSX.Element {
  return <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}><Icon name={noticeIcons[kind]} /><div>{children}</div></div>;
}

/** A remark that is there from the beginning, and need not be announced. */
export function Remark({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="notice info"><Icon name="info" /><span>{children}</span></p>;
}

export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }): JSX.Element | null {
  if (!error) return null;
  return <Notice kind="bad">{describe(error)} {onRetry ? <button type="button" onClick={onRetry}>{t("retry")}</button> : null}</Notice>;
}

export function State({ tone, icon, children }: { tone: Tone; icon: IconName; children: ComponentChildren }): JSX.Element {
  return <span class={`tone ${tone}`}><Icon name={icon} /> {children}</span>;
}

/** The hint describes; it is no part of the name that a screen reader calls the field by. */
export function Field({ label, hint, children }: { label: string; hint?: string; children: VNode }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {cloneElement(children, hint ? { id, "aria-describedby": `${id}-hint` } : { id })}
      {hint ? <small id={`${id}-hint`}>{hint}</small> : null}
    </div>
  );
}

export function Time({ at }: { at: string | null }): JSX.Element {
  return at ? <time dateTime={at} title={exact(at)}>{moment(at)}</time> : <span class="faint">–</span>;
}

export function Ago({ at }: { at: string | null }): JSX.Element {
  const now = useNow();
  return at ? <time dateTime={at} title={exact(at)}>{ago(at, now)}</time> : <span class="faint">{t("never")}</span>;
}

export interface Column<T> { head: string; cell: (row: T) => ComponentChildren; isNumber?: boolean }

/** With `isStacked` each row is a small list on a phone; it stays a table for who hears it, whatever the style makes of it. */
export function Table<T>({ caption, columns, rows, keyOf, empty, isStacked }: {
  caption: string; columns: Column<T>[]; rows: T[]; keyOf: (row: T) => string | number; empty?: string; isStacked?: boolean;
}): JSX.Element {
  if (rows.length === 0) return <p class="empty">{empty ?? `${caption}: –`}</p>;
  const kind = (column: Column<T>): string => (column.isNumber ? "number" : "");
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={caption}>
      <table role="table" class={isStacked ? "stacked" : ""}>
        <caption class="hidden">{caption}</caption>
        <thead role="rowgroup"><tr role="row">{columns.map((column) => <th role="columnheader" scope="col" class={kind(column)}>{column.head}</th>)}</tr></thead>
        <tbody role="rowgroup">{rows.map((row) => (
          <tr role="row" key={keyOf(row)}>{columns.map((column) => <td role="cell" data-head={column.head} class={kind(column)}>{column.cell(row)}</td>)}</tr>))}</tbody>
      </table>
    </div>
  );
}

/** Asks before something is done; says what came of it. Esc closes, and the focus goes back to where it was. */
export function Dialog({ title, children, onClose }: { title: string; children: ComponentChildren; onClose: () => void }): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      element.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={element} aria-labelledby="dialog-title" onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

/** A form that is busy while it asks, and shows what went wrong in its place. */
export function Form({ submit, label, isDanger, onCancel, explain, children }: {
  submit: () => Promise<void>; label: string; isDanger?: boolean; onCancel?: () => void;
  explain?: (error: unknown) => string; children?: ComponentChildren;
}): JSX.Element {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const isThere = useRef(true);
  useEffect(() => () => { isThere.current = false; }, []);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setError(null);
    try {
      await submit();
    } catch (failure) {
      if (isThere.current) setError(failure);
    }
    if (isThere.current) setBusy(false);
  };
  return (
    <form onSubmit={(event) => { void send(event); }}>
      {children}
      {error ? <Notice kind="bad">{(explain ?? describe)(error)}</Notice> : null}
      <div class="buttons">
        <button type="submit" class={isDanger ? "danger" : "primary"} aria-disabled={isBusy}>{label}</button>
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
        {options.map(([name, text]) => <option key={name} value={name} selected={name === chosen}>{text}</option>)}
      </select>
    </Field>
  );
}

/** What the registry knows something by: chosen once. */
export function IdField({ id, isFixed, onInput }: { id: string; isFixed: boolean; onInput: (id: string) => void }): JSX.Element {
  return <Field label={t("id")} hint="a–z 0–9 -"><input required pattern="[a-z0-9\-]{1,32}" readOnly={isFixed} value={id} onInput={(event) => onInput(value(event))} /></Field>;
}

/** Drawn again only when what it is given is another: lists are long, and the clock ticks. */
export abstract class Still<P extends object> extends Component<P> {
  override shouldComponentUpdate(next: Readonly<P>): boolean {
    const now = this.props as Record<string, unknown>, then = next as Record<string, unknown>;
    return Object.keys({ ...now, ...then }).some((key) => now[key] !== then[key]);
  }
}

/** An error of ours must not leave a white page. */
export class Fence extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state = { error: null as unknown };
  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error });
  }
  override render(): ComponentChildren {
    if (!this.state.error) return this.props.children;
    return (
      <main id="content" class="narrow">
        <h1>Stile</h1>
        <Notice kind="bad">{t("broken")}</Notice>
        <button type="button" class="primary" onClick={() => window.location.reload()}>{t("refresh")}</button>
      </main>
    );
  }
}
