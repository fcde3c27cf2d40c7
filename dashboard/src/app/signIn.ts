import { keptInTab } from "./browserStorage";

/** The issuer lets nobody in. */
export class Denied extends Error {}

/** The browser keeps nothing in the tab, so that who leaves for the issuer is not known when he comes back. */
export class Unkept extends Error {}

/** How somebody signed in: where the token comes from, and comes from again when it has ended. */
export interface SignIn {
  token: string;
  /** Gets another token in place of one that no longer counts; null: the reader has to sign in again. Raises where it cannot be asked. */
  renew(): Promise<SignIn | null>;
  /** Forgets what would sign in by itself. */
  forget(): void;
}

export interface Demo {
  tenant: string;
  tokens: Record<string, string>;
}

/** The issuer by whose page an installation's people sign in. */
export interface OpenId {
  authority: string;
  clientId: string;
  scope: string;
}

/** What there is to sign in with, beside a token. */
export interface Offer {
  demo: Demo | null;
  openId: OpenId | null;
}

/** Whether an address is one to which an issuer sends back, or somebody as one. */
export function isAnswer(search: string): boolean {
  const params = new URLSearchParams(search);
  return ["state", "code", "error"].some((name) => params.has(name));
}

export async function fetchOffer(): Promise<Offer> {
  const [demo, openId] = await Promise.all([fetchDemo(), fetchOpenId()]);
  return { demo, openId };
}

async function fetchOpenId(): Promise<OpenId | null> {
  const response = await fetch(new URL("sign-in", document.baseURI));
  if (!response.ok) throw new Error(`sign-in: ${response.status}`);
  return ((await response.json()) as { openid: OpenId | null }).openid;
}

/** The role that was chosen last in this tab, so that a reload of the demo asks nothing; a token is never kept. */
const KEPT = "stockcast.role";

/** A demo offers a token per role to whoever sits at its machine; elsewhere there is none. */
async function fetchDemo(): Promise<Demo | null> {
  const response = await fetch(new URL("demo/tokens", document.baseURI));
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`demo/tokens: ${response.status}`);
  return (await response.json()) as Demo;
}

export function asRole(demo: Demo, role: string): SignIn | null {
  const token = Object.hasOwn(demo.tokens, role) ? demo.tokens[role] : undefined;
  if (token === undefined) return null;
  keptInTab.write(KEPT, role);
  return {
    token,
    renew: async () => {
      const fresh = await fetchDemo();
      return fresh && asRole(fresh, role);
    },
    forget: () => keptInTab.forget(KEPT),
  };
}

export function keptRole(): string | null {
  return keptInTab.read(KEPT) ?? null;
}

/** Whether it has the form of a token at all (RFC 6750); what has not cannot even be sent. */
export function isToken(text: string): boolean {
  return /^[\w.~+/-]+=*$/.test(text);
}

export function withToken(token: string): SignIn {
  return { token, renew: async () => null, forget: () => undefined };
}
