/**
 * How each client takes a document of the contract, with the types of its variables and of its result; the tests check
 * these types and run none of it. With a bundler: `npm install ../frontend-contract`, and leave out what you do not use.
 */
import { ApolloClient } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient as createEvents } from "graphql-sse";
import { type Client, createClient as createSocket } from "graphql-ws";
import {
  AdjustStockDocument,
  StockLevelChangedDocument,
  StockLevelsDocument,
  type ResultOf,
  StockLevelSort,
  StockStatus,
} from "inventory-contract";
import { Picture, request, resuming } from "inventory-contract/live";
import { mock } from "inventory-contract/mock";
import type { Client as Urql } from "urql";

type LevelEvent = ResultOf<typeof StockLevelChangedDocument>["stockLevelChanged"];
type Level = NonNullable<LevelEvent["level"]>;

const empty = { filter: { status: [StockStatus.OUT_OF_STOCK] }, sort: StockLevelSort.SKU, first: 50 };

export async function withUrql(client: Urql): Promise<string[]> {
  const { data } = await client.query(StockLevelsDocument, empty);
  return data?.stockLevels.nodes.map(({ sku }) => sku) ?? [];
}

export async function withApollo(client: ApolloClient): Promise<number | undefined> {
  const input = { idempotencyKey: crypto.randomUUID(), sku: "OUT-TENT-1P-ORG", quantityChange: -1, reasonCode: "damaged" };
  const { data } = await client.mutate({ mutation: AdjustStockDocument, variables: { input } });
  return data?.adjustStock?.stockLevel?.quantityOnHand;
}

/** Every subscription of this Apollo client resumes: `resuming` is still a client of graphql-ws. */
export function linkOf(socket: Client): GraphQLWsLink {
  return new GraphQLWsLink(resuming(socket));
}

/** graphql-ws and graphql-sse alike: the picture is true whatever happens to the connection. */
export function follow(over: "websocket" | "sse", token: string, show: (levels: Level[]) => void): () => void {
  const authorized = { Authorization: `Bearer ${token}` };
  const client =
    over === "sse"
      ? resuming(createEvents({ url: "/graphql/stream", headers: authorized }))
      : resuming(createSocket({ url: "/graphql", connectionParams: authorized, shouldRetry: () => true }));
  const picture = new Picture<Level, "level">("level");
  return client.subscribe(request(StockLevelChangedDocument, { snapshot: true }), {
    next({ data }) {
      if (data && picture.apply(data.stockLevelChanged)) show(picture.things());
    },
    error: (cause) => console.error(cause),
    complete: () => {},
  });
}

/** What a test of a page may show: made up, of the document's type, the same each time. */
export function samples(): string[] {
  const { stockLevels } = mock(StockLevelsDocument, { first: 2 }, { StockLevel: { status: StockStatus.LOW } });
  return stockLevels.nodes.map(({ sku, status }) => `${sku}: ${status}`);
}
