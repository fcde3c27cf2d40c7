import { expect, test } from "vitest";
import { type Action, type Found, inputOf, type Line, reduce, scanned, type Shared } from "./lines";

const SHARED: Shared = { reasonCode: "found", note: " ", reference: "" };
const LEEDS = { location: { code: "LEEDS", name: "Leeds" }, quantityOnHand: 4, version: 7 };
const YORK = { location: { code: "YORK", name: "York" }, quantityOnHand: 9, version: 2 };

type Results = Extract<Action, { kind: "answered" }>["results"];
type Result = Results extends ReadonlyMap<number, infer R> ? R : never;

function found(quantityScale: number, ...levels: Found["levels"]): Found {
  return { item: { sku: "SKU", name: "Item", unitOfMeasure: "g", quantityScale }, levels };
}

const scan = (location: string | null = "LEEDS", change: number | null = 1): Action => ({
  kind: "add",
  found: found(0, LEEDS, YORK),
  location,
  change,
});

const sent = (...ids: number[]): Action => ({ kind: "send", ids, shared: SHARED });

/** An answer about the line of an id. */
function answered(id: number, result: Partial<Result>): Action {
  return { kind: "answered", results: new Map([[id, { adjustment: null, stockLevel: null, userErrors: [], ...result }]]) };
}

const applied = (id: number, quantityOnHand: number, version = 8): Action =>
  answered(id, { stockLevel: { id: "level", quantityOnHand, version } });

const refused = (code: string, field: string, quantityOnHand: number | null = null): Partial<Result> => ({
  stockLevel: quantityOnHand === null ? null : { id: "level", quantityOnHand, version: 8 },
  userErrors: [
    { code, field: ["lines", "0", field], message: code, requested: null, available: null, currentVersion: null },
  ] as never,
});

const after = (...actions: Action[]) => actions.reduce<readonly Line[]>(reduce, []);
const outcomes = (lines: readonly Line[]) => lines.map(({ change, outcome }) => [change, outcome?.kind ?? null]);

test("a scan counts one as the item is counted", () => {
  expect(scanned(found(0), -1)).toBe(-1);
  expect(scanned(found(3), 1)).toBe(1000);
});

test("a scan adds to the line of its SKU and location, and another location has a line of its own", () => {
  const lines = after(scan(), scan(), scan("YORK"), scan(null));
  expect(lines.map(({ id, location, change, seen }) => [id, location, change, seen?.version ?? null])).toEqual([
    [1, "LEEDS", 2, 7],
    [2, "YORK", 1, 2],
    [3, null, 1, null],
  ]);
});

test("an item that lies at one location alone is corrected there, and nothing is entered by opening the form for it", () => {
  const start: Action = { kind: "add", found: found(0, LEEDS), location: null, change: null };
  expect(after(start)).toMatchObject([{ location: "LEEDS", change: null, seen: { quantityOnHand: 4, version: 7 } }]);
  expect(after(start, start)).toMatchObject([{ change: null }]);
  expect(after(start, scan())).toMatchObject([{ change: 1 }]);
});

test("a line takes another change, another location with what lies there, and is removed", () => {
  const typed = after(scan(), { kind: "change", id: 1, change: -3 }, { kind: "place", id: 1, location: "YORK" });
  expect(typed).toMatchObject([{ change: -3, location: "YORK", seen: { quantityOnHand: 9, version: 2 } }]);
  expect(reduce(typed, { kind: "place", id: 1, location: "HULL" })).toMatchObject([{ location: "HULL", seen: null }]);
  expect(reduce(typed, { kind: "remove", id: 1 })).toEqual([]);
});

test("what is under way stands as it was sent, whatever is typed, moved or removed meanwhile", () => {
  const lines = after(
    scan(),
    sent(1),
    { kind: "change", id: 1, change: 5 },
    { kind: "place", id: 1, location: "YORK" },
    { kind: "remove", id: 1 },
    { kind: "accept", id: 1 },
    { kind: "clear" },
  );
  expect(lines).toMatchObject([{ change: 1, location: "LEEDS", sent: { quantityChange: 1, location: "LEEDS" } }]);
  expect(outcomes(reduce(lines, applied(1, 5)))).toEqual([[1, "applied"]]);
});

