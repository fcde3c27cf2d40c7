/**
 * A picture of each view of the dashboard, from a demo that runs. So that there is something to see it makes a few
 * reservations and corrections that wait for approval.
 *
 *   node pictures.mjs http://127.0.0.1:5005 docs/images
 */
import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { accessibilityFaults, asking, collectFaults, demoTokens, openBrowser, signIn, signInAnew, waitFor } from "./page.mjs";

const [base, folder] = process.argv.slice(2);
const SIZE = { width: 1340, height: 640 };
const MOST_BYTES = 200_000;
const mark = Date.now().toString(36);

const tokens = await demoTokens(base);
const levels = await quietLevels(asking(base, tokens.vendor));
await reserve(asking(base, tokens.system), levels.slice(0, 3));
await correct(asking(base, tokens.vendor), levels.slice(3, 6));
await pictures("light", async (page, picture) => {
  await signIn(page, base, "manager", "#/stock");
  await page.locator('[data-node] [role="img"]').first().waitFor();
  await picture("stock");
  await page.locator("[data-node] a").first().click();
  await page.getByRole("dialog").getByRole("tab", { name: "Ledger" }).click();
  await page.getByRole("dialog").getByRole("listitem").first().waitFor();
  await picture("item");
  await open(page, "alerts", "tr[data-sku]");
  await picture("alerts");
  await open(page, "reservations", "tr[data-order]");
  await picture("reservations");
  await open(page, "adjust", "fieldset");
  await scan(page, levels.slice(6, 9));
  await picture("adjust");
  await open(page, "insight", ".uplot canvas");
  await page.getByRole("region", { name: "By category, vendor, location or SKU" }).locator("tbody tr").first().waitFor();
  await picture("insight");
  await signInAnew(page, base, "approver", "#/approvals");
  await page.locator("tr[data-sku]").first().waitFor();
  await picture("approvals");
});
await pictures("dark", async (page, picture) => {
  await signIn(page, base, "manager", "#/stock");
  await page.locator('[data-node] [role="img"]').first().waitFor();
  await picture("stock-dark");
});

async function pictures(colorScheme, steps) {
  const browser = await openBrowser({ colorScheme, viewport: SIZE, reducedMotion: "reduce" });
  try {
    const page = await browser.newPage();
    const faults = collectFaults(page, base);
    await steps(page, (name) => taken(page, name, colorScheme));
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
}

/** What is shown in the README is what everybody can use. */
async function taken(page, name, colorScheme) {
  // By a script: a toast that goes by itself meanwhile is none to wait for.
  await page.evaluate(() => document.querySelector('[aria-label="Dismiss"]')?.click());
  await waitFor(async () => (await page.locator(".waiting").count()) === 0, "what is still being read");
  assert.deepEqual(await accessibilityFaults(page, [colorScheme]), [], name);
  const path = join(folder, `dashboard-${name}.png`);
  await page.screenshot({ path });
  const { size } = await stat(path);
  assert(size < MOST_BYTES, `${path} takes ${size} bytes, more than ${MOST_BYTES}`);
  console.log(`${path}: ${Math.round(size / 1000)} kB`);
}

async function open(page, view, shown) {
  await page.goto(`${base}/#/${view}`);
  await page.locator(shown).first().waitFor();
}

/** Levels of the vendor that moved longest ago, each of another SKU that is counted in pieces and has nothing waiting. */
async function quietLevels(ask) {
  const { stockLevels, adjustments } = await ask(
    `{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 250, filter: { status: [IN_STOCK] }) { nodes {
        sku location { code } availableToPromise item { archivedAt quantityScale } } }
      adjustments(filter: { status: [PENDING_APPROVAL] }, first: 250) { nodes { sku } } }`,
  );
  const waiting = new Set(adjustments.nodes.map(({ sku }) => sku));
  const fit = stockLevels.nodes.filter(
    ({ sku, item, availableToPromise }) =>
      !item.archivedAt && item.quantityScale === 0 && availableToPromise >= 5 && !waiting.has(sku),
  );
  const levels = [...new Map(fit.map((level) => [level.sku, level])).values()];
  assert(levels.length >= 9, "the demo has too few levels of its vendor: begin with `make reset`");
  return levels;
}

async function reserve(ask, levels) {
  for (const [i, level] of levels.entries()) {
    const lines = levels.slice(i).map(({ sku, location: { code } }) => ({ sku, location: code, quantity: 1 }));
    const orderId = `web-${mark}-${level.sku}`;
    const { reserveStock } = await ask(
      "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { userErrors { message } } }",
      { input: { idempotencyKey: orderId, orderId, channel: "web", ttlSeconds: 900 * (i + 1), lines } },
    );
    assert.deepEqual(reserveStock.userErrors, []);
  }
}

async function correct(ask, levels) {
  for (const [i, { sku, location }] of levels.entries()) {
    const [quantityChange, reasonCode, note] = i === 0 ? [2, "found", "Behind the shelf"] : [-i, "damaged", "Torn on arrival"];
    const change = { sku, location: location.code, quantityChange, reasonCode, note };
    const { adjustStock } = await ask(
      "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { userErrors { message } } }",
      { input: { ...change, idempotencyKey: `picture-${mark}-${sku}` } },
    );
    assert.deepEqual(adjustStock.userErrors, []);
  }
}

async function scan(page, levels) {
  for (const { sku } of levels) {
    await page.getByLabel("Scan or type a SKU or barcode").fill(sku);
    await page.keyboard.press("Enter");
    await page.locator(`tr[data-sku="${sku}"]`).waitFor();
  }
}
