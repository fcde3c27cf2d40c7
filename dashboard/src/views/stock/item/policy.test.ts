import { expect, test } from "vitest";
import { newest } from "./policy";

const THRESHOLDS = { lowStockThreshold: null, reorderPoint: 4, safetyStock: 0, overstockThreshold: null, staleAfterDays: 60 };
const READ = { ...THRESHOLDS, id: "a", version: 7, location: "MAIN" };

test("what an answer told of a level stands until something newer is read", () => {
  const told = { ...THRESHOLDS, id: "a", version: 8, reorderPoint: 9 };
  expect(newest(READ, told)).toEqual({ ...READ, reorderPoint: 9, version: 8 });
  expect(newest({ ...READ, version: 8 }, told).reorderPoint).toBe(4);
  expect(newest({ ...READ, id: "b" }, told).reorderPoint).toBe(4);
  expect(newest(READ, null)).toBe(READ);
});
