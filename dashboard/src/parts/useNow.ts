import { Store, useStore } from "../live/store";

const now = new Store(Date.now());

// One clock for all that counts down; it stands still in a page that nobody sees.
setInterval(() => {
  if (!document.hidden) now.set(Date.now());
}, 1_000);
document.addEventListener("visibilitychange", () => now.set(Date.now()));

/** `Date.now()`, once a second. */
export function useNow(): number {
  return useStore(now);
}
