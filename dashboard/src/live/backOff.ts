/**
 * Waits between tries: doubling from 100 to 5,000 ms, half of it random, so that many screens do not return at once.
 * A browser that says that it has a network again waits no longer.
 */
export function backOff(retries: number): Promise<void> {
  const ceiling = Math.min(100 * 2 ** retries, 5_000);
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, ceiling * (0.5 + Math.random() / 2));
    addEventListener("online", end);
  });
}
