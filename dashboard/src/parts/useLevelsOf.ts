import { useEffect, useMemo, useRef, useState } from "react";
import { WatchStockDocument } from "../contract";
import { useConnection, useFollowed, useThings } from "../live/LiveContext";
import { useStore } from "../live/store";
import type { Request, Stream } from "../live/stream";
import type { Level } from "./level";

/** As many SKUs as a filter may name. */
const SKUS_MAX = 1_000;
/** New SKUs often come together. */
const GATHER_MS = 250;

/** The levels of some SKUs as they are, under `levelKey`; another stream is asked for only when a SKU is missing. */
export function useLevelsOf(skus: readonly string[]): ReadonlyMap<string, Level> {
  const followed = useGrowing(skus);
  const stream = useFollowed(WatchStockDocument, { filter: { skus: [...followed] } }, "level");
  const { filled } = useStore(stream.state);
  useReplacing(stream, filled);
  const things = useThings(stream);
  const found = useMemo(() => new Map(things.map((level) => [levelKey(level.sku, level.location.code), level])), [things]);
  // Until another stream is filled, what the one before it told last stays on show.
  const held = useRef<ReadonlyMap<string, Level>>(found);
  if (filled) held.current = found;
  return held.current;
}

export function levelKey(sku: string, location: string): string {
  return `${sku}\n${location}`;
}

/** Ends what was followed before as soon as what replaced it is filled: each would tell every change once more. */
function useReplacing({ request }: Stream<Level>, filled: boolean): void {
  const connection = useConnection();
  const followed = useRef(new Set<Request>());
  useEffect(() => {
    followed.current.add(request);
    if (!filled) return;
    for (const former of followed.current) if (former !== request) connection.forget(former);
    followed.current = new Set([request]);
  }, [connection, request, filled]);
}

function useGrowing(skus: readonly string[]): readonly string[] {
  const wanted = useMemo(() => [...new Set(skus)].slice(0, SKUS_MAX).sort(), [skus]);
  const [followed, setFollowed] = useState(wanted);
  useEffect(() => {
    const known = new Set(followed);
    if (wanted.every((sku) => known.has(sku))) return;
    const gathered = setTimeout(() => setFollowed(wanted), GATHER_MS);
    return () => clearTimeout(gathered);
  }, [wanted, followed]);
  return followed;
}
