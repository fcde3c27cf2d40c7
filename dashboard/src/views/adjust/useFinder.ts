import { useCallback, useRef } from "react";
import { useAsk } from "../../app/useApi";
import { FindItemDocument, LevelsToAdjustDocument } from "../../contract";
import type { Found } from "./lines";

export type Lookup =
  | { kind: "found"; found: Found }
  | { kind: "unknown" }
  | { kind: "several"; skus: readonly string[] }
  | { kind: "unread"; why: string };

/** Finds an item with its levels, by a SKU or by what a scanner read. One after the other, in the order of the scans. */
export function useFinder(): (code: string) => Promise<Lookup> {
  const find = useAsk(FindItemDocument);
  const read = useAsk(LevelsToAdjustDocument);
  const turn = useRef<Promise<unknown>>(Promise.resolve());
  return useCallback(
    (code: string) => {
      const look = async (): Promise<Lookup> => {
        const { data, failure } = await find({ code });
        if (!data) return { kind: "unread", why: failure };
        const skus = data.bySku ? [data.bySku.sku] : data.byBarcode.nodes.map(({ sku }) => sku);
        if (skus[0] === undefined) return { kind: "unknown" };
        return skus.length > 1 ? { kind: "several", skus } : levelsOf(skus[0]);
      };
      const levelsOf = async (sku: string): Promise<Lookup> => {
        const { data, failure } = await read({ sku });
        if (!data) return { kind: "unread", why: failure };
        return data.item ? { kind: "found", found: { item: data.item, levels: data.stockLevels.nodes } } : { kind: "unknown" };
      };
      const looked = turn.current.then(look);
      turn.current = looked;
      return looked;
    },
    [find, read],
  );
}
