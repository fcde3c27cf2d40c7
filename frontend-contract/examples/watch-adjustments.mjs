/**
 * Watches adjustments: those that wait for approval as they are, then each step of every one, none skipped.
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19, or 22.12 and newer
 *   node frontend-contract/examples/watch-adjustments.mjs .data/demo.json
 *   node frontend-contract/examples/watch-adjustments.mjs .data/demo.json '{"filter": {"reasonCodes": ["theft"]}}'
 *
 * That is the demo of `make run`, seen by its manager, over WebSocket. Any other service, over WebSocket or, with the
 * address of its event stream (`http://127.0.0.1:5005/graphql/stream`), over server-sent events:
 *
 *   echo '{"url": "ws://127.0.0.1:5005/graphql", "token": "…", "variables": {"filter": {"reasonCodes": ["theft"]}}}' \
 *     | node frontend-contract/examples/watch-adjustments.mjs
 *
 * What was decided stays in the picture as it ended; with `{"status": ["PENDING_APPROVAL"]}` in the filter it leaves it
 * (REMOVED), and the picture is an approver's inbox. SIGTERM or Ctrl-C ends it and prints the final picture.
 */
import { AdjustmentChangedDocument } from "inventory-contract";
import { followOverSse } from "./over-sse.mjs";
import { followOverWebSocket } from "./over-websocket.mjs";
import { readOptions, Watch } from "./watch.mjs";

const options = readOptions(AdjustmentChangedDocument, "websocket");
const watch = new Watch("adjustment", options);
watch.endOnSignal();
const follow = options.url.startsWith("ws") ? followOverWebSocket : followOverSse;
follow(watch, options);
