import { expect, test } from "vitest";
import { type Found, scanned } from "./lines";

function found(quantityScale: number): Found {
  return { item: { sku: "SKU", name: "Item", unitOfMeasure: "g", quantityScale }, levels: [] };
}

test("a scan counts one as the item is counted", () => {
  expect(scanned(found(0), -1)).toBe(-1);
  expect(scanned(found(3), 1)).toBe(1000);
});
