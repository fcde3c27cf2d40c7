import { useEffect, useRef, useState } from "react";
import type { Stream, Versioned } from "./stream";

/** What follows a change is read anew at most so often. */
const EVERY_MS = 1_000;

/**
 * A number that grows when things of a stream have changed that `concern` the reader: what was read of them besides may
 * be old then. It is asked about each as it is now, undefined where it has left the stream.
 */
export function useChanges<T extends Versioned>(stream: Stream<T>, concern: (thing: T | undefined) => boolean): number {
  const [changes, setChanges] = useState(0);
  const concerns = useRef(concern);
  concerns.current = concern;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      timer = undefined;
      setChanges((known) => known + 1);
    };
    const unsubscribe = stream.subscribe((nodeIds) => {
      const concerned = [...nodeIds].some((nodeId) => concerns.current(stream.picture.get(nodeId)));
      if (concerned) timer ??= setTimeout(tell, EVERY_MS);
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [stream]);
  return changes;
}
