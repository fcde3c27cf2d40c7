/** Base units, shown and entered as the item is counted. */
export const QUANTITIES = ["lowStockThreshold", "reorderPoint", "safetyStock", "overstockThreshold"] as const;
export const FIELDS = [...QUANTITIES, "staleAfterDays"] as const;
export type Field = (typeof FIELDS)[number];
export type Policy = Record<Field, number | null>;

/** The thresholds of a level, as they were after so many changes of it. */
export type VersionedPolicy = Policy & { id: string; version: number };

export function policyOf(level: Policy): Policy {
  return only(level, FIELDS) as Policy;
}

export function only(policy: Policy, fields: readonly Field[]): Partial<Policy> {
  return Object.fromEntries(fields.map((field) => [field, policy[field]]));
}

/** A level as it was read, or with the thresholds that an answer told of it since. */
export function newest<Level extends VersionedPolicy>(read: Level, told: VersionedPolicy | null): Level {
  if (told?.id !== read.id || told.version <= read.version) return read;
  return { ...read, ...policyOf(told), version: told.version };
}

/** Those that are not the same in both. */
export function differing(one: Policy, other: Policy): readonly Field[] {
  return FIELDS.filter((field) => one[field] !== other[field]);
}
