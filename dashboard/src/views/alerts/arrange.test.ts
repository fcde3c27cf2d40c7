import { expect, test } from "vitest";
import { arranged } from "./arrange";
import type { Alert } from "./useAlerts";

function alert(id: string, status: Alert["status"], kind: Alert["kind"], code: string, openedAt: string): Alert {
  return { id, status, kind, location: { code }, openedAt } as Alert;
}

const alerts = [
  alert("old", "OPEN", "LOW_STOCK", "LEEDS", "2026-01-01T08:00:00Z"),
  alert("new", "ACKNOWLEDGED", "LOW_STOCK", "LEEDS", "2026-01-03T08:00:00Z"),
  alert("far", "OPEN", "STALE", "YORK", "2026-01-02T08:00:00Z"),
];
const all = { location: null, kind: null, status: null };
const ids = (wanted: Parameters<typeof arranged>[1]) => arranged(alerts, wanted).map(({ id }) => id);

test("the newest comes first, and each filter leaves what passes it", () => {
  expect(ids(all)).toEqual(["new", "far", "old"]);
  expect(ids({ ...all, status: "OPEN" })).toEqual(["far", "old"]);
  expect(ids({ ...all, status: "ACKNOWLEDGED" })).toEqual(["new"]);
  expect(ids({ ...all, kind: "LOW_STOCK" })).toEqual(["new", "old"]);
  expect(ids({ location: "LEEDS", kind: "LOW_STOCK", status: "OPEN" })).toEqual(["old"]);
});
