import { expect, test } from "vitest";
import { byUrgency, type Reservation } from "./reservation";

function reservation(orderId: string, status: Reservation["status"], expiresAt: string | null, createdAt: string): Reservation {
  return { orderId, status, expiresAt, createdAt } as Reservation;
}

test("what expires comes first, the soonest on top; then the newest", () => {
  const given = [
    reservation("shipped", "COMMITTED", null, "2026-01-01T12:00:00Z"),
    reservation("in an hour", "PENDING", "2026-01-01T14:00:00Z", "2026-01-01T12:59:00Z"),
    reservation("paid", "CONFIRMED", null, "2026-01-01T12:30:00Z"),
    reservation("in a minute", "PENDING", "2026-01-01T13:01:00Z", "2026-01-01T11:00:00Z"),
    reservation("waiting", "BACKORDERED", "2026-01-01T13:00:00Z", "2026-01-01T12:10:00Z"),
  ];
  for (const order of [given, given.toReversed()]) {
    expect(order.toSorted(byUrgency).map(({ orderId }) => orderId)).toEqual([
      "in a minute",
      "in an hour",
      "paid",
      "waiting",
      "shipped",
    ]);
  }
});
