/** Days from one to another, both included, as the API takes them: `2026-10-01`. */
export interface Range {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The ranges that are offered by their length; the first is where a reader begins. */
export const LENGTHS = ["30", "90"] as const;
export type Length = (typeof LENGTHS)[number];

/** What is read from the address: `days=90`, or `from` and `to`; whatever makes no sense is as if it were not there. */
export function rangeOf(params: URLSearchParams, today: string): Range & { length: Length | null } {
  const from = params.get("from") ?? "";
  const to = params.get("to") ?? "";
  if (isDate(from) && isDate(to) && from <= to) return { from, to, length: null };
  const length = LENGTHS.find((known) => known === params.get("days")) ?? LENGTHS[0];
  return { ...last(Number(length), today), length };
}

/** So many days up to today. */
export function last(days: number, today: string): Range {
  return { from: moved(today, 1 - days), to: today };
}

/** As many days, up to the day before the first of these. */
export function before({ from, to }: Range): Range {
  return { from: moved(from, -daysOf({ from, to })), to: moved(from, -1) };
}

export function daysOf({ from, to }: Range): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** The day that it is in a time zone. */
export function todayIn(timeZone: string, now = new Date()): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(now);
  const told = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${told("year")}-${told("month")}-${told("day")}`;
}

function moved(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

function isDate(text: string): boolean {
  return DATE.test(text) && !Number.isNaN(Date.parse(text));
}
