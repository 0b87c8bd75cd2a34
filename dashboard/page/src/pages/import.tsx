// A CSV file, looked at before it counts: all its rows or none.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api";
import { t } from "../i18n";
import { Dialog, Field, Form, Notice } from "../ui";

export interface Outcome { committed: boolean; all: number; refused: number; complaints: string[] }

export function ImportFile<T extends Outcome>({ path, columns, sum, onClose, onDone }: {
  path: string; columns: string; sum: (seen: T) => string; onClose: () => void; onDone: () => void;
}): JSX.Element {
  const [text, setText] = useState("");
  const [seen, setSeen] = useState<T | null>(null);
  const isReady = seen !== null && seen.refused === 0 && !seen.committed;
  const send = async (): Promise<void> => {
    const result = await ask<T>("POST", path, text, { commit: isReady ? 1 : 0 });
    setSeen(result);
    if (result.committed) onDone();
  };
  return (
    <Dialog title={t("importFile")} onClose={onClose}>
      <Form label={isReady ? t("commitImport") : t("preview")} onCancel={onClose} submit={send}>
        <Field label="CSV" hint={columns}>
          <input type="file" accept=".csv,text/csv" required onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            setSeen(null);
            void file?.text().then(setText);
          }} />
        </Field>
        {seen ? (
          <>
            <Notice kind={seen.refused > 0 ? "bad" : "info"}>{sum(seen)}{seen.refused > 0 ? ` ${t("notImported")}` : ""}</Notice>
            <ul>{seen.complaints.slice(0, 50).map((line) => <li key={line}>{line}</li>)}</ul>
          </>) : null}
      </Form>
    </Dialog>
  );
}
