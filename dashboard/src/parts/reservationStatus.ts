import type { ReservationStatus } from "../contract";

/** Of these something is still held, or waited for. */
export const OPEN = ["REQUESTED", "PENDING", "CONFIRMED", "BACKORDERED"] as const satisfies readonly ReservationStatus[];
