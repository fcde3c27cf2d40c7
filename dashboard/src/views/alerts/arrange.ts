import type { Alert } from "./useAlerts";

export interface Wanted {
  location: string | null;
  kind: string | null;
  status: string | null;
}

/** Those that pass, the newest first. */
export function arranged(alerts: readonly Alert[], { location, kind, status }: Wanted): Alert[] {
  return alerts
    .filter((alert) => (!location || alert.location.code === location) && (!kind || alert.kind === kind))
    .filter((alert) => !status || alert.status === status)
    .sort((one, other) => (one.openedAt < other.openedAt ? 1 : one.openedAt > other.openedAt ? -1 : 0));
}

/** How many alerts stand at each location, by its code. */
export function counted(alerts: readonly Alert[]): { code: string; name: string; count: number }[] {
  const found = new Map<string, { code: string; name: string; count: number }>();
  for (const { location } of alerts) {
    const known = found.get(location.code) ?? { ...location, count: 0 };
    known.count += 1;
    found.set(location.code, known);
  }
  return [...found.values()].sort((one, other) => (one.code < other.code ? -1 : 1));
}
