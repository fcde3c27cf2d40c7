/** Decimal places of a cost that the service keeps. */
const PLACES = 4;

/** What so many units are worth at a cost of one, as a decimal text; exact, where a float would not be. */
export function valueOf(units: number, unitCost: string): string {
  const [whole = "0", fraction = ""] = unitCost.split(".");
  const ofOne = BigInt(whole + fraction.padEnd(PLACES, "0").slice(0, PLACES));
  const value = ofOne * BigInt(units);
  const digits = (value < 0n ? -value : value).toString().padStart(PLACES + 1, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}
