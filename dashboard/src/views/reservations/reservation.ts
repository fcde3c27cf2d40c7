import type { ReservationStatus, ReservationChangedSubscription } from "../../contract";
import { OPEN } from "../../parts/reservationStatus";
import type { Tone } from "../../parts/Told";

export type Reservation = NonNullable<ReservationChangedSubscription["reservationChanged"]["reservation"]>;
export type ReservationLine = Reservation["lines"][number];

/** What a list tells of one. */
export interface Listed extends Pick<Reservation, "id" | "orderId" | "status" | "expiresAt" | "createdAt"> {
  lines: readonly (Pick<ReservationLine, "sku" | "quantityAllocated" | "quantityBackordered"> & {
    item: { quantityScale: number } | null;
  })[];
}

export const STATES: readonly ReservationStatus[] = [...OPEN, "COMMITTED", "RELEASED", "EXPIRED", "FAILED"];

export const tones: Record<ReservationStatus, Tone> = {
  REQUESTED: "plain",
  PENDING: "warn",
  CONFIRMED: "good",
  BACKORDERED: "info",
  COMMITTED: "plain",
  RELEASED: "plain",
  EXPIRED: "bad",
  FAILED: "bad",
};

/** Whether something may still be held or waited for. */
export function isOpen(status: ReservationStatus): boolean {
  return OPEN.some((open) => open === status);
}

/** What of a line is still the order's: units held, and units that it waits for. */
export function openOf(line: ReservationLine): number {
  return line.quantityAllocated + line.quantityBackordered;
}

/** Those that expire come first, the soonest on top; then the newest. */
export function byUrgency(one: Reservation, other: Reservation): number {
  if (one.expiresAt !== null && other.expiresAt !== null && isPending(one) && isPending(other)) {
    return compared(one.expiresAt, other.expiresAt);
  }
  return Number(isPending(other)) - Number(isPending(one)) || compared(other.createdAt, one.createdAt);
}

/** Whether it may yet be confirmed; of one that waits for stock the service alone knows whether it was. */
export function isUnpaid({ status }: Reservation): boolean {
  return status === "PENDING" || status === "BACKORDERED";
}

export function isPending({ status, expiresAt }: Pick<Reservation, "status" | "expiresAt">): boolean {
  return status === "PENDING" && expiresAt !== null;
}

function compared(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
