import { expect, test } from "vitest";
import { BrowserStorage } from "../../app/browserStorage";
import { Draft, NOTHING } from "./draft";
import type { Action, Found } from "./lines";

const OWNER = ["acme", "manager@acme"];
const LEEDS = { location: { code: "LEEDS", name: "Leeds" }, quantityOnHand: 4, version: 7 };
const FOUND: Found = { item: { sku: "SKU", name: "Item", unitOfMeasure: "each", quantityScale: 0 }, levels: [LEEDS] };
const SCAN: Action = { kind: "add", found: FOUND, location: null, change: 1 };
const SHARED = { reasonCode: "found", note: "Behind the shelf", reference: "" };

/** A store as a tab has it. */
function storeOf(): Storage & { held: Map<string, string> } {
  const held = new Map<string, string>();
  const store = {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, text: string) => void held.set(key, text),
    removeItem: (key: string) => void held.delete(key),
  };
  return store as unknown as Storage & { held: Map<string, string> };
}

function draftIn(store: Storage, owner = OWNER): Draft {
  return new Draft(new BrowserStorage(() => store), owner);
}

/** An answer by which a line was applied. */
const applied = (id: number) =>
  new Map([[id, { adjustment: null, stockLevel: { id: "level", quantityOnHand: 5, version: 8 }, userErrors: [] }]]);

test("a draft outlives a reload, for its reader alone", () => {
  const store = storeOf();
  const draft = draftIn(store);
  draft.act(SCAN);
  draft.set({ shared: SHARED, rule: { each: -1, location: "LEEDS" } });
  const again = draftIn(store);
  expect(again.entered.get()).toEqual(draft.entered.get());
  expect([draft.kept.get(), again.kept.get()]).toEqual([true, true]);
  expect(draftIn(store, ["acme", "vendor@acme"]).entered.get()).toEqual(NOTHING);
  expect(draftIn(store, ["other", "manager@acme"]).entered.get()).toEqual(NOTHING);
});

test("what was under way at a reload is sent again as it was, under its first key, whatever is scanned meanwhile", () => {
  const store = storeOf();
  const draft = draftIn(store);
  draft.act(SCAN);
  const first = draft.send([1]);
  const again = draftIn(store);
  again.act(SCAN);
  again.set({ shared: SHARED });
  expect(again.entered.get().lines.map(({ change, sent }) => [change, sent?.quantityChange])).toEqual([
    [1, 1],
    [1, undefined],
  ]);
  expect(again.send([1])).toEqual(first);
  again.answered(applied(1));
  expect(again.send([2])).not.toMatchObject({ idempotencyKey: first.idempotencyKey });
});

test("what was sent without an answer stands as it was sent, and what was refused as a whole may be changed", () => {
  const draft = draftIn(storeOf());
  draft.act(SCAN);
  const first = draft.send([1]);
  draft.unanswered({ refused: false });
  draft.act({ kind: "change", id: 1, change: 9 });
  expect(draft.entered.get().lines).toMatchObject([{ change: 1, sent: { quantityChange: 1 } }]);
  draft.unanswered({ refused: true });
  expect(draft.send([1])).toEqual(first);
  draft.unanswered({ refused: true });
  draft.act({ kind: "change", id: 1, change: 9 });
  const other = draft.send([1]);
  expect(other.lines).toMatchObject([{ quantityChange: 9 }]);
  expect(other.idempotencyKey).not.toBe(first.idempotencyKey);
});

test("the same correction made again after an answer is another one", () => {
  const draft = draftIn(storeOf());
  draft.act(SCAN);
  const first = draft.send([1]);
  draft.answered(new Map());
  expect(draft.send([1]).idempotencyKey).not.toBe(first.idempotencyKey);
});

test("nothing is kept of what is done, nor of who signs out", () => {
  const store = storeOf();
  const draft = draftIn(store);
  draft.act(SCAN);
  draft.send([1]);
  draft.answered(applied(1));
  expect(store.held.size).toBe(0);
  draft.leave();
  expect(draft.entered.get()).toEqual(NOTHING);
  draft.act(SCAN);
  expect(store.held.size).toBe(1);
  draft.forget();
  draft.answered(applied(1));
  draft.act(SCAN);
  expect(store.held.size).toBe(0);
});

test("who leaves the view finds what is not done, with its reason", () => {
  const draft = draftIn(storeOf());
  draft.act(SCAN);
  draft.set({ shared: SHARED });
  draft.leave();
  expect(draft.entered.get()).toMatchObject({ lines: [{ change: 1 }], shared: SHARED });
});

test("a store that refuses, or has no room, costs nothing but its memory, and it is known that nothing is kept", () => {
  const refusing = new BrowserStorage(() => {
    throw new DOMException("denied", "SecurityError");
  });
  const denied = new Draft(refusing, OWNER);
  denied.act(SCAN);
  expect([denied.entered.get().lines.length, denied.kept.get()]).toEqual([1, false]);
  const store = storeOf();
  const large = draftIn(store);
  large.act(SCAN);
  large.set({ shared: { ...SHARED, note: "x".repeat(1_000_000) } });
  expect([large.kept.get(), store.held.size]).toEqual([false, 0]);
  const own = new Draft(null, []);
  own.act(SCAN);
  expect(own.kept.get()).toBe(false);
});

test("what somebody else wrote into the store, or left there a day ago, is no draft", () => {
  const store = storeOf();
  const draft = draftIn(store);
  draft.act(SCAN);
  draft.send([1]);
  const [[key = "", text = ""] = []] = [...store.held];
  const left = (change: (kept: Record<string, unknown>) => unknown) => {
    store.held.set(key, JSON.stringify(change(JSON.parse(text) as Record<string, unknown>)));
    return draftIn(store).entered.get().lines.length;
  };
  expect(left((kept) => kept)).toBe(1);
  for (const broken of [
    { lines: [null] },
    { lines: [{ id: 1 }] },
    { shared: { reasonCode: 1 } },
    { rule: null },
    { tried: { key: "x" } },
    { at: Date.now() - 25 * 3_600_000 },
  ]) {
    expect(left((kept) => ({ ...kept, ...broken }))).toBe(0);
  }
  expect([left(() => null), left(() => [])]).toEqual([0, 0]);
  store.held.set(key, "{");
  expect(draftIn(store).entered.get()).toEqual(NOTHING);
});
