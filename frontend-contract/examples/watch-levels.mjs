/**
 * Watches stock levels over WebSocket (graphql-transport-ws), through cuts and restarts of the service.
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19 or newer
 *   node frontend-contract/examples/watch-levels.mjs .data/demo.json
 *
 * That is the demo of `make run`, seen by its manager. Any other service:
 *
 *   echo '{"url": "ws://127.0.0.1:5005/graphql", "token": "…"}' | node frontend-contract/examples/watch-levels.mjs
 *
 * SIGTERM or Ctrl-C ends it and prints the final picture.
 */
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { backOff, LevelWatch, readOptions } from "./level-watch.mjs";

const pingEveryMs = 10_000;
const pongWithinMs = 5_000;

const { url, token, retryAttempts, ...operation } = readOptions("websocket");
const watch = new LevelWatch(operation);
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

client.subscribe(watch.request, {
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

process.once("SIGTERM", () => watch.end());
process.once("SIGINT", () => watch.end());

function explain(cause) {
  return "code" in cause && "reason" in cause ? `closed with ${cause.code} ${cause.reason}`.trim() : cause.message;
}
