import { expect, test } from "vitest";
import { BrowserStorage } from "./browserStorage";
import { SavedViews, VIEWS_MAX } from "./savedViews";

const OWNER = ["acme", "manager@acme"];

/** A store as a browser has it, with room for so many characters. */
function storeOf(room = 1_000_000): Storage & { held: Map<string, string> } {
  const held = new Map<string, string>();
  const store = {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, text: string) => {
      if (text.length > room) throw new DOMException("full", "QuotaExceededError");
      held.set(key, text);
    },
  };
  return store as unknown as Storage & { held: Map<string, string> };
}

function viewsOf(store: Storage, owner = OWNER): SavedViews {
  return new SavedViews(new BrowserStorage(() => store), owner);
}

const names = (views: SavedViews) => views.all.get().map(({ name }) => name);

test("a view is kept for its reader alone, in the order of names", () => {
  const store = storeOf();
  const views = viewsOf(store);
  expect([views.save("  Out   in Leeds ", "#/stock?status=LOW"), views.save("All", "#/stock")]).toEqual(["kept", "kept"]);
  expect(viewsOf(store).all.get()).toEqual([
    { name: "All", address: "#/stock" },
    { name: "Out in Leeds", address: "#/stock?status=LOW" },
  ]);
  expect(names(viewsOf(store, ["acme", "picker@acme"]))).toEqual([]);
  expect(names(viewsOf(store, ["other", "manager@acme"]))).toEqual([]);
});

test("the same name names what was saved last, and a renamed view takes no other's", () => {
  const views = viewsOf(storeOf());
  views.save("Low", "#/stock?status=LOW");
  views.save("Low", "#/stock?status=OUT_OF_STOCK");
  views.save("Other", "#/alerts");
  expect(views.rename("Low", "Other")).toBe("taken");
  expect(views.rename("Low", " ")).toBe("unnamed");
  expect(views.rename("Low", "Gone")).toBe("kept");
  expect(views.all.get()[0]).toEqual({ name: "Gone", address: "#/stock?status=OUT_OF_STOCK" });
  views.delete("Gone");
  expect(names(views)).toEqual(["Other"]);
});

test("no more are kept than there is room for", () => {
  const views = viewsOf(storeOf());
  for (let i = 0; i < VIEWS_MAX; i += 1) views.save(`View ${i}`, "#/stock");
  expect(views.save("One more", "#/stock")).toBe("full");
  expect(views.save("View 7", "#/alerts")).toBe("kept");
  expect(views.save("View 7", `#/stock?q=${"x".repeat(3_000)}`)).toBe("long");
  expect(views.all.get()).toHaveLength(VIEWS_MAX);
});

test("what somebody else wrote into the store is no view unless it is one", () => {
  const store = storeOf();
  viewsOf(store).save("Low", "#/stock");
  const [[key = "", text = ""] = []] = [...store.held];
  for (const [broken, left] of [
    ["{", []],
    ["null", []],
    ['{"name": "x"}', []],
    [`[null, 7, {"name": "x", "address": "javascript:alert(1)"}, {"name": 1, "address": "#/"}, ${text.slice(1)}`, ["Low"]],
  ] as const) {
    store.held.set(key, broken);
    expect(names(viewsOf(store))).toEqual(left);
  }
});

test("a store that refuses costs nothing but its memory", () => {
  const full = viewsOf(storeOf(10));
  expect(full.save("Low", "#/stock")).toBe("unkept");
  expect(full.save("High", "#/stock")).toBe("unkept");
  const refusing = new BrowserStorage(() => {
    throw new DOMException("denied", "SecurityError");
  });
  const denied = new SavedViews(refusing, OWNER);
  expect(denied.save("Low", "#/stock")).toBe("unkept");
  expect([names(full), names(denied)]).toEqual([["High", "Low"], ["Low"]]);
});

test("what another page has saved meanwhile is not lost", () => {
  const store = storeOf();
  const [here, there] = [viewsOf(store), viewsOf(store)];
  here.save("Here", "#/stock");
  there.save("There", "#/stock");
  here.read();
  expect([names(here), names(there)]).toEqual([
    ["Here", "There"],
    ["Here", "There"],
  ]);
});
