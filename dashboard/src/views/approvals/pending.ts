import type { AdjustmentChangedSubscription } from "../../contract";

/** A correction that waits for another person. */
export type Pending = NonNullable<AdjustmentChangedSubscription["adjustmentChanged"]["adjustment"]>;

export const WAITING = { filter: { status: ["PENDING_APPROVAL" as const] } };

/** Those that wait longest come first. */
export function byAge(one: Pending, other: Pending): number {
  return one.requestedAt < other.requestedAt ? -1 : one.requestedAt > other.requestedAt ? 1 : 0;
}
