import { beforeEach, expect, test, vi } from "vitest";
import { Stream, type StreamEvent } from "./stream";

interface Thing {
  version: number;
  units: number;
}

let frames = new Map<number, () => void>();

beforeEach(() => {
  frames = new Map();
  let asked = 0;
  vi.stubGlobal("requestAnimationFrame", (work: () => void) => {
    asked += 1;
    frames.set(asked, work);
    return asked;
  });
  vi.stubGlobal("cancelAnimationFrame", (id: number) => frames.delete(id));
});

function drawFrame(): void {
  for (const work of [...frames.values()]) work();
}

function stream(): Stream<Thing> {
  return new Stream<Thing>(
    { text: "subscription { … }", variables: { filter: null }, thing: "level" },
    { heard: () => undefined },
  );
}

let cursor = 0;

function event(type: StreamEvent["type"], nodeId: string | null = null, level: Thing | null = null): StreamEvent {
  cursor += 1;
  return { type, nodeId, level, cursor: String(cursor) } as StreamEvent;
}

test("what comes is told once a frame, with the ids of what changed", () => {
  const followed = stream();
  const told: string[][] = [];
  followed.subscribe((changed) => told.push([...changed]));
  followed.receive(event("SNAPSHOT", "a", { version: 1, units: 5 }));
  followed.receive(event("CHANGE", "a", { version: 2, units: 4 }));
  followed.receive(event("SNAPSHOT", "b", { version: 1, units: 9 }));
  expect(told).toEqual([]);
  drawFrame();
  expect(told).toEqual([["a", "b"]]);
  expect(followed.picture.get("a")).toEqual({ version: 2, units: 4 });
});

test("an event without its thing leaves what is held, and the others of its frame come", () => {
  const followed = stream();
  followed.receive(event("SNAPSHOT", "a", { version: 1, units: 5 }));
  drawFrame();
  followed.receive(event("CHANGE", "a"));
  followed.receive(event("CHANGE", "b"));
  followed.receive(event("CHANGE", "c", { version: 1, units: 3 }));
  drawFrame();
  expect([...followed.picture.entries()].map(([nodeId, { units }]) => [nodeId, units])).toEqual([
    ["a", 5],
    ["c", 3],
  ]);
});

test("an older version that comes again changes nothing", () => {
  const followed = stream();
  followed.receive(event("CHANGE", "a", { version: 7, units: 4 }));
  drawFrame();
  const told = vi.fn();
  followed.subscribe(told);
  followed.receive(event("CHANGE", "a", { version: 6, units: 5 }));
  drawFrame();
  expect(told).not.toHaveBeenCalled();
  expect(followed.picture.get("a")?.units).toBe(4);
});

test("it goes on behind the last event that came, also one that a frame has not shown yet", () => {
  const followed = stream();
  expect(followed.variables).toEqual({ snapshot: true, filter: null });
  const last = event("CHANGE", "a", { version: 1, units: 1 });
  followed.receive(last);
  expect(followed.variables).toEqual({ snapshot: true, filter: null, after: last.cursor });
});

test("a reset tells everything that is gone", () => {
  const followed = stream();
  followed.receive(event("SNAPSHOT", "a", { version: 3, units: 5 }));
  followed.receive(event("CAUGHT_UP"));
  drawFrame();
  const told: string[][] = [];
  followed.subscribe((changed) => told.push([...changed]));
  followed.receive(event("RESET"));
  followed.receive(event("SNAPSHOT", "a", { version: 1, units: 8 }));
  expect(followed.behind).toBe(true);
  drawFrame();
  expect(told).toEqual([["a"]]);
  expect(followed.picture.get("a")).toEqual({ version: 1, units: 8 });
});

test("a picture that is held stands still, counts what waits, and then shows the newest", () => {
  const followed = stream();
  followed.receive(event("SNAPSHOT", "a", { version: 1, units: 5 }));
  followed.receive(event("CAUGHT_UP"));
  followed.pause();
  for (let version = 2; version <= 5_000; version += 1) followed.receive(event("CHANGE", "a", { version, units: version }));
  followed.receive(event("CAUGHT_UP"));
  drawFrame();
  expect(followed.picture.get("a")?.units).toBe(5);
  expect(followed.state.get().waiting).toBe(4_999);
  followed.resume();
  expect(followed.picture.get("a")?.units).toBe(5_000);
  expect(followed.state.get()).toMatchObject({ paused: false, waiting: 0, filled: true });
});

test("what was removed while the picture is held is gone when it goes on", () => {
  const followed = stream();
  followed.receive(event("SNAPSHOT", "a", { version: 1, units: 5 }));
  followed.pause();
  followed.receive(event("CHANGE", "a", { version: 2, units: 6 }));
  followed.receive(event("REMOVED", "a"));
  followed.resume();
  expect(followed.picture.get("a")).toBeUndefined();
});

test("after a cut it counts the changes that were missed", () => {
  const followed = stream();
  followed.receive(event("CAUGHT_UP"));
  followed.cut();
  followed.receive(event("CHANGE", "a", { version: 2, units: 6 }));
  followed.receive(event("REMOVED", "b"));
  expect(followed.behind).toBe(true);
  followed.receive(event("CAUGHT_UP"));
  expect(followed.behind).toBe(false);
  expect(followed.missed).toEqual({ changes: 2, reset: false });
});

test("a reset is told as one, until the next cut", () => {
  const followed = stream();
  followed.cut();
  followed.receive(event("RESET"));
  followed.receive(event("SNAPSHOT", "a", { version: 1, units: 5 }));
  expect(followed.missed).toEqual({ changes: 0, reset: true });
  followed.cut();
  expect(followed.missed).toEqual({ changes: 0, reset: false });
});

test("what waits while the picture is held needs no more room than the things there are", () => {
  const followed = stream();
  followed.pause();
  const changes = [...Array(10_000).keys()].map((at) => event("CHANGE", `${at % 3}`, { version: at + 1, units: at }));
  for (const each of changes) followed.receive(each);
  const applied = vi.spyOn(followed.picture, "apply");
  followed.resume();
  expect(applied.mock.calls.length).toBeLessThan(1_100);
  expect([...followed.picture.entries()].map(([, { units }]) => units).sort()).toEqual([9_997, 9_998, 9_999]);
});

test("what was gone with a reset while the picture is held is gone when it goes on, however much came since", () => {
  const followed = stream();
  for (const nodeId of ["a", "b"]) followed.receive(event("SNAPSHOT", nodeId, { version: 90_000, units: 1 }));
  followed.pause();
  followed.receive(event("CHANGE", "b", { version: 90_001, units: 2 }));
  followed.receive(event("RESET"));
  for (let version = 1; version <= 5_000; version += 1) followed.receive(event("CHANGE", "a", { version, units: version }));
  followed.resume();
  expect([...followed.picture.entries()]).toEqual([["a", { version: 5_000, units: 5_000 }]]);
});
