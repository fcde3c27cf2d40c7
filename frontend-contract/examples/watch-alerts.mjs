/**
 * Watches alerts of low and no stock: those that stand, then each as it opens, turns, is acknowledged and is resolved.
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19, or 22.12 and newer
 *   node frontend-contract/examples/watch-alerts.mjs .data/demo.json
 *   node frontend-contract/examples/watch-alerts.mjs .data/demo.json '{"filter": {"locations": ["MAIN"]}}'
 *
 * That is the demo of `make run`, seen by its manager, over WebSocket. Any other service, over WebSocket or, with the
 * address of its event stream (`http://127.0.0.1:5005/graphql/stream`), over server-sent events:
 *
 *   echo '{"url": "ws://127.0.0.1:5005/graphql", "token": "…", "variables": {"filter": {"locations": ["MAIN"]}}}' \
 *     | node frontend-contract/examples/watch-alerts.mjs
 *
 * What is resolved stays in the picture as it ended; with `{"status": ["OPEN", "ACKNOWLEDGED"]}` in the filter it leaves
 * it (REMOVED); `{"kinds": ["STALE"]}` watches stock that does not move. SIGTERM or Ctrl-C ends it and prints the final
 * picture.
 */
import { LowStockAlertsDocument } from "inventory-contract";
import { followOverSse } from "./over-sse.mjs";
import { followOverWebSocket } from "./over-websocket.mjs";
import { readOptions, Watch } from "./watch.mjs";

const options = readOptions(LowStockAlertsDocument, "websocket");
const watch = new Watch("alert", options);
watch.endOnSignal();
const follow = options.url.startsWith("ws") ? followOverWebSocket : followOverSse;
follow(watch, options);
