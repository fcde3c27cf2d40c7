import { useState } from "react";
import { useSend } from "../../app/useApi";
import { AdjustStockBatchDocument } from "../../contract";
import type { FieldErrors } from "../../parts/fieldErrors";
import type { Draft } from "./draft";
import { sharedErrors } from "./lines";

/** Sends lines of a draft, and what was said of all of them together. */
export function useCorrections(draft: Draft) {
  const [post] = useSend(AdjustStockBatchDocument);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [faults, setFaults] = useState<FieldErrors>({});
  const send = async (ids: readonly number[]) => {
    setFaults({});
    setTrouble(null);
    const input = draft.send(ids);
    const { data, failure, unheard } = await post({ input });
    setTrouble(failure);
    const answer = data?.adjustStockBatch;
    if (!answer) return draft.unanswered({ refused: !unheard });
    draft.answered(new Map(answer.results.map((result, at) => [ids[at] ?? 0, result])));
    setFaults({ ...sharedErrors(answer.results), ...(answer.userErrors[0] && { "": answer.userErrors[0].message }) });
  };
  return { send, trouble, faults };
}
