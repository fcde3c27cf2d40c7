import { useCallback, useState } from "react";
import { type AnyVariables, type CombinedError, useClient, useQuery } from "urql";
import type { Document } from "../contract";
import { useText } from "../text/useText";
import { verbatim } from "./api";

export interface Answer<Data> {
  data: Data | undefined;
  /** Why there is none, in the service's words; null where there is. */
  failure: string | null;
  loading: boolean;
  again: () => void;
}

/** What a query of the contract answers, asked again with other variables; `pause` asks nothing yet. */
export function useAnswer<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
  variables: Variables,
  { pause = false } = {},
): Answer<Data> {
  const explain = useExplained();
  const [{ data, error, fetching }, again] = useQuery({ query: verbatim(document), variables, pause });
  return { data, failure: error ? explain(error) : null, loading: fetching, again };
}

/** What became of one query or mutation: its data, or why there is none; `unheard`: not by the service's word. `userErrors` are in the data. */
export type Outcome<Data> = { data: Data; failure: null; unheard?: false } | { data: null; failure: string; unheard?: boolean };

/** Runs a mutation of the contract, and tells whether one is under way. */
export function useSend<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
): [send: (variables: Variables) => Promise<Outcome<Data>>, sending: boolean] {
  const client = useClient();
  const explain = useExplained();
  const [sending, setSending] = useState(false);
  const send = useCallback(
    async (variables: Variables): Promise<Outcome<Data>> => {
      setSending(true);
      const { data, error } = await client.mutation(verbatim(document), variables).toPromise();
      setSending(false);
      if (data && !error) return { data, failure: null };
      return { data: null, failure: explain(error), unheard: isUnheard(error) };
    },
    [client, document, explain],
  );
  return [send, sending];
}

/** Asks once, for what is read by a step of a reader and not by what is shown. */
export function useAsk<Data, Variables extends AnyVariables>(
  document: Document<Data, Variables>,
): (variables: Variables) => Promise<Outcome<Data>> {
  const client = useClient();
  const explain = useExplained();
  return useCallback(
    async (variables: Variables): Promise<Outcome<Data>> => {
      const { data, error } = await client.query(verbatim(document), variables).toPromise();
      if (data && !error) return { data, failure: null };
      return { data: null, failure: explain(error), unheard: isUnheard(error) };
    },
    [client, document, explain],
  );
}

function isUnheard(error: CombinedError | undefined): boolean {
  return !error || error.graphQLErrors.length === 0;
}

function useExplained(): (error: CombinedError | undefined) => string {
  const { failure } = useText();
  return useCallback((error) => error?.graphQLErrors[0]?.message ?? failure.unreachable, [failure]);
}
