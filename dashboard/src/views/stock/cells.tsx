import { createContext, type ReactNode, use, useRef } from "react";
import { format, useAddress } from "../../app/address";
import { useThing } from "../../live/LiveContext";
import type { Stream } from "../../live/stream";
import { useFormats } from "../../text/useText";
import type { Level } from "../../parts/level";
import style from "./stock.module.css";

/** The stream whose levels the cells of a table show. */
export const Levels = createContext<Stream<Level> | null>(null);

export function useLevel(nodeId: string): Level | undefined {
  const stream = use(Levels);
  if (!stream) throw new Error("a cell stands outside of a table of levels");
  return useThing(stream, nodeId);
}

/** The SKU, which opens its item and leaves the table as it is. */
export function SkuCell({ nodeId }: { nodeId: string }) {
  const level = useLevel(nodeId);
  const { params } = useAddress();
  return level ? <a href={format({ view: "stock", thing: level.sku, params })}>{level.sku}</a> : null;
}

export function LevelCell({ nodeId, show }: { nodeId: string; show: (level: Level) => ReactNode }) {
  const level = useLevel(nodeId);
  return level ? show(level) : null;
}

/** A quantity that flashes when it changes under the eye. */
export function QuantityCell({ nodeId, value }: { nodeId: string; value: (level: Level) => number }) {
  const formats = useFormats();
  const level = useLevel(nodeId);
  const units = level && value(level);
  const flashes = useChanges(nodeId, units);
  if (!level || units === undefined) return null;
  return (
    <span key={flashes} className={flashes > 0 ? style.flash : undefined}>
      {formats.quantity(units, level.item.quantityScale)}
    </span>
  );
}

/** How often a value changed since the same thing is shown here. */
function useChanges(nodeId: string, value: number | undefined): number {
  const held = useRef({ nodeId, value, times: 0 });
  const known = held.current;
  if (known.nodeId !== nodeId) held.current = { nodeId, value, times: 0 };
  else if (known.value !== value) held.current = { nodeId, value, times: known.times + 1 };
  return held.current.times;
}
