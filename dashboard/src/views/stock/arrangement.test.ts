import { expect, test } from "vitest";
import { type Arrangement, arrange } from "./arrangement";
import type { Level } from "../../parts/level";

const ALL: Arrangement = {
  search: "",
  locations: [],
  categories: [],
  vendors: [],
  status: [],
  sort: "sku",
  descending: false,
};

function level(sku: string, code: string, changes: Partial<Level> = {}): [string, Level] {
  const item = { name: `Article ${sku}`, category: "Tents", vendor: "Peak", unitOfMeasure: "each", quantityScale: 0 };
  return [
    `${sku}@${code}`,
    {
      id: `${sku}@${code}`,
      sku,
      item,
      location: { code },
      quantityOnHand: 5,
      quantityAllocated: 0,
      quantityUnavailable: 0,
      quantityIncoming: 0,
      availableToPromise: 5,
      status: "IN_STOCK",
      version: 1,
      updatedAt: "2026-01-01T00:00:00Z",
      ...changes,
    },
  ];
}

const LEVELS = [
  level("b", "EAST", { availableToPromise: 1, status: "LOW" }),
  level("a", "WEST", { availableToPromise: 9 }),
  level("a", "EAST", { availableToPromise: 0, status: "OUT_OF_STOCK" }),
  level("B", "EAST", { availableToPromise: 1, status: "LOW" }),
];

test("levels stand by SKU and location in code point order", () => {
  expect(arrange(LEVELS, ALL)).toEqual(["B@EAST", "a@EAST", "a@WEST", "b@EAST"]);
});

test("equal ones keep the order by SKU whichever way the rest is turned", () => {
  expect(arrange(LEVELS, { ...ALL, sort: "available" })).toEqual(["a@EAST", "B@EAST", "b@EAST", "a@WEST"]);
  expect(arrange(LEVELS, { ...ALL, sort: "available", descending: true })).toEqual(["a@WEST", "B@EAST", "b@EAST", "a@EAST"]);
});

test("what is weighed stands by its quantity as it is shown", () => {
  const [id, nuts] = level("nuts", "EAST", { quantityOnHand: 4_500 });
  const weighed: Level = { ...nuts, item: { ...nuts.item, unitOfMeasure: "g", quantityScale: 3 } };
  expect(arrange([...LEVELS, [id, weighed]], { ...ALL, sort: "onHand" })[0]).toBe("nuts@EAST");
});

test("what is out of stock is the most urgent", () => {
  expect(arrange(LEVELS, { ...ALL, sort: "status" })[0]).toBe("a@EAST");
});

test("every filter that is set must let a level through", () => {
  expect(arrange(LEVELS, { ...ALL, locations: ["EAST"], status: ["LOW", "IN_STOCK"] })).toEqual(["B@EAST", "b@EAST"]);
  expect(arrange(LEVELS, { ...ALL, vendors: ["Other"] })).toEqual([]);
});

test("text is looked for in the SKU and in the item's name, upper or lower case", () => {
  expect(arrange(LEVELS, { ...ALL, search: "ARTICLE a" })).toEqual(["a@EAST", "a@WEST"]);
});
