import { useEffect, useState } from "react";
import type { Stream } from "../../../live/stream";
import type { Level } from "../../../parts/level";

/** What follows a change is read anew at most so often. */
const EVERY_MS = 1_000;

/** A number that grows when a level of an item has changed: what was read of it besides may be old then. */
export function useChangesOf(levels: Stream<Level>, sku: string): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      timer = undefined;
      setChanges((known) => known + 1);
    };
    const unsubscribe = levels.subscribe((nodeIds) => {
      const concerned = [...nodeIds].some((nodeId) => levels.picture.get(nodeId)?.sku === sku);
      if (concerned) timer ??= setTimeout(tell, EVERY_MS);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [levels, sku]);
  return changes;
}
