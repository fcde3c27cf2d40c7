import type { AdjustStockBatchMutation, AdjustStockLineInput, LevelsToAdjustQuery } from "../../contract";
import { byField, type FieldErrors } from "../../parts/fieldErrors";

export type ItemSeen = NonNullable<LevelsToAdjustQuery["item"]>;
export type LevelSeen = Pick<LevelsToAdjustQuery["stockLevels"]["nodes"][number], "location" | "quantityOnHand" | "version">;
type Result = NonNullable<AdjustStockBatchMutation["adjustStockBatch"]>["results"][number];

/** What somebody saw on hand when they decided: a correction is made only while it is still so. */
export interface Seen {
  quantityOnHand: number;
  version: number;
}

export type Outcome =
  | { kind: "applied"; quantityOnHand: number | null }
  | { kind: "waiting" }
  | { kind: "refused"; errors: FieldErrors }
  | { kind: "conflict"; now: Seen };

/** One correction that is being entered, or what became of it. */
export interface Line {
  id: number;
  item: ItemSeen;
  levels: readonly LevelSeen[];
  /** Code of the location; null as long as none was chosen. */
  location: string | null;
  /** Signed base units; null while nothing was entered. */
  change: number | null;
  /** Null where nothing ever lay there. */
  seen: Seen | null;
  /** What was sent of it, as long as no answer came: until then it stands as it is. */
  sent: AdjustStockLineInput | null;
  outcome: Outcome | null;
}

/** What all corrections of one form share. */
export interface Shared {
  reasonCode: string;
  note: string;
  reference: string;
}

export interface Found {
  item: ItemSeen;
  levels: readonly LevelSeen[];
}

export type Action =
  | { kind: "add"; found: Found; location: string | null; change: number | null }
  | { kind: "change"; id: number; change: number | null }
  | { kind: "place"; id: number; location: string }
  | { kind: "remove"; id: number }
  | { kind: "send"; ids: readonly number[]; shared: Shared }
  | { kind: "answered"; results: ReadonlyMap<number, Result> }
  | { kind: "unanswered" }
  | { kind: "accept"; id: number }
  | { kind: "clear" };

const LINE_FIELDS = ["quantityChange", "location", "sku"];
export const SHARED_FIELDS = ["reasonCode", "note", "reference"];

export function reduce(lines: readonly Line[], action: Action): readonly Line[] {
  switch (action.kind) {
    case "add":
      return added(lines, action);
    case "change":
      return edited(lines, action.id, (line) => ({ ...line, change: action.change, outcome: null }));
    case "place":
      return edited(lines, action.id, (line) => placed(line, action.location));
    case "remove":
      return lines.filter(({ id, sent }) => id !== action.id || sent !== null);
    case "accept":
      return edited(lines, action.id, accepted);
    case "send":
      return lines.map((line) =>
        action.ids.includes(line.id) ? { ...line, sent: line.sent ?? inputOf(line, action.shared), outcome: null } : line,
      );
    case "answered":
      return [...action.results].reduce(answered, lines).map(settled);
    case "unanswered":
      return lines.map(settled);
    case "clear":
      return lines.filter((line) => !isDone(line));
  }
}

/** Whether nothing more is to be sent of it. */
export function isDone({ outcome }: Line): boolean {
  return outcome?.kind === "applied" || outcome?.kind === "waiting";
}

/** Whether something would be lost with it. */
export function isEntered(line: Line): boolean {
  return line.change !== null && !isDone(line);
}

/** Whether it waits to be sent. */
export function isOpen(line: Line): boolean {
  return line.sent === null && !isDone(line);
}

/** Base units that a scan of `each` means: one as the item is counted, such as a kilogram and not a gram. */
export function scanned({ item }: Found, each: number): number {
  return each * 10 ** item.quantityScale;
}

export function inputOf({ item, location, change, seen }: Line, shared: Shared): AdjustStockLineInput {
  return {
    sku: item.sku,
    location,
    quantityChange: change ?? 0,
    expectedVersion: seen?.version ?? null,
    reasonCode: shared.reasonCode,
    note: shared.note.trim() || null,
    reference: shared.reference.trim() || null,
  };
}

/** What was refused for the sake of what all lines share. */
export function sharedErrors(results: Iterable<Result>): FieldErrors {
  const found: Record<string, string> = {};
  for (const { userErrors } of results) {
    const errors = byField(userErrors, SHARED_FIELDS);
    for (const name of SHARED_FIELDS) if (errors[name]) found[name] = errors[name];
  }
  return found;
}

function added(lines: readonly Line[], { found, location, change }: Extract<Action, { kind: "add" }>): readonly Line[] {
  const where = location ?? (found.levels.length === 1 ? (found.levels[0]?.location.code ?? null) : null);
  const known = lines.find((line) => line.item.sku === found.item.sku && line.location === where && isOpen(line));
  if (known) {
    return edited(lines, known.id, (line) => ({ ...line, change: sum(line.change, change), outcome: null }));
  }
  const id = 1 + Math.max(0, ...lines.map((line) => line.id));
  const line: Line = { id, ...found, location: null, change, seen: null, sent: null, outcome: null };
  return [...lines, where === null ? line : placed(line, where)];
}

function placed(line: Line, location: string): Line {
  const level = line.levels.find((each) => each.location.code === location);
  const seen = level ? { quantityOnHand: level.quantityOnHand, version: level.version } : null;
  return { ...line, location, seen, outcome: null };
}

/** Goes on from what is there now. */
function accepted(line: Line): Line {
  return line.outcome?.kind === "conflict" ? { ...line, seen: line.outcome.now, outcome: null } : line;
}

function answered(lines: readonly Line[], [id, result]: [number, Result]): readonly Line[] {
  const sent = lines.find((line) => line.id === id)?.sent;
  if (!sent) return lines;
  const outcome = outcomeOf(result);
  const now = outcome.kind === "applied" ? result.stockLevel : null;
  return lines.map((line) => {
    if (line.id === id) return { ...line, outcome };
    return now && saw(line, sent) ? { ...line, seen: now } : line;
  });
}

/** Whether what was sent changed what somebody saw for this line too: what they did themselves is no conflict. */
function saw(line: Line, sent: AdjustStockLineInput): boolean {
  const version = line.seen?.version ?? null;
  return isOpen(line) && line.item.sku === sent.sku && line.location === sent.location && version === sent.expectedVersion;
}

function settled(line: Line): Line {
  return line.sent === null ? line : { ...line, sent: null };
}

function outcomeOf(result: Result): Outcome {
  const { adjustment, stockLevel, userErrors } = result;
  if (userErrors.some(({ code }) => code === "STALE_VERSION") && stockLevel) return { kind: "conflict", now: stockLevel };
  if (userErrors.length > 0) return { kind: "refused", errors: byField(userErrors, [...LINE_FIELDS, ...SHARED_FIELDS]) };
  if (adjustment?.status === "PENDING_APPROVAL") return { kind: "waiting" };
  return { kind: "applied", quantityOnHand: stockLevel?.quantityOnHand ?? null };
}

/** What is under way stands as it was sent: it is what the answer will speak of. */
function edited(lines: readonly Line[], id: number, change: (line: Line) => Line): readonly Line[] {
  return lines.map((line) => (line.id === id && line.sent === null ? change(line) : line));
}

function sum(known: number | null, more: number | null): number | null {
  return known === null && more === null ? null : (known ?? 0) + (more ?? 0);
}
