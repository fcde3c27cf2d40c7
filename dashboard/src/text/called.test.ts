import { expect, test } from "vitest";
import { called } from "./called";

const actors = { "stockcast:expiry": "Stockcast, as its time was over" };

test("whoever is called as every object calls a part of itself is shown as he is called", () => {
  expect(["constructor", "__proto__", "stockcast:expiry"].map((actor) => called(actors, actor))).toEqual([
    "constructor",
    "__proto__",
    "Stockcast, as its time was over",
  ]);
});
