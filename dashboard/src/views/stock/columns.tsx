import { columnSizingFeature, createColumnHelper, rowSortingFeature, tableFeatures } from "@tanstack/react-table";
import type { ReactNode } from "react";
import { StatusBadge } from "../../parts/StatusBadge";
import type { SortKey } from "./arrangement";
import { LevelCell, QuantityCell, SkuCell } from "./cells";
import type { Level } from "../../parts/level";
import { SparklineCell } from "./Sparkline";

/** A row knows its level's id alone: each cell follows the level itself, and is drawn anew only where it changed. */
export interface Row {
  nodeId: string;
}

export const features = tableFeatures({ rowSortingFeature, columnSizingFeature });

const helper = createColumnHelper<typeof features, Row>();

/** Quantities stand at the end of their cells, under each other. */
export const numeric: ReadonlySet<string> = new Set(["onHand", "allocated", "available", "incoming"]);

export const columns = helper.columns([
  helper.accessor("nodeId", {
    id: "sku",
    size: 190,
    sortDescFirst: false,
    cell: ({ row }) => <SkuCell nodeId={row.original.nodeId} />,
  }),
  text("name", 260, ({ item }) => item.name),
  text("location", 110, ({ location }) => location.code),
  quantity("onHand", ({ quantityOnHand }) => quantityOnHand),
  quantity("allocated", ({ quantityAllocated }) => quantityAllocated),
  quantity("available", ({ availableToPromise }) => availableToPromise),
  quantity("incoming", ({ quantityIncoming }) => quantityIncoming),
  text("status", 140, ({ status }) => <StatusBadge status={status} />),
  helper.display({
    id: "line",
    size: 130,
    enableSorting: false,
    cell: ({ row }) => <SparklineCell nodeId={row.original.nodeId} />,
  }),
]);

/** What a phone has room for: a card of three lines, each with two of these. */
const FOLDED: ReadonlySet<string | undefined> = new Set(["sku", "status", "name", "location", "onHand", "available"]);
export const foldedColumns = columns.filter(({ id }) => FOLDED.has(id));

function text(id: SortKey, size: number, show: (level: Level) => ReactNode) {
  return helper.accessor("nodeId", {
    id,
    size,
    sortDescFirst: false,
    cell: ({ row }) => <LevelCell nodeId={row.original.nodeId} show={show} />,
  });
}

function quantity(id: SortKey, value: (level: Level) => number) {
  return helper.accessor("nodeId", {
    id,
    size: 110,
    sortDescFirst: false,
    cell: ({ row }) => <QuantityCell nodeId={row.original.nodeId} value={value} />,
  });
}
