import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Stream, type StreamEvent } from "../../live/stream";
import { Fresh } from "./fresh";
import type { Alert } from "./useAlerts";

let stream: Stream<Alert>;
let fresh: Fresh;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (work: () => void) => setTimeout(work, 16));
  vi.stubGlobal("cancelAnimationFrame", (id: number) => clearTimeout(id));
  stream = new Stream<Alert>({ text: "", variables: {}, thing: "alert" }, { heard: () => undefined });
  fresh = new Fresh();
});
afterEach(() => void vi.useRealTimers());

function comes(type: StreamEvent["type"], id: string | null = null, told: Partial<Alert> = {}): void {
  const alert = id && { id, version: 1, status: "OPEN", kind: "LOW_STOCK", ...told };
  stream.receive({ type, cursor: "1", nodeId: id, alert } as StreamEvent);
}

const shown = () => fresh.alerts.get().map(({ id }) => id);
const passes = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);

/** The page is open, and one alert stands. */
async function opens(): Promise<void> {
  fresh.follow(stream);
  comes("SNAPSHOT", "old");
  comes("CAUGHT_UP");
  await passes(1);
}

test("what stood before the page was open is not told, also when it changes, unless it gets worse", async () => {
  await opens();
  comes("CHANGE", "old", { version: 2 });
  await passes(1);
  expect(shown()).toEqual([]);
  comes("CHANGE", "old", { version: 3, kind: "OUT_OF_STOCK" });
  await passes(1);
  expect(shown()).toEqual(["old"]);
});

test("what stood before is not told either by whoever looks at a stream that others followed before", async () => {
  await opens();
  const later = new Fresh();
  later.follow(stream);
  comes("CHANGE", "old", { version: 2 });
  comes("CHANGE", "new");
  await passes(1);
  expect(later.alerts.get().map(({ id }) => id)).toEqual(["new"]);
});

test("the newest is told first, and all go by themselves some seconds after it", async () => {
  await opens();
  comes("CHANGE", "one");
  await passes(6);
  comes("CHANGE", "two");
  await passes(6);
  expect(shown()).toEqual(["two", "one"]);
  await passes(5);
  expect(shown()).toEqual([]);
});

test("what somebody points at stands until he leaves it", async () => {
  await opens();
  comes("CHANGE", "one");
  await passes(1);
  fresh.hold(true);
  comes("CHANGE", "two");
  await passes(60);
  expect(shown()).toEqual(["two", "one"]);
  fresh.hold(false);
  await passes(9);
  expect(shown()).toHaveLength(2);
  await passes(2);
  expect(shown()).toEqual([]);
});

test("what comes after a toast that was dismissed where it was pointed at goes by itself again", async () => {
  await opens();
  comes("CHANGE", "one");
  await passes(1);
  fresh.hold(true);
  fresh.dismiss();
  expect(shown()).toEqual([]);
  comes("CHANGE", "two");
  await passes(1);
  expect(shown()).toEqual(["two"]);
  await passes(11);
  expect(shown()).toEqual([]);
});
