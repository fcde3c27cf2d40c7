import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useAsk } from "../../../app/useApi";
import type { Document } from "../../../contract";

interface Page<Node> {
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: Node[];
}

interface Pages<Node> {
  /** What was read so far, the newest first; null until the first page is there. */
  nodes: readonly Node[] | null;
  failure: string | null;
  loading: boolean;
  /** Reads the next page; null where there is none. */
  more: (() => void) | null;
  again: () => void;
}

/**
 * A list that grows at its head, read page by page. With each of `changes` its first page is read anew, and what is new in
 * it comes before what is held, so that a reader who paged on keeps his place.
 */
export function usePages<Data, Variables extends { after?: string | null | undefined }, Node extends { id: string }>(
  document: Document<Data, Variables>,
  variables: Omit<Variables, "after">,
  pageOf: (data: Data) => Page<Node> | null,
  changes: number,
): Pages<Node> {
  const ask = useAsk(document);
  const [held, setHeld] = useState<Page<Node> | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [loading, setLoading] = useState(false);
  const read = useRef(pageOf);
  read.current = pageOf;
  const asked = JSON.stringify(variables);
  const fetched = useCallback(
    async (after: string | null, join: (page: Page<Node>) => void) => {
      setLoading(true);
      const { data, failure } = await ask({ ...JSON.parse(asked), after } as Variables);
      setLoading(false);
      setFailure(failure);
      const page = data && read.current(data);
      if (page) join(page);
    },
    [ask, asked],
  );
  const first = useCallback(() => void fetched(null, (page) => setHeld((known) => before(page, known))), [fetched]);
  useEffect(() => setHeld(null), [asked]);
  useEffect(first, [first, changes]);
  const cursor = held?.pageInfo.hasNextPage ? held.pageInfo.endCursor : null;
  const more = useMemo(
    () => (cursor === null ? null : () => void fetched(cursor, (page) => setHeld((known) => behind(known, page)))),
    [cursor, fetched],
  );
  return { nodes: held?.nodes ?? null, failure, loading, more, again: first };
}

/** New things before those that are held; where the two do not touch there is a gap, and the page stands alone. */
function before<Node extends { id: string }>(page: Page<Node>, known: Page<Node> | null): Page<Node> {
  const ids = new Set(page.nodes.map(({ id }) => id));
  const rest = known?.nodes.filter(({ id }) => !ids.has(id)) ?? [];
  if (!known || rest.length === known.nodes.length) return page;
  return { pageInfo: known.pageInfo, nodes: [...page.nodes, ...rest] };
}

function behind<Node extends { id: string }>(known: Page<Node> | null, page: Page<Node>): Page<Node> {
  const ids = new Set(known?.nodes.map(({ id }) => id));
  return { pageInfo: page.pageInfo, nodes: [...(known?.nodes ?? []), ...page.nodes.filter(({ id }) => !ids.has(id))] };
}
