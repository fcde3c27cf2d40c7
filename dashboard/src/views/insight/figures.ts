import type { Formats } from "../../text/formats";

/** The figures that reports are read for. */
export const FIGURES = ["inventoryTurnover", "daysOfInventory", "sellThroughRate", "stockOutRate", "fillRate"] as const;
export type Figure = (typeof FIGURES)[number];

/** A group of a report, with its item where it is one SKU. */
export interface Measured {
  item: { quantityScale: number } | null;
}

/** The decimal places that the units of a group are shown with: a SKU's own; of many items they are base units. */
export function scaleOf({ item }: Measured): number {
  return item?.quantityScale ?? 0;
}

/** A decimal as the API writes it; null: nothing can be said. */
export type Value = string | null;

/** Which way is the better one, as a reader would say it. */
const wanted: Record<Figure, 1 | -1> = {
  inventoryTurnover: 1,
  daysOfInventory: -1,
  sellThroughRate: 1,
  stockOutRate: -1,
  fillRate: 1,
};

const shares: ReadonlySet<Figure> = new Set(["sellThroughRate", "stockOutRate", "fillRate"]);

export function figureText(formats: Formats, figure: Figure, value: Value, none: string): string {
  if (value === null) return none;
  if (shares.has(figure)) return formats.percent(Number(value));
  // A day's turnover is small: two decimal places would say 0.01 of most days.
  const places = figure === "daysOfInventory" ? { maximumFractionDigits: 1 } : { maximumSignificantDigits: 3 };
  return formats.number(Number(value), places);
}

export interface Change {
  /** With its sign: points of a hundred where the figure is a share. */
  text: string;
  isShare: boolean;
  direction: "up" | "down" | "same";
  verdict: "better" | "worse" | null;
}

/** How a figure differs from what it was; null where one of them cannot be said. */
export function changeOf(formats: Formats, figure: Figure, now: Value, then: Value): Change | null {
  if (now === null || then === null) return null;
  const isShare = shares.has(figure);
  const difference = (Number(now) - Number(then)) * (isShare ? 100 : 1);
  const places = figure === "inventoryTurnover" ? 2 : 1;
  const rounded = Number(difference.toFixed(places));
  return {
    text: formats.number(rounded, { signDisplay: "exceptZero", maximumFractionDigits: places }),
    isShare,
    direction: rounded > 0 ? "up" : rounded < 0 ? "down" : "same",
    verdict: rounded === 0 ? null : Math.sign(rounded) === wanted[figure] ? "better" : "worse",
  };
}
