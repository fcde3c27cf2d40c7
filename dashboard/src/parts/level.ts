import type { WatchStockSubscription } from "../contract";

/** A level as it is told live: one SKU at one location. */
export type Level = NonNullable<WatchStockSubscription["stockLevelChanged"]["level"]>;
