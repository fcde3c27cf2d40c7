import type { WatchStockSubscription } from "../../contract";

/** A level as the table has it: one SKU at one location. */
export type Level = NonNullable<WatchStockSubscription["stockLevelChanged"]["level"]>;
