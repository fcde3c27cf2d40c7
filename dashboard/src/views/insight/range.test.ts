import { describe, expect, it } from "vitest";
import { before, daysOf, last, rangeOf, todayIn } from "./range";

const asked = (query: string) => rangeOf(new URLSearchParams(query), "2026-03-10");

describe("a range of days", () => {
  it("is the last 30 days, today among them, where the address says nothing that makes sense", () => {
    const usual = { from: "2026-02-09", to: "2026-03-10", length: "30" };
    for (const query of ["", "days=7", "from=2026-03-02&to=2026-03-01", "from=2026-02-30x&to=2026-03-01", "from=2026-03-01"]) {
      expect(asked(query)).toEqual(usual);
    }
  });

  it("is of the reader's own days where both are there", () => {
    expect(asked("from=2026-01-01&to=2026-01-05&days=90")).toEqual({ from: "2026-01-01", to: "2026-01-05", length: null });
  });

  it("is compared with as many days up to the day before it, over the clocks' changes and a leap day", () => {
    for (const range of [last(90, "2026-11-22"), { from: "2028-02-29", to: "2028-03-01" }, last(1, "2026-03-29")]) {
      const then = before(range);
      expect(daysOf(then)).toBe(daysOf(range));
      expect(daysOf({ from: then.to, to: range.from })).toBe(2);
    }
  });

  it("ends today as the tenant's clocks have it", () => {
    const now = new Date("2026-03-09T23:30:00Z");
    expect([todayIn("Asia/Tokyo", now), todayIn("America/New_York", now)]).toEqual(["2026-03-10", "2026-03-09"]);
  });
});
