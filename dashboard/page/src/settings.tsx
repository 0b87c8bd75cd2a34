// Language and light: as the device says until somebody chooses; remembered.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { keepSetting, readSetting } from "./device";
import type { Language } from "./i18n";
import { settings, t } from "./i18n";
import { value } from "./ui";

const languages = ["vi", "en"] as const, themes = ["auto", "light", "dark"] as const;
type Theme = (typeof themes)[number];

export interface Settings { language: Language; theme: Theme; setLanguage: (language: Language) => void; setTheme: (theme: Theme) => void }

function useSetting<T extends string>(key: string, known: readonly T[], first: T, apply: (value: T) => void): [T, (value: T) => void] {
  const [chosen, setChosen] = useState<T>(() => {
    const kept = readSetting(key, known, first);
    apply(kept);
    return kept;
  });
  return [chosen, (next) => {
    keepSetting(key, next);
    apply(next);
    setChosen(next);
  }];
}

const applyLanguage = (language: Language): void => {
  settings.language = language;
  document.documentElement.lang = language;
};

const applyTheme = (theme: Theme): void => {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
};

export function useSettings(): Settings {
  const [language, setLanguage] = useSetting<Language>("stile.language", languages, navigator.language.startsWith("en") ? "en" : "vi", applyLanguage);
  const [theme, setTheme] = useSetting<Theme>("stile.theme", themes, "auto", applyTheme);
  return { language, theme, setLanguage, setTheme };
}

export function Choices({ of }: { of: Settings }): JSX.Element {
  return (
    <div class="choices">
      <label><span class="hidden">{t("language")}</span>
        <select value={of.language} onChange={(event) => of.setLanguage(value(event) as Language)}>
          <option value="vi" lang="vi">Tiếng Việt</option><option value="en" lang="en">English</option>
        </select>
      </label>
      <label><span class="hidden">{t("theme")}</span>
        <select value={of.theme} onChange={(event) => of.setTheme(value(event) as Theme)}>
          {themes.map((theme) => <option key={theme} value={theme}>{t(theme)}</option>)}
        </select>
      </label>
    </div>
  );
}
