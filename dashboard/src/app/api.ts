import { type AnyVariables, Client, fetchExchange, type TypedDocumentNode } from "urql";
import { type Document, ViewerDocument, type ViewerQuery } from "../contract";
import { isSignedIn, session, type Viewer } from "./session";
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

/** It has no definitions, by which urql would tell it from others: of its hash 32 bits do. */
function sent({ text, documentId }: Document<unknown, never>): TypedDocumentNode {
  const key = Number.parseInt(documentId.replace("sha256:", "").slice(0, 8), 16);
  return { kind: "Document", definitions: [], loc: { source: { body: text } }, __key: key } as unknown as TypedDocumentNode;
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

let renewing: Promise<boolean> | null = null;

/** Tries to go on with another token; what was asked at once is answered at once. False: nobody is signed in any more. */
export function renewed(): Promise<boolean> {
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renew(): Promise<boolean> {
  const known = session.get();
  if (!isSignedIn(known)) return false;
  const signIn = await known.signIn.renew();
  const viewer = signIn && (await viewerOf(signIn).catch(() => null));
  if (session.get() !== known) return isSignedIn(session.get());
  session.set(signIn && viewer ? { viewer: known.viewer, signIn } : { why: "expired" });
  return viewer !== null;
}

async function authorized(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await send(input, init);
  return response.status === 401 && (await renewed()) ? send(input, init) : response;
}

function send(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const known = session.get();
  const headers = new Headers(init.headers);
  if (isSignedIn(known)) headers.set("authorization", `Bearer ${known.signIn.token}`);
  return fetch(input, { ...init, headers });
}
