import { useEffect, useMemo, useRef } from "react";
import { useAsk } from "../app/useApi";
import type { Document } from "../contract";
import { useStore } from "../live/store";
import { type Page, Pages } from "./pages";

interface ReadPages<Node> {
  /** What was read so far, the newest first; null until the first page is there. */
  nodes: readonly Node[] | null;
  /** How many there are on all pages, where that was asked for. */
  total: number | undefined;
  failure: string | null;
  loading: boolean;
  /** Reads the next page; null where there is none. */
  more: (() => void) | null;
  again: () => void;
}

/** The pages of what is asked for with `variables`, from the first, which is read anew with each of `changes`. */
export function usePages<Data, Variables extends { after?: string | null | undefined }, Node extends { id: string }>(
  document: Document<Data, Variables>,
  variables: Omit<Variables, "after">,
  pageOf: (data: Data) => Page<Node> | null,
  changes: number,
): ReadPages<Node> {
  const ask = useAsk(document);
  const read = useRef(pageOf);
  read.current = pageOf;
  const asked = JSON.stringify(variables);
  // Others for other variables: what comes late for the former ones is theirs.
  const pages = useMemo(
    () =>
      new Pages(async (after) => {
        const { data, failure } = await ask({ ...JSON.parse(asked), after } as Variables);
        return data ? { data: read.current(data), failure: null } : { data: null, failure };
      }),
    [ask, asked],
  );
  useEffect(() => void pages.first(), [pages, changes]);
  const { held, failure, loading } = useStore(pages.state);
  const more = held?.pageInfo.hasNextPage ? () => void pages.more() : null;
  return { nodes: held?.nodes ?? null, total: held?.totalCount, failure, loading, more, again: () => void pages.first() };
}
