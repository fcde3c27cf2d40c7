import { useMemo } from "react";
import { listIn, useParams, written } from "../../app/address";
import { useViewer } from "../../app/ViewerContext";
import type { ReportFilter, ReportGroupBy } from "../../contract";
import { FIGURES, type Figure } from "./figures";
import { before, type Length, type Range, rangeOf, todayIn } from "./range";

export type Filter = keyof ReportFilter;

export const FILTERS = ["categories", "vendors", "locations", "skus"] as const;
export const GROUPS = ["CATEGORY", "VENDOR", "LOCATION", "SKU"] as const satisfies readonly ReportGroupBy[];

/** What a report is asked for. */
export interface Asked {
  range: Range;
  /** What is compared with. */
  before: Range;
  /** The length that was chosen; null: dates of the reader's own. */
  length: Length | null;
  by: ReportGroupBy;
  figure: Figure;
  /** Without what nothing was chosen for: an empty list would match nothing. */
  filter: ReportFilter;
}

/** What the reports are of stands in the address: a link, a bookmark or Back asks for the same. */
export function useInsightAddress() {
  const [params, set] = useParams();
  const { timeZone } = useViewer().tenant;
  const asked = useMemo(() => read(params, todayIn(timeZone)), [params, timeZone]);
  return {
    asked,
    last: (days: Length) => set({ days, from: null, to: null }),
    between: ({ from, to }: Range) => set({ days: null, from, to }),
    by: (by: ReportGroupBy) => set({ by }),
    figure: (figure: Figure) => set({ figure }),
    filter: (name: Filter, values: readonly string[]) => set({ [name]: written(values) }),
    clear: () => set(Object.fromEntries(FILTERS.map((name) => [name, null]))),
  };
}

export type InsightAddress = ReturnType<typeof useInsightAddress>;

function read(params: URLSearchParams, today: string): Asked {
  const { length, ...range } = rangeOf(params, today);
  const chosen = FILTERS.map((name) => [name, listIn(params, name)] as const).filter(([, values]) => values.length > 0);
  return {
    range,
    before: before(range),
    length,
    by: GROUPS.find((known) => known === params.get("by")) ?? "CATEGORY",
    figure: FIGURES.find((known) => known === params.get("figure")) ?? "inventoryTurnover",
    filter: Object.fromEntries(chosen),
  };
}
