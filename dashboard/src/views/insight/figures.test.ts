import { describe, expect, it } from "vitest";
import { formatsOf } from "../../text/formats";
import { changeOf, figureText } from "./figures";
import { sortedBy } from "./sorted";

const formats = formatsOf("en-GB");

describe("a figure", () => {
  it("says that nothing can be said, and is no zero", () => {
    expect(figureText(formats, "fillRate", null, "–")).toBe("–");
    expect(changeOf(formats, "fillRate", "0.5000", null)).toBeNull();
  });

  it("keeps what a small turnover tells", () => {
    expect(figureText(formats, "inventoryTurnover", "0.0093", "–")).toBe("0.0093");
  });

  it("changes for the better where less of it is wanted", () => {
    expect(changeOf(formats, "stockOutRate", "0.0200", "0.0550")).toEqual({
      text: "-3.5",
      isShare: true,
      direction: "down",
      verdict: "better",
    });
    expect(changeOf(formats, "inventoryTurnover", "0.4000", "0.5000")?.verdict).toBe("worse");
  });

  it("is the same where the difference is not shown", () => {
    expect(changeOf(formats, "daysOfInventory", "70.81", "70.80")).toMatchObject({ direction: "same", verdict: null });
  });
});

describe("rows that are sorted", () => {
  const columns = [{ key: "value", value: (row: number | null) => row }];

  it("end with those of which nothing can be said, either way", () => {
    expect(sortedBy([2, null, 10, 1], columns, { key: "value", descending: false })).toEqual([1, 2, 10, null]);
    expect(sortedBy([2, null, 10, 1], columns, { key: "value", descending: true })).toEqual([10, 2, 1, null]);
  });

  it("stay as they were given until a head is pressed", () => {
    expect(sortedBy([2, 1], columns, null)).toEqual([2, 1]);
  });
});
