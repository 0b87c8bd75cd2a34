// What somebody declares of themselves, on the phone with their pass. Their answers stay on the phone: only what they come to is sent.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Declaration } from "../api";
import { ApiError, ask, serverNow } from "../api";
import type { Key } from "../i18n";
import { t } from "../i18n";
import { signDeclaration } from "../proof";
import { Dialog, Form, describe } from "../ui";
import { keepWallet } from "../wallet";
import type { Wallet } from "../wallet";
import { Declared } from "./declaration";

/** Of whoever answers yes; the first yes counts. */
const questions: readonly { word: Key; result: Declaration["result"] }[] = [{ word: "ownSigns", result: "red" }, { word: "ownContact", result: "amber" }];

const whyNot = (error: unknown): string =>
  !(error instanceof ApiError) ? describe(error) : error.reason === "declared" ? t("ownStands") : error.reason === "clock" ? t("ownClock") : error.reason === "blocked" ? t("phoneBlocked") : describe(error);

function Question({ word, answer, onAnswer }: { word: Key; answer: boolean | undefined; onAnswer: (answer: boolean) => void }): JSX.Element {
  return (
    <fieldset class="question"><legend>{t(word)}</legend>
      {[false, true].map((one) => (
        <label class="check" key={String(one)}><input type="radio" name={word} required checked={answer === one} onChange={() => onAnswer(one)} /> {t(one ? "yes" : "no")}</label>))}
    </fieldset>
  );
}

export function OwnDeclaration({ wallet }: { wallet: Wallet }): JSX.Element {
  const [declared, setDeclared] = useState(wallet.declared);
  const [isOpen, setOpen] = useState(false);
  const [answers, setAnswers] = useState<Record<string, boolean>>({});
  const close = (): void => {
    setOpen(false);
    setAnswers({});
  };
  const send = async (): Promise<void> => {
    const result = questions.find(({ word }) => answers[word])?.result ?? "green", at = new Date(serverNow()).toISOString();
    const signature = await signDeclaration(wallet.pass, wallet.keys.privateKey, result, at);
    await ask("POST", "pass/declaration", { pass: wallet.pass, result, at, signature });
    wallet.declared = { result, at };
    setDeclared(wallet.declared);
    // It is made, whether or not this phone keeps what it was.
    await keepWallet(wallet).catch(() => undefined);
    close();
  };
  return (
    <section aria-labelledby="own-title">
      <h2 id="own-title">{t("declaration")}</h2>
      <p role="status">{declared ? <Declared declaration={declared} /> : t("ownNone")}</p>
      <button type="button" onClick={() => setOpen(true)}>{t("declare")}</button>
      {isOpen ? (
        <Dialog title={t("declaration")} onClose={close}>
          <p class="faint">{t("ownHint")}</p>
          <Form label={t("ownSend")} onCancel={close} submit={send} explain={whyNot}>
            {questions.map(({ word }) => <Question key={word} word={word} answer={answers[word]} onAnswer={(answer) => setAnswers({ ...answers, [word]: answer })} />)}
          </Form>
        </Dialog>) : null}
    </section>
  );
}
