import { kept } from "../app/browserStorage";
import { Store } from "../live/store";

export type Language = "en" | "de";

export const languages: Record<Language, string> = { en: "English", de: "Deutsch" };

const KEPT = "stockcast.language";

/** What a catalogue says in another language: the same entries, each a text or a function of the same arguments. */
export type Translated<T> = {
  [Key in keyof T]: T[Key] extends (...given: infer Given) => string
    ? (...given: Given) => string
    : T[Key] extends string
      ? string
      : Translated<T[Key]>;
};

/** The language of the page: what was chosen here, else what the browser prefers. */
export const language = new Store<Language>(chosen() ?? preferred());

export function choose(wanted: Language): void {
  kept.write(KEPT, wanted);
  language.set(wanted);
}

/** For numbers and dates: the browser's own locale where it is of this language, such as en-GB, else the language. */
export function localeOf(spoken: Language): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === spoken) ?? spoken;
}

function chosen(): Language | null {
  return known(kept.read(KEPT) ?? null);
}

function preferred(): Language {
  for (const tag of navigator.languages) {
    const spoken = known(tag.split("-")[0] ?? "");
    if (spoken) return spoken;
  }
  return "en";
}

function known(name: string | null): Language | null {
  return name !== null && Object.hasOwn(languages, name) ? (name as Language) : null;
}
