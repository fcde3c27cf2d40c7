/**
 * An operation of the contract: the syntax tree that urql, Apollo Client and all others take who know
 * `TypedDocumentNode`, and the types of its result and of its variables.
 *
 * Nothing is imported from `graphql`, so that the package has no dependency whose version could be another than yours.
 */
export interface Document<Result, Variables> {
  /** `"Document"`; the names of node kinds are an enum in one version of `graphql`, and texts in another. */
  readonly kind: any;
  readonly definitions: readonly any[];
  /** The operation as it is sent: what `documentId` is the hash of, and what graphql-ws and graphql-sse take as `query`. */
  readonly text: string;
  /** `sha256:` and the hash of `text`: its name in persisted-documents.json, which the service knows from its start. */
  readonly documentId: string;
  /** Never there: it holds the types. */
  __apiType?: (variables: Variables) => Result;
}

/** `ResultOf<typeof StockLevelsDocument>` */
export type ResultOf<D> = D extends Document<infer Result, any> ? Result : never;

/** `VariablesOf<typeof StockLevelsDocument>` */
export type VariablesOf<D> = D extends Document<any, infer Variables> ? Variables : never;
