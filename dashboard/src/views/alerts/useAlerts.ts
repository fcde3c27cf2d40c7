import { LowStockAlertsDocument, type LowStockAlertsSubscription } from "../../contract";
import { useFollowed } from "../../live/LiveContext";
import type { Tone } from "../../parts/Told";

export type Alert = NonNullable<LowStockAlertsSubscription["lowStockAlerts"]["alert"]>;

/** In the order of their weight. */
export const KINDS = ["OUT_OF_STOCK", "LOW_STOCK", "STALE"] as const;
export const tones: Record<Alert["kind"], Tone> = { OUT_OF_STOCK: "bad", LOW_STOCK: "warn", STALE: "info" };
export const STATES = ["OPEN", "ACKNOWLEDGED"] as const;

const STANDING = { filter: { kinds: [...KINDS], status: [...STATES] } };

/** All alerts that stand, live: one stream for the list and for the toasts. */
export function useAlerts() {
  return useFollowed(LowStockAlertsDocument, STANDING, "alert");
}
