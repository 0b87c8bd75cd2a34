// Who the subjects are: short numbers, and what the site's registry calls them, masked, where one may ask.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, get } from "./api";
import { t } from "./i18n";
import { Icon } from "./icons";

const names = new Map<string, string>();
let isNamed = true; // until the server says that it knows no registry, or that we may not ask it
const chunk = 100;

/** Of another session, that may see more or less. */
export function forgetNames(): void {
  names.clear();
  isNamed = true;
}

async function learn(subjects: string[]): Promise<void> {
  try {
    const found = await get<{ names: Record<string, string> }>("names", { subjects: subjects.join(",") });
    for (const subject of subjects) names.set(subject, found.names[subject] ?? "");
  } catch (error) {
    isNamed = !(error instanceof ApiError && (error.status === 404 || error.status === 403));
    throw error;
  }
}

export function useNames(subjects: (string | null)[], isWanted: boolean): Map<string, string> {
  const [, setTurn] = useState(0);
  const wanted = [...new Set(subjects)].filter((one): one is string => one !== null && !names.has(one)).slice(0, chunk);
  const key = wanted.join(",");
  useEffect(() => {
    if (!isWanted || !isNamed || !key) return;
    let isCurrent = true;
    learn(key.split(",")).then(() => { if (isCurrent) setTurn((turn) => turn + 1); }, () => undefined);
    return () => { isCurrent = false; };
  }, [key, isWanted]);
  return names;
}

/** All of them, as far as they can be had: for a list that must do without the server. */
export async function allNames(subjects: string[]): Promise<Record<string, string>> {
  const wanted = [...new Set(subjects)].filter((one) => !names.has(one));
  for (let i = 0; i < wanted.length && isNamed; i += chunk) {
    try {
      await learn(wanted.slice(i, i + chunk));
    } catch {
      break;
    }
  }
  return Object.fromEntries(subjects.map((subject) => [subject, names.get(subject) ?? ""]));
}

function Copy({ text }: { text: string }): JSX.Element {
  const [said, setSaid] = useState<"copied" | "notCopied" | null>(null);
  const copy = (): void => {
    // Only where the page came over TLS, or from this machine.
    const done: Promise<void> = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
    done.then(() => setSaid("copied"), () => setSaid("notCopied"));
    window.setTimeout(() => setSaid(null), 2000);
  };
  return (
    <button type="button" class="quiet no-print" onClick={copy} title={text} aria-label={said ? t(said) : t("copy", text.slice(0, 6))}>
      <Icon name={said === "copied" ? "check" : said === "notCopied" ? "cross" : "copy"} />
    </button>
  );
}

export function Who({ subject, known, canCopy }: { subject: string | null; known: Map<string, string>; canCopy?: boolean }): JSX.Element {
  if (!subject) return <span class="faint">–</span>;
  const name = known.get(subject);
  return (
    <span class="who">
      <span title={subject}>{name ? <>{name} <code class="faint">{subject.slice(0, 6)}</code></> : <code>{subject.slice(0, 6)}</code>}</span>
      {canCopy ? <Copy text={subject} /> : null}
    </span>
  );
}
