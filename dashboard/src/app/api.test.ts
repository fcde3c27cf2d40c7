import { beforeEach, expect, test, vi } from "vitest";
import { ViewerDocument } from "../contract";
import type { Session, Viewer } from "./session";
import type { SignIn } from "./signIn";

vi.stubGlobal("document", { baseURI: "http://service/" });
const { createApi, renewed, verbatim } = await import("./api");
const { session } = await import("./session");

const manager = { subject: "manager@acme", roles: ["manager"] } as unknown as Viewer;
const picker = { subject: "picker@acme", roles: ["picker"] } as unknown as Viewer;
/** What the service knows: a viewer by token; `away`: it is not reached. */
let known: Record<string, Viewer> = {};
let away = false;
let sent: string[] = [];

beforeEach(() => {
  known = { fresh: manager };
  away = false;
  sent = [];
  vi.stubGlobal("fetch", async (_: unknown, init: RequestInit) => {
    if (away) throw new TypeError("fetch failed");
    const token = new Headers(init.headers).get("authorization")?.replace("Bearer ", "") ?? "";
    sent.push(token);
    const viewer = known[token];
    return viewer ? Response.json({ data: { viewer } }) : Response.json({ errors: [{ message: "no" }] }, { status: 401 });
  });
  session.set({ viewer: manager, signIn: signInOf("old", "fresh") });
});

function signInOf(token: string, next?: string): SignIn {
  return { token, renew: async () => (next === undefined ? null : signInOf(next)), forget: () => undefined };
}

function ask() {
  return createApi().query(verbatim(ViewerDocument), {}).toPromise();
}

test("what is asked with a token that has ended is asked again with another, as the same viewer", async () => {
  const { data } = await ask();
  expect(data).toEqual({ viewer: manager });
  expect((session.get() as Session).viewer).toBe(manager);
});

test("a session outlasts a service that cannot be reached while it is renewed", async () => {
  away = true;
  await renewed();
  expect(session.get()).toEqual({ viewer: manager, signIn: expect.objectContaining({ token: "old" }) });
});

test("a session ends where the service refuses the other token too", async () => {
  known = {};
  await renewed();
  expect(session.get()).toEqual({ why: "expired" });
});

test("roles that have changed meanwhile are known with the other token", async () => {
  known = { fresh: picker };
  await renewed();
  expect((session.get() as Session).viewer).toEqual(picker);
});

test("what was asked as one viewer is not asked again as another who has signed in meanwhile", async () => {
  const other = { viewer: picker, signIn: signInOf("other") };
  known = { fresh: manager, other: picker };
  const leaving: SignIn = {
    ...signInOf("old"),
    renew: async () => {
      session.set(other);
      return signInOf("fresh");
    },
  };
  session.set({ viewer: manager, signIn: leaving });
  const { error } = await ask();
  expect(error).toBeDefined();
  expect(sent).not.toContain("other");
  expect(session.get()).toBe(other);
});
