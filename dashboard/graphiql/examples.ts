import type { GraphiQLProps } from "graphiql";
import adjustStock from "../../frontend-contract/operations/adjust-stock.graphql?raw";
import adjustmentChanged from "../../frontend-contract/operations/adjustment-changed.graphql?raw";
import adjustments from "../../frontend-contract/operations/adjustments.graphql?raw";
import agingReport from "../../frontend-contract/operations/aging-report.graphql?raw";
import approveAdjustment from "../../frontend-contract/operations/approve-adjustment.graphql?raw";
import availability from "../../frontend-contract/operations/availability.graphql?raw";
import commitReservation from "../../frontend-contract/operations/commit-reservation.graphql?raw";
import confirmReservation from "../../frontend-contract/operations/confirm-reservation.graphql?raw";
import exampleLevels from "../../frontend-contract/operations/example-levels.graphql?raw";
import healthReport from "../../frontend-contract/operations/health-report.graphql?raw";
import lowStockAlerts from "../../frontend-contract/operations/low-stock-alerts.graphql?raw";
import releaseReservation from "../../frontend-contract/operations/release-reservation.graphql?raw";
import reservationChanged from "../../frontend-contract/operations/reservation-changed.graphql?raw";
import reserveStock from "../../frontend-contract/operations/reserve-stock.graphql?raw";
import stockLevelChanged from "../../frontend-contract/operations/stock-level-changed.graphql?raw";
import stockLevelWithLedger from "../../frontend-contract/operations/stock-level-with-ledger.graphql?raw";
import stockLevels from "../../frontend-contract/operations/stock-levels.graphql?raw";
import { bearer, post } from "./endpoint";

type Tabs = NonNullable<GraphiQLProps["defaultTabs"]>;

interface ExampleLevel {
  sku: string;
  location: { code: string };
}

/** Stands where a reservation's id belongs until ReserveStock is answered: see Variables.tsx. */
export const reservationToCome = "RUN-RESERVE-STOCK-FIRST";

/** Stands likewise for an adjustment that waits, until Adjustments or a vendor's AdjustStock is answered with one. */
export const adjustmentToCome = "RUN-ADJUST-STOCK-AS-VENDOR-FIRST";

/** Stands in the variables until a token lets us see what the tenant really holds. */
const placeholder: ExampleLevel = { sku: "YOUR-SKU", location: { code: "YOUR-LOCATION" } };

async function fetchLevels(token: string | undefined): Promise<ExampleLevel[]> {
  if (!token) return [];
  const answer = (await post({ query: exampleLevels }, bearer(token)).catch(() => null)) as {
    data?: { stockLevels?: { nodes: ExampleLevel[] } } | null;
  } | null;
  return answer?.data?.stockLevels?.nodes ?? [];
}

/** The tabs of a first visit, their variables filled with things that exist. */
export async function exampleTabs(token: string | undefined): Promise<Tabs> {
  const levels = await fetchLevels(token);
  const { sku, location } = levels[0] ?? placeholder;
  const skus = [...new Set(levels.map((level) => level.sku))].slice(0, 3);
  // Not random: `crypto.randomUUID` is missing on a page opened over plain HTTP by another machine's name.
  const mark = `graphiql-${Date.now().toString(36)}`;
  return [
    tab(stockLevels, { first: 20, filter: { status: ["IN_STOCK", "LOW"] } }),
    tab(stockLevelWithLedger, { sku, location: location.code, entries: 10 }),
    tab(availability, { skus: skus.length > 0 ? skus : [sku] }),
    tab(adjustStock, {
      input: {
        idempotencyKey: mark,
        sku,
        location: location.code,
        quantityChange: 1,
        reasonCode: "found",
        note: "Found behind the shelf",
      },
    }),
    tab(stockLevelChanged, { snapshot: true, filter: { skus: [sku], locations: [location.code] } }),
    tab(reserveStock, { input: { idempotencyKey: mark, orderId: mark, lines: [{ sku, quantity: 1 }] } }),
    tab(confirmReservation, step("confirm")),
    tab(commitReservation, step("commit")),
    tab(releaseReservation, step("release")),
    tab(reservationChanged, { snapshot: true, filter: { orderIds: [mark] } }),
    tab(lowStockAlerts, { snapshot: true }),
    tab(adjustments, { filter: { status: ["PENDING_APPROVAL"] }, first: 20 }),
    tab(approveAdjustment, {
      input: { idempotencyKey: `approve-${adjustmentToCome}`, adjustmentId: adjustmentToCome, note: "Seen it" },
    }),
    tab(adjustmentChanged, { snapshot: true, filter: { status: ["PENDING_APPROVAL"] } }),
    tab(healthReport, { from: day(-29), to: day(0), by: "CATEGORY" }),
    tab(agingReport, { by: "CATEGORY" }),
  ];
}

/** The date so many days from today, in UTC. */
function day(from: number): string {
  return new Date(Date.now() + from * 86_400_000).toISOString().slice(0, 10);
}

function step(name: string) {
  return { input: { idempotencyKey: `${name}-${reservationToCome}`, reservationId: reservationToCome } };
}

function tab(query: string, variables: object): Tabs[number] {
  return { query, variables: JSON.stringify(variables, null, 2) };
}
