/**
 * A client of graphql-ws or graphql-sse whose subscriptions resume where they were cut: both clients send the request
 * again, as it then is, with each new connection, and the cursor of the last event that was taken in is its `after`.
 * The document must declare the variable: `subscription (…, $after: Cursor)`.
 */
export function resuming(client) {
  return {
    subscribe(request, sink) {
      const resumed = { ...request, variables: { ...request.variables } };
      return client.subscribe(resumed, {
        next(result) {
          sink.next(result);
          // The one root field of a subscription, by whatever alias.
          const event = Object.values(result.data ?? {})[0];
          if (event?.cursor) resumed.variables.after = event.cursor;
        },
        error: (cause) => sink.error(cause),
        complete: () => sink.complete(),
      });
    },
  };
}
