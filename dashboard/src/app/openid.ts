import { ErrorResponse, InMemoryWebStorage, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { Denied, type OpenId, type SignIn } from "./signIn";

/** Leads to the issuer's page; where the reader was is kept there and comes back with him. */
export async function leave(openId: OpenId): Promise<void> {
  await managerOf(openId).signinRedirect({ state: location.hash });
}

/** Who came back from the issuer, at the address that he left; null where nobody left for it. Raises Denied, and what keeps it from being asked. */
export async function comeBack(openId: OpenId, state: string): Promise<SignIn | null> {
  const manager = managerOf(openId);
  try {
    if ((await manager.settings.stateStore.get(state)) === null) {
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

/** Neither the code nor the issuer's answer stays in the address. */
function leaveTraces(hash: string): void {
  history.replaceState(null, "", `${location.pathname}${hash || location.hash}`);
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
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });
}
