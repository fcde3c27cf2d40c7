/**
 * Watches stock levels through urql, over WebSocket, through cuts and restarts of the service.
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19, or 22.12 and newer
 *   node frontend-contract/examples/watch-levels-urql.mjs .data/demo.json
 *
 * That is the demo of `make run`, seen by its manager. watch-levels.mjs tells the other ways to start it.
 */
import { StockLevelChangedDocument } from "inventory-contract";
import { followWithUrql } from "./urql.mjs";
import { readOptions, Watch } from "./watch.mjs";

const options = readOptions(StockLevelChangedDocument, "websocket");
const watch = new Watch("level", options);
watch.endOnSignal();
followWithUrql(watch, options);
