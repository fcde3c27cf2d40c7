import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";

const url = new URL("graphql", document.baseURI).href;

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

export async function post(body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

/**
 * Queries and mutations go by POST, subscriptions by WebSocket (graphql-transport-ws). What stands in the headers
 * editor is sent with each: as HTTP headers, and as the payload of `connection_init`, a browser's socket having none.
 *
 * GraphiQL reads the schema before its headers editor exists, so that request takes the token from `currentToken`.
 */
export function createFetcher(currentToken: () => string | undefined): Fetcher {
  return createGraphiQLFetcher({
    url,
    subscriptionUrl: url.replace(/^http/, "ws"),
    enableIncrementalDelivery: false,
    schemaFetcher: async (params, options) => {
      const token = currentToken();
      return (await post(params, { ...(token && bearer(token)), ...options?.headers })) as never;
    },
  });
}
