import { useSyncExternalStore } from "react";

/**
 * Where a reader is: `#/stock/<thing>?status=LOW`. It stands behind the hash, so the service serves one page at one
 * address, below whatever path a proxy puts before it, and a missing file is never answered with that page.
 */
export interface Address {
  view: string;
  /** What is opened in the view, such as a SKU; empty: nothing. */
  thing: string;
  params: URLSearchParams;
}

export function parse(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...thing] = path.split("/");
  return { view: decoded(view), thing: decoded(thing.join("/")), params: new URLSearchParams(query) };
}

export function format({ view, thing, params }: Partial<Address>): string {
  const path = [view ?? "", ...(thing ? [thing] : [])].map(encodeURIComponent).join("/");
  const query = params?.toString() ?? "";
  return `#/${path}${query && `?${query}`}`;
}

/** Go there; with `replace` the browser's Back leads past where the reader was. */
export function go(address: Partial<Address>, { replace = false } = {}): void {
  const hash = format(address);
  if (hash === location.hash) return;
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The address, for which a changed one is another object. */
export function useAddress(): Address {
  return useSyncExternalStore(follow, current);
}

/** The parameters of the address and how to set some: null takes one out. They replace those before in the history. */
export function useParams(): [URLSearchParams, (changes: Record<string, string | null>) => void] {
  const { params } = useAddress();
  return [params, set];
}

function set(changes: Record<string, string | null>): void {
  const address = current();
  const params = new URLSearchParams(address.params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, value);
  }
  go({ ...address, params }, { replace: true });
}

/** Several values in one parameter. They may hold commas: each is encoded for itself. */
export function written(values: readonly string[]): string {
  return values.map(encodeURIComponent).join(",");
}

export function listIn(params: URLSearchParams, name: string): string[] {
  const given = params.get(name);
  return given ? given.split(",").map(decoded) : [];
}

let read = { hash: location.hash, address: parse(location.hash) };

function current(): Address {
  if (read.hash !== location.hash) read = { hash: location.hash, address: parse(location.hash) };
  return read.address;
}

function follow(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  addEventListener("popstate", listener);
  return () => {
    removeEventListener("hashchange", listener);
    removeEventListener("popstate", listener);
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
