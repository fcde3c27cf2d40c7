import { type Alert, KINDS } from "./useAlerts";

/** Tells which alerts nobody was told of yet: those that opened, and those that got worse since. */
export class Newcomers {
  #told = new Map<string, Alert>();

  /** Takes what stands as told. */
  know(alerts: Iterable<Alert>): void {
    for (const alert of alerts) this.#told.set(alert.id, alert);
  }

  /** Of some alerts those that are new; from then on they are told. */
  among(alerts: Iterable<Alert>): Alert[] {
    const fresh: Alert[] = [];
    for (const alert of alerts) {
      if (isWorse(alert, this.#told.get(alert.id))) fresh.push(alert);
      this.#told.set(alert.id, alert);
    }
    return fresh;
  }
}

function isWorse(alert: Alert, before: Alert | undefined): boolean {
  if (alert.status !== "OPEN") return false;
  return before?.status !== "OPEN" || KINDS.indexOf(alert.kind) < KINDS.indexOf(before.kind);
}
