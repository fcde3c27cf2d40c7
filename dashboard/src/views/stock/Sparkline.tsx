import { createContext, use, useEffect, useMemo } from "react";
import { useStore } from "../../live/store";
import { useFormats, useText } from "../../text/useText";
import { useLevel } from "./cells";
import { Histories } from "./histories";
import type { Level } from "../../parts/level";
import style from "./stock.module.css";
import { words } from "./words";

export const HistoriesContext = createContext<Histories | null>(null);

const WIDTH = 100;
const HEIGHT = 24;

/** What was available of a level in the last 30 days, and is now. */
export function SparklineCell({ nodeId }: { nodeId: string }) {
  const level = useLevel(nodeId);
  return level ? <Sparkline nodeId={nodeId} level={level} /> : null;
}

function Sparkline({ nodeId, level }: { nodeId: string; level: Level }) {
  const histories = use(HistoriesContext);
  if (!histories) throw new Error("a line stands outside of a table of levels");
  // eslint-disable-next-line react-hooks/exhaustive-deps -- of the level only where it lies counts: what it holds changes often
  useEffect(() => histories.want(nodeId, level), [histories, nodeId]);
  const line = useStore(useMemo(() => histories.line(nodeId), [histories, nodeId]));
  const text = useText(words);
  const formats = useFormats();
  if (!line?.length) return null;
  const values = [...line, level.availableToPromise];
  const [from, to] = [values[0] ?? 0, level.availableToPromise].map((units) => formats.quantity(units, level.item.quantityScale));
  return (
    <svg
      className={style.line}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={text.line(from ?? "", to ?? "")}
    >
      <polyline points={pointsOf(values)} fill="none" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}

function pointsOf(values: readonly number[]): string {
  const top = Math.max(...values, 1);
  const step = WIDTH / (values.length - 1);
  return values.map((value, i) => `${(i * step).toFixed(1)},${(HEIGHT - 2 - (value / top) * (HEIGHT - 4)).toFixed(1)}`).join(" ");
}
