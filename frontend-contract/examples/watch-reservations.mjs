/**
 * Watches reservations: the open ones as they are, then each later state of every one, none skipped.
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19, or 22.12 and newer
 *   node frontend-contract/examples/watch-reservations.mjs .data/demo.json
 *   node frontend-contract/examples/watch-reservations.mjs .data/demo.json '{"filter": {"orderIds": ["O-1"]}}'
 *
 * That is the demo of `make run`, seen by its manager, over WebSocket. Any other service, over WebSocket or, with the
 * address of its event stream (`http://127.0.0.1:5005/graphql/stream`), over server-sent events:
 *
 *   echo '{"url": "ws://127.0.0.1:5005/graphql", "token": "…", "variables": {"filter": {"orderIds": ["O-1"]}}}' \
 *     | node frontend-contract/examples/watch-reservations.mjs
 *
 * What has ended stays in the picture as it ended; with `{"status": ["PENDING", "CONFIRMED", "BACKORDERED"]}` in the
 * filter it leaves it (REMOVED). SIGTERM or Ctrl-C ends it and prints the final picture.
 */
import { ReservationChangedDocument } from "inventory-contract";
import { followOverSse } from "./over-sse.mjs";
import { followOverWebSocket } from "./over-websocket.mjs";
import { readOptions, Watch } from "./watch.mjs";

const options = readOptions(ReservationChangedDocument, "websocket");
const watch = new Watch("reservation", options);
watch.endOnSignal();
const follow = options.url.startsWith("ws") ? followOverWebSocket : followOverSse;
follow(watch, options);
