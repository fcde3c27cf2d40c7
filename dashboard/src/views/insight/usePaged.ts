import { useCallback, useEffect, useRef, useState } from "react";
import type { AnyVariables } from "urql";
import { useAsk } from "../../app/useApi";
import type { Document } from "../../contract";
import { useRounds } from "./completeness";

interface Page<Node> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  nodes: readonly Node[];
}

interface Paged<Report, Node> {
  /** What the first page came with; null until it is there. */
  report: Report | null;
  nodes: readonly Node[];
  total: number;
  failure: string | null;
  loading: boolean;
  /** Reads the next page; null where there is none. */
  more: (() => void) | null;
  again: () => void;
}

interface Held<Report, Node> {
  report: Report;
  page: Page<Node>;
  nodes: readonly Node[];
}

/** A report's rows, page by page; other variables begin anew, and what was asked with the ones before is not shown. */
export function usePaged<Data, Variables extends AnyVariables, Report, Node>(
  document: Document<Data, Variables>,
  variables: Variables,
  reportOf: (data: Data) => Report | null,
  pageOf: (report: Report) => Page<Node>,
): Paged<Report, Node> {
  const ask = useAsk(document);
  const [held, setHeld] = useState<Held<Report, Node> | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [loading, setLoading] = useState(false);
  const round = useRef(0);
  const read = useRef({ reportOf, pageOf });
  read.current = { reportOf, pageOf };
  const asked = JSON.stringify(variables);
  const fetched = useCallback(
    async (after: string | null) => {
      const own = after === null ? ++round.current : round.current;
      setLoading(true);
      const outcome = await ask({ ...JSON.parse(asked), after } as Variables);
      if (own !== round.current) return;
      setLoading(false);
      setFailure(outcome.failure);
      const report = outcome.data && read.current.reportOf(outcome.data);
      if (report === null) return;
      const page = read.current.pageOf(report);
      setHeld((known) => (after === null || !known ? { report, page, nodes: page.nodes } : joined(known, page)));
    },
    [ask, asked],
  );
  const again = useCallback(() => void fetched(null), [fetched]);
  useEffect(() => {
    setHeld(null);
    again();
  }, [again]);
  useRounds(again);
  const cursor = held?.page.pageInfo.hasNextPage ? held.page.pageInfo.endCursor : null;
  return {
    report: held?.report ?? null,
    nodes: held?.nodes ?? [],
    total: held?.page.totalCount ?? 0,
    failure,
    loading,
    more: cursor === null ? null : () => void fetched(cursor),
    again,
  };
}

function joined<Report, Node>({ report, nodes }: Held<Report, Node>, page: Page<Node>): Held<Report, Node> {
  return { report, page, nodes: [...nodes, ...page.nodes] };
}
