import { ApolloClient, CombinedGraphQLErrors, gql, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import WebSocket from "ws";
import { resuming } from "inventory-contract/live";
import { connect } from "./over-websocket.mjs";

// The link looks at the browser's own when a connection fails for good; Node has one from version 22 on.
globalThis.WebSocket ??= WebSocket;

/**
 * Apollo's client, of which every operation runs over one socket and every subscription resumes. Apollo asks for each
 * thing's `__typename` too, and what it hands on holds it.
 */
export function apolloClient({ socket }) {
  return new ApolloClient({ link: new GraphQLWsLink(resuming(socket)), cache: new InMemoryCache() });
}

/** Follows a watch's subscription through Apollo. */
export function followWithApollo(watch, options) {
  const client = apolloClient({ socket: connect(watch, options) });
  const { query, variables } = watch.request;
  // The picture holds what is live: a second copy in Apollo's cache would only be written and never read.
  client.subscribe({ query: gql(query), variables, fetchPolicy: "no-cache" }).subscribe({
    next: ({ data, error }) => watch.receive({ data, errors: error && told(error) }),
    error(cause) {
      watch.refuse(told(cause));
      watch.end();
    },
    complete() {
      watch.report("complete");
      watch.end();
    },
  });
}

/** The errors of GraphQL, or what became of the connection. */
function told(error) {
  return CombinedGraphQLErrors.is(error) ? error.errors : [{ message: error.message }];
}
