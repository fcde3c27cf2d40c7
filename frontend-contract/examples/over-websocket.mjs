import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { resuming } from "inventory-contract/live";
import { backOff } from "./watch.mjs";

const pingEveryMs = 10_000;
const pongWithinMs = 5_000;

/** A client of graphql-transport-ws that connects again for ever; what becomes of its socket is told to the watch. */
export function connect(watch, { url, token, retryAttempts }) {
  let pongTimeout;
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    // Asked anew with each connection, so that an application can bring a fresh token after close code 4403.
    connectionParams: () => ({ Authorization: `Bearer ${token}` }),
    retryAttempts,
    retryWait: backOff,
    // A refused connection is no close event, and by default would not be tried again.
    shouldRetry: () => true,
    // A dead link closes nothing: ask, and when nothing answers give the socket up, which starts a retry.
    keepAlive: pingEveryMs,
    on: {
      connected: (_socket, _payload, wasRetry) => watch.report("connected", { wasRetry, after: watch.picture.cursor }),
      closed: (event) => {
        clearTimeout(pongTimeout);
        watch.report("disconnected", { code: event.code, reason: String(event.reason) });
      },
      ping: (received) => {
        if (!received) pongTimeout = setTimeout(() => client.terminate(), pongWithinMs);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimeout);
      },
    },
  });
  return client;
}

/** Follows a watch's subscription through cuts and restarts of the service. */
export function followOverWebSocket(watch, options) {
  resuming(connect(watch, options)).subscribe(watch.request, {
    next: (result) => watch.receive(result),
    // GraphQL errors (the operation was refused), a fatal close code, or no retries left.
    error: (cause) => {
      watch.refuse(Array.isArray(cause) ? cause : [{ message: explain(cause) }]);
      watch.end();
    },
    complete: () => {
      watch.report("complete");
      watch.end();
    },
  });
}

function explain(cause) {
  return "code" in cause && "reason" in cause ? `closed with ${cause.code} ${cause.reason}`.trim() : cause.message;
}
