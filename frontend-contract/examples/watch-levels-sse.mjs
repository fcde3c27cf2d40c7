/**
 * Watches stock levels over server-sent events (graphql-sse, one connection per subscription).
 *
 *   (cd frontend-contract && npm ci)      # once; Node 20.19, or 22.12 and newer
 *   node frontend-contract/examples/watch-levels-sse.mjs .data/demo.json
 *   node frontend-contract/examples/watch-levels-sse.mjs .data/demo.json '{"filter": {"skus": ["OUT-TENT-1P-ORG"]}}'
 *
 * That is the demo of `make run`, seen by its manager. Any other service:
 *
 *   echo '{"url": "http://127.0.0.1:5005/graphql/stream", "token": "…"}' | node frontend-contract/examples/watch-levels-sse.mjs
 *
 * SIGTERM or Ctrl-C ends it and prints the final picture.
 */
import { StockLevelChangedDocument } from "inventory-contract";
import { followOverSse } from "./over-sse.mjs";
import { readOptions, Watch } from "./watch.mjs";

const options = readOptions(StockLevelChangedDocument, "sse");
const watch = new Watch("level", options);
watch.endOnSignal();
followOverSse(watch, options);
