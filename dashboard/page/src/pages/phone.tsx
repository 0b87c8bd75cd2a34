// The visitor's page: their pass on their own phone, with a proof that is renewed while it is shown. Without a network once it was opened.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask, get, serverNow } from "../api";
import { t } from "../i18n";
import { prove } from "../proof";
import { Failure, Notice, State, Time } from "../ui";
import { useWakeLock } from "../wake";
import { canProve, keepWallet, newKeys, publicKey, readWallet } from "../wallet";
import type { Wallet } from "../wallet";
import { OwnDeclaration } from "./own";
import { Qr } from "./qr";

const renewMs = 5000; // gates take a proof for half a minute

type Holding = { kind: "asking" } | { kind: "none" } | { kind: "insecure" } | { kind: "failed"; error: unknown } | { kind: "pass"; wallet: Wallet };

/** By the link: with the key that this phone has, or a new one. */
async function fetchPass(token: string): Promise<Wallet> {
  const kept = await readWallet();
  const keys = kept?.keys ?? await newKeys();
  const given = await ask<Omit<Wallet, "keys">>("POST", "pass", { token, phone: await publicKey(keys) });
  const wallet = { ...given, keys, ...(kept?.declared && kept.pass === given.pass ? { declared: kept.declared } : {}) };
  await keepWallet(wallet);
  return wallet;
}

function useHolding(token: string): [Holding, () => void] {
  const [holding, setHolding] = useState<Holding>({ kind: "asking" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!canProve()) {
      setHolding({ kind: "insecure" });
      return;
    }
    const opened = token ? fetchPass(token) : readWallet();
    opened.then((wallet) => setHolding(wallet ? { kind: "pass", wallet } : { kind: "none" }), (error: unknown) => setHolding({ kind: "failed", error }));
  }, [token, turn]);
  return [holding, () => setTurn(turn + 1)];
}

/** The code as it is to be shown now. Null: not yet; "" it cannot be made. */
function useProven(wallet: Wallet): string | null {
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    const renew = (): void => { prove(wallet.pass, wallet.keys.privateKey, serverNow()).then((proven) => setText(proven ?? ""), () => setText("")); };
    // A phone's clock that is minutes wrong makes proofs that no gate takes: the server's, where it can be had.
    get("health").catch(() => undefined).finally(renew);
    const timer = window.setInterval(renew, renewMs);
    return () => window.clearInterval(timer);
  }, [wallet]);
  return text;
}

function Pass({ wallet }: { wallet: Wallet }): JSX.Element {
  const text = useProven(wallet);
  const isOver = Date.parse(wallet.until) < serverNow();
  useWakeLock();
  return (
    <>
      {isOver ? <Notice kind="bad">{t("phoneOver")}</Notice> : null}
      {text === "" ? <Notice kind="bad">{t("phoneBroken")}</Notice> : null}
      <div class="phone-code">{text ? <Qr text={text} level="M" label={t("passCode")} /> : null}</div>
      <p class="phone-name"><strong>{wallet.name}</strong><br /><span class="faint">{wallet.site} · {t("validUntil")} <Time at={wallet.until} /></span></p>
      <p class="faint">{t("phoneHint")}</p>
      {wallet.declarations && !isOver ? <OwnDeclaration wallet={wallet} /> : null}
    </>
  );
}

const whyNot = (error: unknown): string | null =>
  !(error instanceof ApiError) ? t("phoneNotKept") : error.reason === "taken" ? t("phoneTaken") : error.reason === "blocked" ? t("phoneBlocked") : error.status === 404 ? t("phoneGone") : null;

export function PhonePage({ token }: { token: string }): JSX.Element {
  const [holding, again] = useHolding(token);
  useEffect(() => {
    document.title = `${t("phonePass")} · Stile`;
    // So that it can be put on the home screen as what it is.
    const link = Object.assign(document.createElement("link"), { rel: "manifest", href: "/pass.webmanifest" });
    document.head.append(link);
    return () => link.remove();
  }, []);
  const why = holding.kind === "failed" ? whyNot(holding.error) : null;
  return (
    <main id="content" tabIndex={-1} class="narrow">
      <h1>{t("phonePass")}</h1>
      {holding.kind === "asking" ? <p role="status"><State tone="none" icon="clock">{t("loading")}</State></p> : null}
      {holding.kind === "none" ? <Notice kind="info">{t("phoneNone")}</Notice> : null}
      {holding.kind === "insecure" ? <Notice kind="bad">{t("phoneInsecure")}</Notice> : null}
      {why ? <Notice kind="bad">{why}</Notice> : null}
      {holding.kind === "failed" && !why ? <Failure error={holding.error} onRetry={again} /> : null}
      {holding.kind === "pass" ? <Pass wallet={holding.wallet} /> : null}
    </main>
  );
}