test("what is scanned while its SKU is under way is a line of its own, and is not done by that answer", () => {
  const lines = after(scan(), scan(), sent(1), scan(), applied(1, 6));
  expect(outcomes(lines)).toEqual([
    [2, "applied"],
    [1, null],
  ]);
  expect(outcomes(reduce(lines, scan()))).toEqual([
    [2, "applied"],
    [2, null],
  ]);
  expect(outcomes(reduce(lines, { kind: "clear" }))).toEqual([[1, null]]);
});

test("what somebody changed themselves is no conflict for what they scanned meanwhile, and what others changed is", () => {
  const [, own] = after(scan(), sent(1), scan(), applied(1, 5));
  expect(own?.seen).toMatchObject({ quantityOnHand: 5, version: 8 });
  const moved = { ...found(0, { ...LEEDS, quantityOnHand: 90, version: 30 }) };
  const [, other] = after(scan(), sent(1), { kind: "add", found: moved, location: "LEEDS", change: 1 }, applied(1, 5));
  expect(other?.seen).toEqual({ quantityOnHand: 90, version: 30 });
  const [, elsewhere] = after(scan(), scan("YORK"), sent(1), applied(1, 5));
  expect(elsewhere?.seen?.version).toBe(2);
  const [, unmoved] = after(scan(), sent(1), scan(), answered(1, { adjustment: { status: "PENDING_APPROVAL" } as never }));
  expect(unmoved?.seen?.version).toBe(7);
});

test("where no answer came the line is as it was entered, and may be changed and sent again", () => {
  const lines = after(scan(), sent(1), { kind: "unanswered" }, { kind: "change", id: 1, change: 3 });
  expect(lines).toMatchObject([{ change: 3, sent: null, outcome: null }]);
});

test("each line is told what became of it, and an answer that tells nothing of a line leaves it open", () => {
  const lines = after(scan(), scan("YORK"), scan(null), sent(1, 2, 3), {
    kind: "answered",
    results: new Map([
      [1, { adjustment: { status: "PENDING_APPROVAL" } as never, stockLevel: null, userErrors: [] }],
      [2, { adjustment: null, stockLevel: null, ...refused("REQUIRED", "quantityChange") } as Result],
    ]),
  });
  expect(lines.map((line) => [line.outcome, line.sent])).toEqual([
    [{ kind: "waiting" }, null],
    [{ kind: "refused", errors: { quantityChange: "REQUIRED" } }, null],
    [null, null],
  ]);
});

test("who agrees to what is there now goes on from it, and to nothing else", () => {
  const stale = after(scan(), sent(1), answered(1, refused("STALE_VERSION", "expectedVersion", 11)));
  expect(stale).toMatchObject([{ outcome: { kind: "conflict", now: { quantityOnHand: 11 } }, seen: { version: 7 } }]);
  expect(reduce(stale, { kind: "accept", id: 1 })).toMatchObject([{ outcome: null, seen: { quantityOnHand: 11, version: 8 } }]);
  expect(after(scan(), { kind: "accept", id: 1 })).toMatchObject([{ seen: { version: 7 } }]);
});

test("a line that was refused and is changed is refused no more", () => {
  const lines = after(scan(), sent(1), answered(1, refused("REQUIRED", "location")));
  expect(outcomes(lines)).toEqual([[1, "refused"]]);
  expect(outcomes(reduce(lines, scan()))).toEqual([[2, null]]);
  expect(outcomes(reduce(lines, sent(1)))).toEqual([[1, null]]);
});

test("a correction is sent with what was seen, and without a note that is blank", () => {
  const [line] = after(scan());
  expect(line && inputOf(line, SHARED)).toEqual({
    sku: "SKU",
    location: "LEEDS",
    quantityChange: 1,
    expectedVersion: 7,
    reasonCode: "found",
    note: null,
    reference: null,
  });
});
