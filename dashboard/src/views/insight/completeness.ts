import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useAsk } from "../../app/useApi";
import { ReportCompletenessDocument } from "../../contract";
import type { Asked } from "./useInsightAddress";

/** While reports are not whole they are looked at so long after the last look, each time twice as long, at most so long. */
const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;

export interface Completeness {
  /** Grows when all reports are to be asked for anew. */
  round: number;
  again: () => void;
  /** Says that a report was not whole; what it returns says that it is not shown any more. */
  miss: () => () => void;
}

export const CompletenessContext = createContext<Completeness | null>(null);

export function useCompleteness(): Completeness {
  const known = use(CompletenessContext);
  if (!known) throw new Error("useCompleteness is used outside of the reports");
  return known;
}

/** Asks for all reports anew as soon as they hold what was missing, as long as one is shown that did not. */
export function useCompleting({ filter, range: { from, to } }: Asked): Completeness {
  const ask = useAsk(ReportCompletenessDocument);
  const [round, setRound] = useState(0);
  const [missing, setMissing] = useState(0);
  const again = useCallback(() => setRound((known) => known + 1), []);
  const miss = useCallback(() => {
    setMissing((known) => known + 1);
    return () => setMissing((known) => known - 1);
  }, []);
  const waits = missing > 0;
  useEffect(() => {
    if (!waits) return;
    let left = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async (afterMs: number) => {
      const { data } = document.hidden ? { data: null } : await ask({ filter, from, to });
      if (left) return;
      if (data?.healthReport?.complete && data.agingReport?.complete) again();
      else lookAfter(Math.min(2 * afterMs, LONGEST_MS));
    };
    const lookAfter = (afterMs: number) => {
      timer = setTimeout(() => void look(afterMs), afterMs);
    };
    lookAfter(FIRST_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [waits, round, ask, again, filter, from, to]);
  return useMemo(() => ({ round, again, miss }), [round, again, miss]);
}

/** Asks anew with each round but the one in which the report was asked for first. */
export function useRounds(again: () => void): void {
  const { round } = useCompleteness();
  const asked = useRef(round);
  useEffect(() => {
    if (asked.current === round) return;
    asked.current = round;
    again();
  }, [round, again]);
}
