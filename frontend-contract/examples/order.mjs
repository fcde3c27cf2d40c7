/**
 * What support asks when a customer calls: where the order stands, and what is the matter with its stock.
 *
 *   node frontend-contract/examples/order.mjs .data/demo.json SO-29301
 */
import { AlertsDocument, ReservationDocument } from "inventory-contract";
import { run } from "./ask.mjs";

await run("analyst", async (ask, orderId) => {
  const reservation = await ask(ReservationDocument, { orderId });
  if (!reservation) return { orderId, status: null };
  const alerts = await ask(AlertsDocument, { filter: { skus: reservation.lines.map(({ sku }) => sku), status: ["OPEN"] } });
  return {
    orderId,
    status: reservation.status,
    lines: reservation.lines.map(({ sku, quantity, quantityBackordered }) => ({ sku, quantity, quantityBackordered })),
    alerts: alerts.nodes.map(({ kind, sku, remainingQuantity }) => ({ kind, sku, remainingQuantity })),
  };
});
