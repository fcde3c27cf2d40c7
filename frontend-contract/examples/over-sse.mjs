import { createClient } from "graphql-sse";
import { resuming } from "./resume.mjs";
import { backOff } from "./watch.mjs";

/** Follows a watch's subscription over server-sent events, one connection for it alone. */
export function followOverSse(watch, { url, token, retryAttempts }) {
  const client = createClient({
    url,
    headers: () => ({ Authorization: `Bearer ${token}` }),
    retryAttempts,
    // No ping of ours finds a dead link here: fetch gives up after five minutes without a byte, and the service's
    // keep-alive comments come far more often than that.
    retry: backOff,
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
