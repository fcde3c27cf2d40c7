import { createClient } from "graphql-sse";
import { resuming } from "inventory-contract/live";
import { backOff } from "./watch.mjs";

/** Follows a watch's subscription over server-sent events, one connection for it alone. */
export function followOverSse(watch, { url, token, retryAttempts }) {
  // An answer that is no stream, such as 401: graphql-sse tries on, and tells nobody why.
  let refused = {};
  const client = createClient({
    url,
    headers: () => ({ Authorization: `Bearer ${token}` }),
    retryAttempts,
    // No ping of ours finds a dead link here: fetch gives up after five minutes without a byte, and the service's
    // keep-alive comments come far more often than that.
    retry: (retries) => {
      watch.report("disconnected", refused);
      return backOff(retries);
    },
    fetchFn: async (...request) => {
      refused = {};
      const answer = await fetch(...request);
      if (!answer.ok) refused = { code: answer.status, reason: await reasonOf(answer.clone()) };
      return answer;
    },
    on: {
      connected: (wasRetry) => watch.report("connected", { wasRetry, after: watch.picture.cursor }),
    },
  });
  resuming(client).subscribe(watch.request, {
    next: (result) => watch.receive(result),
    error: (cause) => {
      watch.refuse([{ message: cause.message }]);
      watch.end();
    },
    complete: () => {
      watch.report("complete");
      watch.end();
    },
  });
}

/** The service's own sentence, where it gave one. */
async function reasonOf(answer) {
  const told = await answer.json().catch(() => ({}));
  return told.errors?.[0]?.message ?? answer.statusText;
}
