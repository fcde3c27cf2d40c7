/** Base units, shown and entered as the item is counted. */
export const QUANTITIES = ["lowStockThreshold", "reorderPoint", "safetyStock", "overstockThreshold"] as const;
export const FIELDS = [...QUANTITIES, "staleAfterDays"] as const;
export type Field = (typeof FIELDS)[number];
export type Policy = Record<Field, number | null>;

/** The thresholds of a level, and how often it has changed. */
export type Versioned = Policy & { version: number };

export function policyOf(level: Policy): Policy {
  return only(level, FIELDS) as Policy;
}

export function only(policy: Policy, fields: readonly Field[]): Partial<Policy> {
  return Object.fromEntries(fields.map((field) => [field, policy[field]]));
}

/** Those that are not the same in both. */
export function differing(one: Policy, other: Policy): readonly Field[] {
  return FIELDS.filter((field) => one[field] !== other[field]);
}
