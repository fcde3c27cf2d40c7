/**
 * What support does when a customer calls: sees where the order stands and what is the matter with its stock, says that
 * somebody looks after that, and keeps what is not paid for yet for another hour.
 *
 *   node frontend-contract/examples/order.mjs .data/demo.json SO-29301
 */
import { AcknowledgeAlertDocument, AlertsDocument, ExtendReservationDocument, ReservationDocument } from "inventory-contract";
import { keyed, run } from "./ask.mjs";

await run("manager", async (ask, orderId) => {
  const reservation = await ask(ReservationDocument, { orderId });
  if (!reservation) return { orderId, status: null };
  const alerts = await ask(AlertsDocument, { filter: { skus: reservation.lines.map(({ sku }) => sku), status: ["OPEN"] } });
  for (const { id } of alerts.nodes) await ask(AcknowledgeAlertDocument, keyed({ alertId: id }));
  const held = reservation.status === "PENDING";
  const longer = held && (await ask(ExtendReservationDocument, keyed({ reservationId: reservation.id, ttlSeconds: 3_600 })));
  return {
    orderId,
    status: reservation.status,
    expiresAt: longer ? longer.reservation.expiresAt : reservation.expiresAt,
    lines: reservation.lines.map(({ sku, quantity, quantityBackordered }) => ({ sku, quantity, quantityBackordered })),
    alerts: alerts.nodes.map(({ kind, sku, remainingQuantity }) => ({ kind, sku, remainingQuantity })),
  };
});
