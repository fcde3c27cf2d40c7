/**
 * Watches stock levels over server-sent events (graphql-sse, one connection per subscription).
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19 or newer
 *   node frontend-contract/examples/watch-levels-sse.mjs .data/demo.json
 *
 * That is the demo of `make run`, seen by its manager. Any other service:
 *
 *   echo '{"url": "http://127.0.0.1:5005/graphql/stream", "token": "…"}' | node frontend-contract/examples/watch-levels-sse.mjs
 *
 * SIGTERM or Ctrl-C ends it and prints the final picture.
 */
import { createClient } from "graphql-sse";
import { backOff, LevelWatch, readOptions } from "./level-watch.mjs";

const { url, token, retryAttempts, ...operation } = readOptions("sse");
const watch = new LevelWatch(operation);

const client = createClient({
  url,
  headers: () => ({ Authorization: `Bearer ${token}` }),
  retryAttempts,
  // No ping of ours finds a dead link here: fetch gives up after five minutes without a byte, and the service's
  // keep-alive comments come far more often than that.
  retry: backOff,
  on: {
    connected: (wasRetry) => watch.report("connected", { wasRetry, after: watch.picture.cursor }),
  },
});

client.subscribe(watch.request, {
  next: (result) => watch.receive(result),
  error: (cause) => {
    watch.refuse([{ message: cause.message }]);
    watch.end();
  },
  complete: () => {
    watch.report("complete");
    watch.end();
  },
});

process.once("SIGTERM", () => watch.end());
process.once("SIGINT", () => watch.end());
