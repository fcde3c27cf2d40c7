import type { ComponentType } from "react";
import type { en } from "../text/en";
import type { Operation } from "./session";

export interface View {
  /** Its place in the address, `#/stock`, and its name in the catalogue. */
  name: keyof (typeof en)["views"];
  /** Shown to whoever may call this operation. */
  needs: Operation;
  /** Each view is a chunk of its own. */
  load: () => Promise<{ default: ComponentType }>;
}

/** In the order of the navigation; the first that a viewer may see is where it begins. */
export const views: readonly View[] = [
  { name: "stock", needs: "stockLevels", load: () => import("../views/stock/StockView") },
  { name: "alerts", needs: "alerts", load: () => import("../views/alerts/AlertsView") },
  { name: "reservations", needs: "reservations", load: () => import("../views/reservations/ReservationsView") },
  { name: "adjust", needs: "adjustStockBatch", load: () => import("../views/adjust/AdjustView") },
  { name: "approvals", needs: "adjustments", load: () => import("../views/approvals/ApprovalsView") },
  { name: "insight", needs: "healthReport", load: () => import("../views/insight/InsightView") },
];
