import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BrowserStorage } from "./browserStorage";

const NAMES_OF_OBJECTS = ["constructor", "__proto__", "toString", "hasOwnProperty"];

beforeEach(() => void vi.resetModules());
afterEach(() => void vi.unstubAllGlobals());

/** The page's storages as they are handed out; Node has none. */
function handsOut(given: { getItem(key: string): string | null }): void {
  for (const name of ["localStorage", "sessionStorage"]) vi.stubGlobal(name, given);
}

/** As a browser that blocks all cookies does, and a frame that is sandboxed. */
function refuses(): void {
  for (const name of ["localStorage", "sessionStorage"]) {
    vi.stubGlobal(name, undefined);
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get: () => {
        throw new DOMException("The operation is insecure.", "SecurityError");
      },
    });
  }
}

test("a storage that is refused tells nothing, keeps nothing, and raises nothing", () => {
  refuses();
  const refused = new BrowserStorage(() => localStorage);
  expect(refused.read("key")).toBeUndefined();
  expect(refused.write("key", "text")).toBe(false);
  expect(refused.keys("")).toEqual([]);
  refused.forget("key");
});

test("what was written is read until it is forgotten", () => {
  const held = new Map<string, string>();
  const storage = {
    get length() {
      return held.size;
    },
    key: (at: number) => [...held.keys()][at] ?? null,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, text: string) => void held.set(key, text),
    removeItem: (key: string) => void held.delete(key),
  } as Storage;
  const whole = new BrowserStorage(() => storage);
  expect([whole.write("mine.a", "text"), whole.write("other", "")]).toEqual([true, true]);
  expect([whole.read("mine.a"), whole.keys("mine.")]).toEqual(["text", ["mine.a"]]);
  whole.forget("mine.a");
  expect(whole.read("mine.a")).toBeNull();
});

test("the page speaks, and lets in, where the browser keeps nothing for it", async () => {
  refuses();
  vi.stubGlobal("navigator", { languages: ["de-AT", "en"] });
  const { choose, language } = await import("../text/language");
  expect(language.get()).toBe("de");
  choose("en");
  expect(language.get()).toBe("en");
  const { asRole, keptRole } = await import("./signIn");
  const signIn = asRole({ tenant: "acme", tokens: { manager: "a.b.c" } }, "manager");
  expect([signIn?.token, keptRole()]).toEqual(["a.b.c", null]);
  signIn?.forget();
});

test("a language or a role that is the name of something else is none", async () => {
  for (const name of NAMES_OF_OBJECTS) {
    vi.resetModules();
    handsOut({ getItem: () => name });
    vi.stubGlobal("navigator", { languages: ["de"] });
    const { language } = await import("../text/language");
    const { asRole, keptRole } = await import("./signIn");
    expect(language.get()).toBe("de");
    expect(asRole({ tenant: "acme", tokens: { manager: "a.b.c" } }, keptRole() ?? "")).toBeNull();
  }
});
