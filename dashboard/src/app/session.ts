import { access, type ViewerQuery } from "../contract";
import { Store } from "../live/store";
import type { SignIn } from "./signIn";

export type Viewer = ViewerQuery["viewer"];

/** An operation of the API, as docs/roles.md lists them. */
export type Operation = keyof typeof access;

/** Somebody who signed in; the token stays in the memory of the page. */
export interface Session {
  viewer: Viewer;
  signIn: SignIn;
}

/** Nobody yet, or nobody any more; `why` says so where the service ended it. */
export interface SignedOut {
  why: "expired" | null;
}

export const session = new Store<Session | SignedOut>({ why: null });

export function isSignedIn(known: Session | SignedOut): known is Session {
  return "viewer" in known;
}

/** Whether one of the viewer's roles may call an operation; the service decides it again. */
export function may(viewer: Viewer, operation: Operation): boolean {
  return access[operation].some((role) => viewer.roles.includes(role));
}
