import { beforeEach, expect, test, vi } from "vitest";
import { Denied, isAnswer, isToken, Unkept } from "./signIn";

const HERE = "https://stock.acme.test/";
const AUTHORITY = "https://issuer.acme.test";
const openId = { authority: AUTHORITY, clientId: "dashboard", scope: "openid" };
const held = new Map<string, string>();
let full = false;

const storage = {
  get length() {
    return held.size;
  },
  key: (at: number) => [...held.keys()][at] ?? null,
  getItem: (key: string) => held.get(key) ?? null,
  setItem: (key: string, text: string) => {
    if (full) throw new DOMException("full", "QuotaExceededError");
    held.set(key, text);
  },
  removeItem: (key: string) => void held.delete(key),
};

/** As a browser has it: what is of another origin is refused. */
const history = {
  replaceState: (_: unknown, __: string, address: string | URL) => {
    const next = new URL(address, location.href);
    if (next.origin !== location.origin) throw new DOMException("another origin", "SecurityError");
    vi.stubGlobal("location", next);
  },
};

/** The issuer's description of itself. */
async function issuer(): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const endpoints = { authorization_endpoint: `${AUTHORITY}/authorize`, token_endpoint: `${AUTHORITY}/token` };
  return new Response(JSON.stringify({ issuer: AUTHORITY, ...endpoints }), { headers });
}

beforeEach(() => {
  held.clear();
  full = false;
  vi.stubGlobal("sessionStorage", storage);
  vi.stubGlobal("history", history);
  vi.stubGlobal("document", { baseURI: HERE });
  vi.stubGlobal("dispatchEvent", () => true);
  vi.stubGlobal("HashChangeEvent", Event);
  vi.stubGlobal("stop", () => undefined);
  vi.stubGlobal("fetch", issuer);
  for (const name of ["window", "self"]) vi.stubGlobal(name, globalThis);
});

async function comesBack(search: string): Promise<unknown> {
  vi.stubGlobal("location", new URL(`${search}#/stock?status=LOW`, HERE));
  const { comeBack } = await import("./openid");
  return comeBack(openId).catch((fault: unknown) => fault);
}

function left(data: string): string {
  const known = { id: "known", data, created: 0, code_verifier: "x", authority: AUTHORITY, client_id: "dashboard" };
  return JSON.stringify({ ...known, redirect_uri: HERE, scope: "openid", response_mode: "query" });
}

test("what an issuer answers is told by its address", () => {
  expect(["?code=1", "?state=1", "?error=denied", "?code=1&state=1"].filter((search) => !isAnswer(search))).toEqual([]);
  expect(["", "?", "?view=state"].filter(isAnswer)).toEqual([]);
});

test.each(["?code=1", "?state=of-nobody", "?code=1&state=broken", "?error=denied&state=constructor"])(
  "who comes back as %s and never left is nobody, and nothing of it stays in the address",
  async (search) => {
    held.set("oidc.broken", "{");
    expect(await comesBack(search)).toBeNull();
    expect(location.href).toBe(`${HERE}#/stock?status=LOW`);
  },
);

test.each([
  ["#/alerts", "#/alerts"],
  ["//evil.test/", "#/stock?status=LOW"],
  ["https://evil.test/#/", "#/stock?status=LOW"],
  ["#evil", "#/stock?status=LOW"],
])("who is not let in is told so where he was, if that is a view's address: %s", async (kept, hash) => {
  held.set("oidc.known", left(kept));
  expect(await comesBack("?error=access_denied&state=known")).toBeInstanceOf(Denied);
  expect(location.href).toBe(`${HERE}${hash}`);
  expect([...held.keys()]).toEqual([]);
});

test("nobody leaves for the issuer where the browser keeps nothing, and what is not the sign-in's stays", async () => {
  vi.stubGlobal("location", Object.assign(new URL(HERE), { assign: () => undefined }));
  const { leave } = await import("./openid");
  held.set("stockcast.role", "manager");
  full = true;
  await expect(leave(openId)).rejects.toBeInstanceOf(Unkept);
  expect([...held]).toEqual([["stockcast.role", "manager"]]);
});

test("a token is letters, digits and a few signs, in one piece", () => {
  expect(["a.b.c", "eyJhbGciOi.J9-_~+/.x==", "token"].filter((text) => !isToken(text))).toEqual([]);
  const none = ["", "a b", "a.\u2028.c", "a.\u{1f511}.c", "gr\u00fc\u00df", "a\nb", "=a", "a.b.c\n"];
  expect(none.filter(isToken)).toEqual([]);
});
