/**
 * A day in a warehouse: goods come in and back, are set aside, thrown away, moved and counted, each step a line of the ledger.
 *
 *   node frontend-contract/examples/warehouse.mjs .data/demo.json OUT-TENT-1P-ORG LDS-DC BRS-WH
 *
 * A SKU, a location and another one of the demo of `make run`. Prints the level as the day began and as it ended.
 */
import {
  CancelTransferDocument,
  CloseCycleCountDocument,
  CountStockDocument,
  CreateCycleCountDocument,
  CycleCountDocument,
  CycleCountsDocument,
  HoldStockDocument,
  ReceiveStockDocument,
  ReceiveTransferDocument,
  RecordCycleCountDocument,
  ReturnStockDocument,
  StockLevelsAsOfDocument,
  TransferStockDocument,
  TransfersDocument,
  UnholdStockDocument,
  WasteStockDocument,
} from "inventory-contract";
import { keyed, run } from "./ask.mjs";

await run("manager", async (ask, sku, location, other) => {
  const step = (document, input) => ask(document, keyed({ sku, location, ...input }));

  const morning = new Date().toISOString();
  const { stockLevel: received } = await step(ReceiveStockDocument, { quantity: 10, reference: "PO-1" });
  await step(ReturnStockDocument, { quantity: 1, reasonCode: "returned" });
  await step(HoldStockDocument, { quantity: 3, note: "Wet boxes." });
  await step(UnholdStockDocument, { quantity: 1 });
  await step(WasteStockDocument, { quantity: 2, fromHold: true, reasonCode: "damaged" });

  const move = () => ask(TransferStockDocument, keyed({ sku, fromLocation: location, toLocation: other, quantity: 4 }));
  const [sent, wrong] = [await move(), await move()].map(({ transfer }) => transfer);
  await ask(ReceiveTransferDocument, keyed({ transferId: sent.id, quantity: 1 }));
  const { totalCount: onTheirWay } = await ask(TransfersDocument, { filter: { skus: [sku], status: ["IN_TRANSIT"] } });
  await ask(CancelTransferDocument, keyed({ transferId: wrong.id }));
  await ask(ReceiveTransferDocument, keyed({ transferId: sent.id, quantity: 3 }));

  // A list to count by, and a count without one; `expectedVersion` refuses what somebody else changed meanwhile.
  const { cycleCount } = await ask(CreateCycleCountDocument, keyed({ location, skus: [sku], blind: true }));
  const listed = await ask(CycleCountsDocument, { filter: { status: ["OPEN"] }, first: 100 });
  const quantityCounted = received.quantityOnHand - 5;
  await ask(RecordCycleCountDocument, keyed({ cycleCountId: cycleCount.id, sku, quantityCounted }));
  await ask(CloseCycleCountDocument, keyed({ cycleCountId: cycleCount.id }));
  const { status } = await ask(CycleCountDocument, { id: cycleCount.id });
  const counted = await step(CountStockDocument, { quantityCounted: quantityCounted + 1, reasonCode: "cycle_count" });

  const began = await ask(StockLevelsAsOfDocument, { at: morning, filter: { skus: [sku], locations: [location] } });
  return {
    began: began.nodes[0],
    ended: counted.stockLevel,
    transfersOnTheirWay: onTheirWay,
    count: { status, wasListed: listed.nodes.some(({ id }) => id === cycleCount.id) },
  };
});
