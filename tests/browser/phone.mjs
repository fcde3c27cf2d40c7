/**
 * Stock in the hand: each level whole on a phone's screen, its filters, and its item by a tap.
 *
 *   node phone.mjs http://127.0.0.1:5005 screenshot.png
 */
import assert from "node:assert/strict";
import { accessibilityFaults, asking, collectFaults, demoTokens, openBrowser, run, signIn, waitFor } from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);
const READABLE = ["sku", "location", "onHand", "available", "status"];

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
const page = await (await openBrowser(phone)).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  await signIn(page, base, "manager");
  const card = page.locator("[data-node]").first();
  await card.waitFor();
  const inaccessible = await accessibilityFaults(page);
  const shown = await readCards();
  const ask = asking(base, (await demoTokens(base)).manager);
  const told = await levelsOf(ask, shown);
  const filtered = await filterByStatus(inaccessible);
  const sku = await card.locator('[data-column="sku"]').innerText();
  await tapAt(card.locator('[data-column="name"]'));
  const item = await readItem(sku, inaccessible);
  if (screenshot) await page.screenshot({ path: screenshot });
  return { inaccessible, shown, told, filtered, item };
});

/** What the cards in sight say, none of it cut or beside the screen. */
async function readCards() {
  const table = page.getByRole("table", { name: "Stock" });
  assert.ok(await isWhole(table), "the table scrolls sideways");
  const cards = [];
  for (const card of (await page.locator("[data-node]").all()).slice(0, 3)) {
    const said = {};
    for (const column of READABLE) {
      const cell = card.locator(`[data-column="${column}"]`);
      assert.ok(isOnScreen(await cell.boundingBox()) && (await isWhole(cell)), `${column} is cut`);
      said[column] = (await cell.innerText()).trim();
    }
    cards.push(said);
  }
  return cards;
}

/** As a finger does: whatever lies there is hit. */
async function tapAt(locator) {
  const { x, y, width, height } = await locator.boundingBox();
  await page.touchscreen.tap(x + width / 2, y + height / 2);
}

async function levelsOf(ask, cards) {
  const told = [];
  for (const { sku, location } of cards) {
    const { stockLevel } = await ask(
      `query ($sku: String!, $location: String!) {
        stockLevel(sku: $sku, location: $location) { quantityOnHand availableToPromise item { quantityScale } } }`,
      { sku, location },
    );
    const shown = (units) =>
      (units / 10 ** stockLevel.item.quantityScale).toLocaleString("en-GB", {
        minimumFractionDigits: stockLevel.item.quantityScale,
      });
    told.push({ onHand: shown(stockLevel.quantityOnHand), available: shown(stockLevel.availableToPromise) });
  }
  return told;
}

/** The filters are folded away until somebody asks for them, and say how many are set. */
async function filterByStatus(inaccessible) {
  const status = page.getByLabel("Status", { exact: true }).first();
  assert.equal(await status.isVisible(), false);
  await page.getByRole("button", { name: "Filters" }).tap();
  await status.fill("Out of");
  await page.getByRole("option", { name: "Out of stock" }).tap();
  inaccessible.push(...(await accessibilityFaults(page)));
  const button = page.getByRole("button", { name: "Filters (1)" });
  await button.tap();
  const others = page.locator('[data-column="status"]').filter({ hasNotText: "Out of stock" });
  await waitFor(async () => (await others.count()) === 0, "only what is out of stock");
  return button.innerText();
}

/** The item that a tap opened: its levels as cards, its tabs, nothing beside the screen. */
async function readItem(sku, inaccessible) {
  const item = page.getByRole("dialog", { name: sku });
  const level = item.locator("tbody tr").first();
  await level.waitFor();
  inaccessible.push(...(await accessibilityFaults(page)));
  const tabs = {};
  for (const tab of ["Ledger", "Reservations", "Levels"]) {
    await item.getByRole("tab", { name: tab }).tap();
    await item.getByRole("tabpanel").locator("li, tr, p").first().waitFor();
    tabs[tab] = await isWhole(item);
  }
  for (const cell of await level.getByRole("cell").all())
    assert.ok(isOnScreen(await cell.boundingBox()), "a cell is beside the screen");
  return { level: await level.innerText(), tabs };
}

/** Whether nothing of an element is cut off at its sides, or has to be scrolled to. */
async function isWhole(locator) {
  return locator.evaluate((element) => element.scrollWidth <= element.clientWidth);
}

function isOnScreen({ x, width }) {
  return width > 0 && x >= 0 && x + width <= phone.viewport.width;
}
