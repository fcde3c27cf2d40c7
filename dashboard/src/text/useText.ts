import { useMemo } from "react";
import { useStore } from "../live/store";
import { de } from "./de";
import { en } from "./en";
import { type Formats, formatsOf } from "./formats";
import { type Language, language, localeOf, type Translated } from "./language";

export type Catalogue<T> = { en: T; de: Translated<T> };

/** A view's own texts: `const words = catalogue({…}, {…})` beside the view, so that they come with its chunk. */
export function catalogue<const T>(english: T, german: Translated<T>): Catalogue<T> {
  return { en: english, de: german };
}

const shared = catalogue(en, de);

/** The texts of a catalogue in the language of the page; without one those that all views share. */
export function useText(): Translated<typeof en>;
export function useText<T>(words: Catalogue<T>): Translated<T>;
export function useText<T>(words?: Catalogue<T>): Translated<T> | Translated<typeof en> {
  const spoken: Language = useStore(language);
  return words ? (words[spoken] as Translated<T>) : (shared[spoken] as Translated<typeof en>);
}

/** Numbers, money and moments as the reader writes them. */
export function useFormats(): Formats {
  const spoken = useStore(language);
  return useMemo(() => formatsOf(localeOf(spoken)), [spoken]);
}
