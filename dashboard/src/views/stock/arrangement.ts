import type { StockStatus } from "../../contract";
import type { Level } from "../../parts/level";

export type SortKey = "sku" | "name" | "location" | "onHand" | "allocated" | "available" | "incoming" | "status" | "changed";

export interface Arrangement {
  /** Text in the SKU or in the item's name, upper or lower case. */
  search: string;
  /** Each empty list lets all through. */
  locations: readonly string[];
  categories: readonly string[];
  vendors: readonly string[];
  status: readonly StockStatus[];
  sort: SortKey;
  descending: boolean;
}

/** The worst first. */
export const STATUSES = ["OUT_OF_STOCK", "LOW", "OVERSTOCK", "IN_STOCK"] as const satisfies readonly StockStatus[];

const sorted: Record<SortKey, (level: Level) => string | number> = {
  sku: ({ sku }) => sku,
  name: ({ item }) => item.name.toLowerCase(),
  location: ({ location }) => location.code,
  onHand: ({ quantityOnHand, item }) => shown(quantityOnHand, item),
  allocated: ({ quantityAllocated, item }) => shown(quantityAllocated, item),
  available: ({ availableToPromise, item }) => shown(availableToPromise, item),
  incoming: ({ quantityIncoming, item }) => shown(quantityIncoming, item),
  status: ({ status }) => STATUSES.indexOf(status),
  changed: ({ updatedAt }) => updatedAt,
};

export function passes(level: Level, { search, locations, categories, vendors, status }: Arrangement): boolean {
  return (
    among(locations, level.location.code) &&
    among(categories, level.item.category) &&
    among(vendors, level.item.vendor) &&
    among(status, level.status) &&
    (search === "" || holds(level, search.toLowerCase()))
  );
}

/** As a reader sees it: 4,500 g of an item that is shown in kilograms are less than 5 pieces. */
function shown(units: number, { quantityScale }: Level["item"]): number {
  return units / 10 ** quantityScale;
}

/** What decides a level's place; two of the same stand by SKU, then by location. */
export function placeOf(level: Level, { sort }: Arrangement): string | number {
  return sorted[sort](level);
}

/** The node ids of what passes, in their order. */
export function arrange(levels: Iterable<[string, Level]>, arrangement: Arrangement): string[] {
  const rows: [string, string | number, Level][] = [];
  for (const [nodeId, level] of levels) {
    if (passes(level, arrangement)) rows.push([nodeId, placeOf(level, arrangement), level]);
  }
  const direction = arrangement.descending ? -1 : 1;
  rows.sort(([, a, one], [, b, other]) => direction * compare(a, b) || byName(one, other));
  return rows.map(([nodeId]) => nodeId);
}

function byName(one: Level, other: Level): number {
  return compare(one.sku, other.sku) || compare(one.location.code, other.location.code);
}

/** By code points, as the service sorts. */
function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function among(wanted: readonly string[], value: string | null): boolean {
  return wanted.length === 0 || (value !== null && wanted.includes(value));
}

function holds({ sku, item }: Level, text: string): boolean {
  return sku.toLowerCase().includes(text) || item.name.toLowerCase().includes(text);
}
