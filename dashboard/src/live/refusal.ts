/** Codes of answers that another try does not change. */
const FINAL = new Set([
  "FORBIDDEN",
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "QUERY_TOO_COMPLEX",
  "GRAPHQL_VALIDATION_FAILED",
  "PERSISTED_QUERY_REQUIRED",
]);

interface Fault {
  message: string;
  extensions?: Record<string, unknown> | undefined;
}

/** What the service said in place of an answer, and whether asking again is of no use; null where it said nothing. */
export function refusal(errors: readonly Fault[]): { message: string; final: boolean } | null {
  const [first] = errors;
  if (!first) return null;
  return { message: first.message, final: FINAL.has(String(first.extensions?.code)) };
}
