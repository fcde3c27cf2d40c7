import { expect, test } from "vitest";
import { formatsOf } from "./formats";

const { price, quantity } = formatsOf("en-GB");

test("a price is told of as much as 1 is shown for, whatever a base unit costs", () => {
  expect(price("0.0042", "EUR", 3)).toBe("€4.20");
  expect(price("0.0004", "EUR", 0)).toBe("€0.0004");
  expect(price("19.9", "EUR", 0)).toBe("€19.90");
});

test("a quantity has the decimal places of its item", () => {
  expect(quantity(1500, 3)).toBe("1.500");
});
