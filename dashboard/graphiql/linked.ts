/** A document and its variables, as the dashboard links them: `graphql#query=…&variables=…`. Nothing runs until somebody runs it. */
export interface Linked {
  query: string;
  variables: string;
}

/** It stands behind the hash, which is sent to no server. */
export function linkedTab(hash: string): Linked | null {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const query = given.get("query");
  return query ? { query, variables: given.get("variables") ?? "{}" } : null;
}
