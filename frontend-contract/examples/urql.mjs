import { Client, subscriptionExchange } from "urql";
import { onEnd, pipe, subscribe } from "wonka";
import { resuming } from "inventory-contract/live";
import { connect } from "./over-websocket.mjs";

/** urql's client, of which every subscription runs over one socket and resumes. Add your other exchanges before it. */
export function urqlClient({ httpUrl, socket }) {
  const resumed = resuming(socket);
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: resumed.subscribe(request, sink) }),
  });
  return new Client({ url: httpUrl, exchanges: [subscriptionExchange({ forwardSubscription })] });
}

/** Follows a watch's subscription through urql. */
export function followWithUrql(watch, options) {
  const client = urqlClient({ httpUrl: options.url.replace(/^ws/, "http"), socket: connect(watch, options) });
  const { query, variables } = watch.request;
  pipe(
    client.subscription(query, variables),
    onEnd(() => {
      watch.report("complete");
      watch.end();
    }),
    subscribe(({ data, error }) => {
      watch.receive({ data, errors: error && told(error) });
      // Refused: nothing more comes, and urql says so to nobody.
      if (error && !data) watch.end();
    }),
  );
}

/** The errors of GraphQL, or what became of the connection. */
function told({ graphQLErrors, message }) {
  return graphQLErrors.length ? graphQLErrors : [{ message }];
}
