import { useState } from "react";

const PART = 100;

/** The first hundred of a long list, and how to show a hundred more. */
export function usePart<T>(all: readonly T[]): { shown: readonly T[]; more: number; showMore: () => void } {
  const [length, setLength] = useState(PART);
  const shown = all.length > length ? all.slice(0, length) : all;
  return { shown, more: all.length - shown.length, showMore: () => setLength((known) => known + PART) };
}
