/**
 * Watches stock levels over WebSocket (graphql-transport-ws), through cuts and restarts of the service.
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19, or 22.12 and newer
 *   node frontend-contract/examples/watch-levels.mjs .data/demo.json
 *   node frontend-contract/examples/watch-levels.mjs .data/demo.json '{"filter": {"skus": ["OUT-TENT-1P-ORG"]}}'
 *
 * That is the demo of `make run`, seen by its manager. Any other service:
 *
 *   echo '{"url": "ws://127.0.0.1:5005/graphql", "token": "…"}' | node frontend-contract/examples/watch-levels.mjs
 *
 * SIGTERM or Ctrl-C ends it and prints the final picture.
 */
import { StockLevelChangedDocument } from "inventory-contract";
import { followOverWebSocket } from "./over-websocket.mjs";
import { readOptions, Watch } from "./watch.mjs";

const options = readOptions(StockLevelChangedDocument, "websocket");
const watch = new Watch("level", options);
watch.endOnSignal();
followOverWebSocket(watch, options);
