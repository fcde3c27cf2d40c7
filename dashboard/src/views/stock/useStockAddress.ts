import { useMemo } from "react";
import { listIn, useParams, written } from "../../app/address";
import { type Arrangement, type SortKey, STATUSES } from "./arrangement";

export type Filter = "locations" | "categories" | "vendors" | "status";

const KEYS: readonly SortKey[] = ["sku", "name", "location", "onHand", "allocated", "available", "incoming", "status", "changed"];

interface StockAddress {
  arrangement: Arrangement;
  search: (text: string) => void;
  filter: (filter: Filter, values: readonly string[]) => void;
  sort: (key: SortKey, descending: boolean) => void;
  clear: () => void;
}

/** What the table shows stands in the address: a link, a bookmark or Back shows the same. */
export function useStockAddress(): StockAddress {
  const [params, set] = useParams();
  const arrangement = useMemo(() => read(params), [params]);
  return {
    arrangement,
    search: (text) => set({ q: text }),
    filter: (filter, values) => set({ [filter]: written(values) }),
    sort: (key, descending) => set({ sort: key === "sku" && !descending ? null : `${descending ? "-" : ""}${key}` }),
    clear: () => set({ q: null, locations: null, categories: null, vendors: null, status: null }),
  };
}

function read(params: URLSearchParams): Arrangement {
  const sort = params.get("sort") ?? "sku";
  const descending = sort.startsWith("-");
  const key = KEYS.find((known) => known === sort.replace(/^-/, "")) ?? "sku";
  const status = listIn(params, "status");
  return {
    search: params.get("q") ?? "",
    locations: listIn(params, "locations"),
    categories: listIn(params, "categories"),
    vendors: listIn(params, "vendors"),
    status: STATUSES.filter((each) => status.includes(each)),
    sort: key,
    descending,
  };
}
