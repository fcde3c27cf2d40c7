/**
 * Several corrections at once, of which the large ones wait: one is withdrawn, the others are rejected by an approver.
 *
 *   node frontend-contract/examples/settings.mjs .data/demo.json       # makes the rule by which they wait
 *   node frontend-contract/examples/approvals.mjs .data/demo.json OUT-TENT-1P-ORG LDS-DC
 *
 * Each correction is decided for itself, and prints its own outcome.
 */
import { AdjustStockBatchDocument, CancelAdjustmentDocument, RejectAdjustmentDocument } from "inventory-contract";
import { keyed, run } from "./ask.mjs";

await run("manager", async (ask, sku, location) => {
  const note = "The roof leaks.";
  const line = { sku, location, reasonCode: "water-damage", note };
  const lines = [-1, -6, -7].map((quantityChange) => ({ ...line, quantityChange }));
  const { results } = await ask(AdjustStockBatchDocument, keyed({ lines }));
  const outcomes = results.map(({ adjustment, userErrors }) => adjustment?.status ?? userErrors[0].code);

  const waiting = results.flatMap(({ adjustment }) => (adjustment?.status === "PENDING_APPROVAL" ? [adjustment.id] : []));
  const [mistaken, ...others] = waiting;
  if (mistaken) await ask(CancelAdjustmentDocument, keyed({ adjustmentId: mistaken }));
  // Whoever asked never decides: this is another person.
  for (const adjustmentId of others) {
    await ask.as("approver")(RejectAdjustmentDocument, keyed({ adjustmentId, note: "Count them first." }));
  }
  return { outcomes, withdrawn: mistaken ? 1 : 0, rejected: others.length };
});
