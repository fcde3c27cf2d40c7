/**
 * The service's own codes in German, and a tenant's own as they are: reasons, documents, who acts.
 *
 *   node german.mjs http://127.0.0.1:5005 screenshot.png
 */
import assert from "node:assert/strict";
import { asking, collectFaults, demoTokens, openBrowser, run } from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);
const mark = Date.now().toString(36);
const OWN = { code: `flood_${mark}`, name: "Water in the basement" };

const page = await (await openBrowser({ locale: "de-DE" })).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  const tokens = await demoTokens(base);
  const [manager, admin, vendor] = [tokens.manager, tokens.admin, tokens.vendor].map((token) => asking(base, token));
  await act(admin, "upsertReasonCode", "UpsertReasonCodeInput", OWN);
  const level = await levelOf(vendor);
  await correct(manager, level, "found", `found-${mark}`);
  await correct(manager, level, OWN.code, `own-${mark}`);
  await correct(vendor, level, "damaged", `asked-${mark}`);
  await reserve(admin, level);
  await page.goto(`${base}/#/adjust`);
  await page.getByRole("button", { name: "Als Lagerleitung" }).click();
  const reasons = await offered("Grund");
  const ledger = await ledgerOf(level);
  await page.goto(`${base}/#/approvals`);
  const asked = page.locator(`tr[data-sku="${level.sku}"]`).filter({ hasText: `asked-${mark}` });
  const approval = await asked.locator('td[data-label="Grund"]').innerText();
  if (screenshot) await page.screenshot({ path: screenshot });
  return { reasons, ledger, approval, own: OWN.name, mark };
});

async function act(ask, name, type, input) {
  const answer = await ask(`mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code message } } }`, {
    input: { idempotencyKey: `german-${name}-${JSON.stringify(input).length}-${Math.random()}`, ...input },
  });
  assert.deepEqual(answer[name].userErrors, []);
}

/** A level of the vendor's with something to promise, counted in pieces. */
async function levelOf(ask) {
  const { stockLevels } = await ask(
    "{ stockLevels(sort: AVAILABLE_DESC, first: 250) { nodes { sku location { code } item { archivedAt quantityScale } } } }",
  );
  return stockLevels.nodes.find(({ item }) => !item.archivedAt && item.quantityScale === 0);
}

async function correct(ask, { sku, location }, reasonCode, reference) {
  const quantityChange = reasonCode === "damaged" ? -1 : 1;
  await act(ask, "adjustStock", "AdjustStockInput", { sku, location: location.code, quantityChange, reasonCode, reference });
}

async function reserve(ask, { sku, location }) {
  await act(ask, "reserveStock", "ReserveStockInput", {
    orderId: `order-${mark}`,
    lines: [{ sku, location: location.code, quantity: 1 }],
  });
}

async function offered(label) {
  const field = page.getByLabel(label);
  await field.locator("option").nth(2).waitFor({ state: "attached" });
  return field.locator("option").allInnerTexts();
}

async function ledgerOf({ sku }) {
  await page.goto(`${base}/#/stock/${sku}`);
  const item = page.getByRole("dialog", { name: sku });
  await item.getByRole("tab", { name: "Buch" }).click();
  await item
    .getByRole("listitem")
    .filter({ hasText: `order-${mark}` })
    .waitFor();
  const entries = await item.getByRole("listitem").allInnerTexts();
  return entries.filter((entry) => entry.includes(mark));
}
