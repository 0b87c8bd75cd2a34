// A command to a gate: what, where, why, what will happen; and what the gate says to it.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Command, Gate, Session } from "../api";
import { ask, get, may } from "../api";
import type { Key } from "../i18n";
import { reasonWord, t } from "../i18n";
import { Choice, Dialog, Field, Form, Notice, value } from "../ui";

interface Kind { name: string; word: Key; will: Key; isManagers: boolean }

const commands: Kind[] = [
  { name: "AccessDoor", word: "open", will: "willOpen", isManagers: false },
  { name: "LockOpen", word: "holdOpen", will: "willHoldOpen", isManagers: true },
  { name: "LockOpenRelease", word: "endHoldOpen", will: "willEnd", isManagers: true },
  { name: "LockDown", word: "lockDown", will: "willLockDown", isManagers: true },
  { name: "LockDownRelease", word: "endLockDown", will: "willEnd", isManagers: true },
];

const results: Record<Command["state"], { key: Key; kind: "good" | "bad" | "warn" | "info" }> = {
  sent: { key: "sent", kind: "info" }, done: { key: "done", kind: "good" }, refused: { key: "refused", kind: "bad" },
  unknown: { key: "unanswered", kind: "warn" }, unanswered: { key: "unanswered", kind: "warn" }, not_sent: { key: "notSent", kind: "bad" },
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => { window.setTimeout(resolve, ms); });

export function CommandDialog({ gate, point: wished, session, onClose }: { gate: Gate; point?: string | null; session: Session; onClose: () => void }): JSX.Element {
  const allowed = commands.filter((command) => !command.isManagers || may(session, "manage", gate.gate));
  const [name, setName] = useState(allowed[0]?.name ?? "");
  const [point, setPoint] = useState((gate.access_points.find((one) => one.id === wished) ?? gate.access_points[0])?.id ?? "");
  const [reason, setReason] = useState("");
  const [given, setGiven] = useState<Command | null>(null);
  const isThere = useRef(true);
  useEffect(() => () => { isThere.current = false; }, []);
  const points: [string, string][] = gate.access_points.map((one) => [one.id, one.id]);
  if (name !== "AccessDoor") points.unshift(["", t("allPoints")]);
  const chosen = allowed.find((one) => one.name === name);
  const where = `${gate.gate} · ${point || t("allPoints")}`;
  const send = async (): Promise<void> => {
    setGiven(null);
    let command = await ask<Command>("POST", `gates/${gate.gate}/commands`, { command: name, access_point: point || null, reason });
    setGiven(command);
    while (command.state === "sent" && isThere.current) {
      await pause(500);
      command = await get<Command>(`commands/${encodeURIComponent(command.id)}`);
      setGiven(command);
    }
  };
  const result = given ? results[given.state] : null;
  return (
    <Dialog title={`${t("command")}: ${gate.gate}`} onClose={onClose}>
      <Form label={t("confirm")} isDanger={name !== "AccessDoor"} submit={send} onCancel={onClose}>
        <Choice label={t("command")} chosen={name} options={allowed.map((one) => [one.name, t(one.word)] as const)}
          onChoose={(next) => { setName(next); setGiven(null); if (next === "AccessDoor") setPoint(gate.access_points[0]?.id ?? ""); }} />
        <Choice label={t("point")} chosen={point} options={points} onChoose={setPoint} />
        <Field label={t("reason")} hint={t("commandHint")}>
          <input required maxLength={100} value={reason} onInput={(event) => setReason(value(event))} />
        </Field>
        {chosen ? <p>{t(chosen.will, where)}</p> : null}
        {given && result ? <Notice kind={result.kind}>{t(result.key)}{given.refusal ? `: ${reasonWord(given.refusal)}` : ""}</Notice> : null}
      </Form>
    </Dialog>
  );
}
