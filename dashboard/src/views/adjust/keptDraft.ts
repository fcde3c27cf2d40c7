import type { Entered } from "./draft";
import type { Line, Outcome, Seen } from "./lines";

type Check<T> = (value: unknown) => value is T;

/** What a store has of corrections, if it is whole and no older than `since` (epoch ms): anybody can write there, an older page too. */
export function entersIn(text: string | null, since: number): Entered | null {
  const found = parsed(text);
  if (!isKept(found) || found.at < since) return null;
  const { lines, shared, rule, tried } = found;
  return { lines, shared, rule, tried };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

function isNullOr<T>(is: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || is(value);
}

function isListOf<T>(is: Check<T>): Check<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(is);
}

function has<T>(fields: { [Field in keyof T]: Check<T[Field]> }): Check<T> {
  const checks = Object.entries(fields) as [string, Check<unknown>][];
  return (value): value is T =>
    typeof value === "object" && value !== null && checks.every(([name, is]) => is((value as Record<string, unknown>)[name]));
}

const isSeen = has<Seen>({ quantityOnHand: isWhole, version: isWhole });
const isPlace = has<{ code: string; name: string }>({ code: isText, name: isText });
const isLevel = has<Line["levels"][number]>({ location: isPlace, quantityOnHand: isWhole, version: isWhole });

const isSent = has<NonNullable<Line["sent"]>>({
  sku: isText,
  location: isNullOr(isText),
  quantityChange: isWhole,
  expectedVersion: isNullOr(isWhole),
  reasonCode: isText,
  note: isNullOr(isText),
  reference: isNullOr(isText),
});

const isErrors: Check<Record<string, string>> = (value): value is Record<string, string> =>
  typeof value === "object" && value !== null && Object.values(value).every(isText);

/** What is done is not kept. */
const isOutcome: Check<Outcome> = (value): value is Outcome => {
  const { kind, errors, now } = (value ?? {}) as Record<string, unknown>;
  return (kind === "refused" && isErrors(errors)) || (kind === "conflict" && isSeen(now));
};

const isLine = has<Line>({
  id: isWhole,
  item: has<Line["item"]>({ sku: isText, name: isText, unitOfMeasure: isText, quantityScale: isWhole }),
  levels: isListOf(isLevel),
  location: isNullOr(isText),
  change: isNullOr(isWhole),
  seen: isNullOr(isSeen),
  sent: isNullOr(isSent),
  outcome: isNullOr(isOutcome),
});

const isKept = has<Entered & { at: number }>({
  at: isWhole,
  lines: isListOf(isLine),
  shared: has<Entered["shared"]>({ reasonCode: isText, note: isText, reference: isText }),
  rule: has<Entered["rule"]>({ each: isWhole, location: isNullOr(isText) }),
  tried: isNullOr(has<NonNullable<Entered["tried"]>>({ key: isText, lines: isListOf(isSent) })),
});
