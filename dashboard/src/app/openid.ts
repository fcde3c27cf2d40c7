import {
  ErrorResponse,
  InMemoryWebStorage,
  SigninState,
  type StateStore,
  type User,
  UserManager,
  WebStorageStateStore,
} from "oidc-client-ts";
import { keptInTab } from "./browserStorage";
import { Denied, type OpenId, type SignIn, Unkept } from "./signIn";

/** Leads to the issuer's page; where the reader was is kept in the tab until he comes back. Raises Unkept where nothing is. */
export async function leave(openId: OpenId): Promise<void> {
  await managerOf(openId).signinRedirect({ state: location.hash });
}

/** Who came back from the issuer, at the address that he left; null where nobody left for it. Raises Denied, and what keeps it from being asked. */
export async function comeBack(openId: OpenId): Promise<SignIn | null> {
  const manager = managerOf(openId);
  try {
    if (!(await hasLeft(new URLSearchParams(location.search).get("state") ?? ""))) {
      leaveTraces("");
      return null;
    }
    const user = await manager.signinRedirectCallback();
    leaveTraces(String(user.state ?? ""));
    return signInOf(manager, user);
  } catch (fault) {
    const denied = fault instanceof ErrorResponse;
    leaveTraces(denied ? String(fault.state ?? "") : "");
    throw denied ? new Denied(fault.message, { cause: fault }) : fault;
  }
}

/** Whether somebody left for the issuer with this state, by what is kept in the tab. */
async function hasLeft(state: string): Promise<boolean> {
  try {
    await SigninState.fromStorageString((await departures.get(state)) ?? "");
    return true;
  } catch {
    return false;
  }
}

/** Neither the code nor the issuer's answer stays in the address. What was kept in the tab may be anything: of it a view's address alone counts. */
function leaveTraces(hash: string): void {
  const here = new URL(location.href);
  here.search = "";
  if (hash.startsWith("#/")) here.hash = hash;
  history.replaceState(null, "", here);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function signInOf(manager: UserManager, user: User): SignIn {
  return {
    token: user.access_token,
    renew: async () => {
      const fresh = user.refresh_token === undefined ? null : await manager.signinSilent().catch(refusedOrRaised);
      return fresh && signInOf(manager, fresh);
    },
    forget: () => void manager.removeUser(),
  };
}

/** The issuer's refusal ends the sign-in; that it was not reached does not. */
function refusedOrRaised(fault: unknown): null {
  if (fault instanceof ErrorResponse) return null;
  throw fault;
}

const PREFIX = "oidc.";

/** Who left for the issuer, by the state that comes back with him. */
const departures: StateStore = {
  set: async (key, value) => {
    if (!keptInTab.write(PREFIX + key, value)) throw new Unkept();
  },
  get: async (key) => keptInTab.read(PREFIX + key) ?? null,
  remove: async (key) => {
    const known = keptInTab.read(PREFIX + key) ?? null;
    keptInTab.forget(PREFIX + key);
    return known;
  },
  getAllKeys: async () => keptInTab.keys(PREFIX).map((key) => key.slice(PREFIX.length)),
};

/** Tokens stay in memory; what is needed to come back, in this tab. */
function managerOf({ authority, clientId, scope }: OpenId): UserManager {
  return new UserManager({
    authority,
    client_id: clientId,
    scope,
    redirect_uri: new URL(".", document.baseURI).href,
    response_type: "code",
    automaticSilentRenew: false,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    stateStore: departures,
  });
}
