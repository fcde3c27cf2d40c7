import { type AnyVariables, Client, fetchExchange, type TypedDocumentNode } from "urql";
import { type Document, ViewerDocument, type ViewerQuery } from "../contract";
import { isSignedIn, type Session, type SignedOut, session, type Viewer } from "./session";
import type { SignIn } from "./signIn";

export const graphqlUrl = new URL("graphql", document.baseURI).href;

/** Queries and mutations. Nothing is cached here: what is live comes by streams, and the rest is read when it is looked at. */
export function createApi(): Client {
  return new Client({
    url: graphqlUrl,
    exchanges: [fetchExchange],
    requestPolicy: "network-only",
    preferGetMethod: false,
    fetch: authorized,
  });
}

const documents = new WeakMap<object, TypedDocumentNode>();

/**
 * A document of the contract as urql takes it. urql would print it in another layout; an installation with
 * ONLY_PERSISTED=1 runs a document by its very text, so this one says what is to be sent.
 */
export function verbatim<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
): TypedDocumentNode<Data, Variables> {
  const known = documents.get(document) ?? sent(document);
  documents.set(document, known);
  return known as unknown as TypedDocumentNode<Data, Variables>;
}

/** Of what is asked its kind alone stands in it, which urql looks at in development; of the hash 32 bits tell it from others. */
function sent({ text, documentId }: Document<unknown, never>): TypedDocumentNode {
  const key = Number.parseInt(documentId.replace("sha256:", "").slice(0, 8), 16);
  const definitions = [{ kind: "OperationDefinition", operation: /^(query|mutation)\b/m.exec(text)?.[0] }];
  return { kind: "Document", definitions, loc: { source: { body: text } }, __key: key } as unknown as TypedDocumentNode;
}

/** Who the token of a sign-in stands for; null where the service does not accept it. Raises where it cannot be asked. */
export async function viewerOf({ token }: SignIn): Promise<Viewer | null> {
  const response = await fetch(graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: ViewerDocument.text }),
  });
  if (response.status === 401) return null;
  const { data } = (await response.json()) as { data?: ViewerQuery | null };
  if (!data) throw new Error(`the viewer is not told: ${response.status}`);
  return data.viewer;
}

let renewing: Promise<void> | null = null;

/** Tries to go on with another token; what was asked at once is answered at once. Where it is refused nobody is signed in any more. */
export function renewed(): Promise<void> {
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renew(): Promise<void> {
  const known = session.get();
  if (!isSignedIn(known)) return;
  const next = await renewal(known);
  // Meanwhile somebody may have signed out, or in as somebody else.
  if (next && session.get() === known) session.set(next);
}

/** What follows a session whose token no longer counts; null where nobody could be asked, so that it stays as it is. */
async function renewal({ viewer, signIn }: Session): Promise<Session | SignedOut | null> {
  try {
    const fresh = await signIn.renew();
    const told = fresh && (await viewerOf(fresh));
    if (!fresh || !told) return { why: "expired" };
    // The same object while it says the same: all that belongs to another viewer begins anew.
    return { viewer: JSON.stringify(told) === JSON.stringify(viewer) ? viewer : told, signIn: fresh };
  } catch {
    return null;
  }
}

/** What was asked as one viewer is never asked again as another. */
async function authorized(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const asked = session.get();
  const response = await send(input, init);
  if (response.status !== 401 || !isSignedIn(asked)) return response;
  // Another answer may have had it renewed already.
  if (session.get() === asked) await renewed();
  const now = session.get();
  const renews = isSignedIn(now) && now.viewer === asked.viewer && now.signIn !== asked.signIn;
  return renews ? send(input, init) : response;
}

function send(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const known = session.get();
  const headers = new Headers(init.headers);
  if (isSignedIn(known)) headers.set("authorization", `Bearer ${known.signIn.token}`);
  return fetch(input, { ...init, headers });
}
