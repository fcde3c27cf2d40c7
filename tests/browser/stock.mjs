/**
 * The table of stock: filled, found in, sorted, and true to what happens elsewhere.
 *
 *   node stock.mjs http://127.0.0.1:5005 screenshot.png
 */
import assert from "node:assert/strict";
import {
  accessibilityFaults,
  adjust,
  asking,
  collectFaults,
  demoTokens,
  openBrowser,
  rowOf,
  run,
  signIn,
  waitFor,
} from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  await signIn(page, base, "manager");
  await page.getByRole("row").nth(1).waitFor();
  const inaccessible = await accessibilityFaults(page);
  const ask = asking(base, (await demoTokens(base)).manager);
  const level = await levelToWatch(ask);
  await page.getByLabel("SKU or item").fill(level.sku);
  await page.getByRole("row").nth(1).waitFor();
  assert.match(page.url(), new RegExp(`q=${level.sku}`));
  const change = await seeOneChange(ask, level);
  const held = await holdAndGoOn(ask, level);
  const item = await openItem(ask, level, inaccessible);
  await findNothing(level);
  await page.getByRole("button", { name: "Clear filters" }).click();
  const weighed = await openWeighedItem(ask);
  await dismissWhatIsTold(ask);
  const walked = await walkByKeyboard();
  const sorted = await sortByAvailable();
  if (screenshot) await page.screenshot({ path: screenshot });
  return { inaccessible, change, held, item, weighed, walked, sorted };
});

async function levelToWatch(ask) {
  const { stockLevels } = await ask(
    "{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 1) { nodes { sku location { code } quantityOnHand } } }",
  );
  return stockLevels.nodes[0];
}

async function seeOneChange(ask, level) {
  const cell = rowOf(page, level).getByRole("cell").nth(3);
  assert.equal(await cell.innerText(), String(level.quantityOnHand));
  const startedAt = performance.now();
  await adjust(ask, level, 1, `stock-${Date.now()}`);
  const flashing = cell.locator("span[class*=flash]", { hasText: String(level.quantityOnHand + 1) });
  await flashing.waitFor();
  return { ms: Math.round(performance.now() - startedAt) };
}

/** While the picture is held it stands still, and says how much waits. */
async function holdAndGoOn(ask, level) {
  await page.getByRole("button", { name: "Pause" }).click();
  await adjust(ask, level, 1, `stock-held-${Date.now()}`);
  const goOn = page.getByRole("button", { name: "Go on (1 waiting)" });
  await goOn.waitFor();
  const cell = rowOf(page, level).getByRole("cell").nth(3);
  const shown = await cell.innerText();
  await goOn.click();
  await cell.filter({ hasText: String(level.quantityOnHand + 2) }).waitFor();
  return { while: Number(shown), after: level.quantityOnHand + 2 };
}

/** Its levels, what happened to it, and a threshold that is set here and refused where it makes no sense. */
async function openItem(ask, { sku, location }, inaccessible) {
  await rowOf(page, { sku, location }).getByRole("link").click();
  const item = page.getByRole("dialog", { name: sku });
  await item.getByRole("row").filter({ hasText: location.code }).waitFor();
  await waitFor(async () => isWithin(await item.boundingBox()), "the whole item on the screen");
  inaccessible.push(...(await accessibilityFaults(page)));
  await item.getByRole("tab", { name: "Ledger" }).click();
  const newest = await item.getByRole("listitem").first().innerText();
  await item.getByRole("tab", { name: "Levels" }).click();
  await item.getByRole("button", { name: `Thresholds at ${location.code}` }).click();
  const editor = page.getByRole("dialog", { name: `Thresholds at ${location.code}` });
  inaccessible.push(...(await accessibilityFaults(page)));
  await page.keyboard.press("Escape");
  await editor.waitFor({ state: "hidden" });
  await item.getByRole("button", { name: `Thresholds at ${location.code}` }).click();
  await editor.getByLabel("Stale after days without movement").fill("99999");
  await editor.getByRole("button", { name: "Save" }).click();
  await editor.getByText("3650").waitFor();
  await editor.getByLabel("Stale after days without movement").fill("77");
  await editor.getByRole("button", { name: "Save" }).click();
  await editor.waitFor({ state: "hidden" });
  const { stockLevel } = await ask(
    "query ($sku: String!, $code: String!) { stockLevel(sku: $sku, location: $code) { staleAfterDays } }",
    { sku, code: location.code },
  );
  await page.keyboard.press("Escape");
  await item.waitFor({ state: "hidden" });
  await waitFor(() => isFocused(rowOf(page, { sku, location }).getByRole("link")), "the focus where it was");
  return { newest, staleAfterDays: stockLevel.staleAfterDays };
}

function isFocused(locator) {
  return locator.evaluate((element) => element === document.activeElement);
}

function isWithin({ x, width }) {
  return x >= 0 && x + width <= page.viewportSize().width;
}

/** What nothing passes shows nothing, and not what was found before. */
async function findNothing({ sku }) {
  await page.getByLabel("SKU or item").fill(`${sku} nowhere`);
  await page.getByText("No level passes these filters.").waitFor();
}

/** An item that is counted in grams and shown in kilograms: its price and its thresholds are shown and entered so. */
async function openWeighedItem(ask) {
  const { stockLevels } = await ask(
    `{ stockLevels(first: 250, filter: { search: "loose" }) {
      nodes { sku location { code } reorderPoint item { quantityScale price } }
    } }`,
  );
  const { sku, location, reorderPoint, item } = stockLevels.nodes.find(
    ({ reorderPoint, item }) => item.quantityScale === 3 && reorderPoint !== null && item.price !== null,
  );
  await page.goto(`${base}/#/stock/${sku}`);
  const drawer = page.getByRole("dialog", { name: sku });
  await drawer.getByRole("button", { name: `Thresholds at ${location.code}` }).click();
  const price = await drawer.locator("dd", { hasText: "1,000 g" }).innerText();
  const field = page.getByRole("dialog", { name: `Thresholds at ${location.code}` }).getByLabel("Reorder point");
  const shown = Number(await field.inputValue());
  await field.fill(String(shown + 0.5));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await field.waitFor({ state: "hidden" });
  const { stockLevel } = await ask(
    "query ($sku: String!, $code: String!) { stockLevel(sku: $sku, location: $code) { reorderPoint } }",
    { sku, code: location.code },
  );
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "hidden" });
  assert.equal(shown, reorderPoint / 1000);
  assert.equal(Number(price.match(/[0-9.]+/)[0]).toFixed(4), (item.price * 1000).toFixed(4));
  return { before: reorderPoint, after: stockLevel.reorderPoint };
}

/** An open item covers no toast. Who came by a link has no place that the focus could go back to: it goes to the view. */
async function dismissWhatIsTold(ask) {
  const { stockLevels, alerts } = await ask(
    `{ stockLevels(first: 250, filter: { status: [IN_STOCK] }) {
        nodes { sku location { code } availableToPromise item { archivedAt } } }
      alerts(filter: { status: [OPEN, ACKNOWLEDGED] }, first: 250) { nodes { sku } } }`,
  );
  const troubled = new Set(alerts.nodes.map(({ sku }) => sku));
  const { sku, location, availableToPromise } = stockLevels.nodes.find(
    (level) => !troubled.has(level.sku) && !level.item.archivedAt,
  );
  await page.goto(`${base}/#/stock/${sku}`);
  const item = page.getByRole("dialog", { name: sku });
  await item.getByRole("row").filter({ hasText: location.code }).waitFor();
  const { setStockPolicy } = await ask(
    "mutation ($input: StockPolicyInput!) { setStockPolicy(input: $input) { userErrors { message } } }",
    {
      input: {
        idempotencyKey: `stock-told-${Date.now()}`,
        sku,
        location: location.code,
        lowStockThreshold: availableToPromise + 5,
        overstockThreshold: null,
      },
    },
  );
  assert.deepEqual(setStockPolicy.userErrors, []);
  const dismiss = page.getByRole("button", { name: "Dismiss" });
  // Pointed at it stands until it is dismissed.
  await dismiss.hover();
  await dismiss.click();
  await dismiss.waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await item.waitFor({ state: "hidden" });
  await waitFor(() => isFocused(page.getByRole("main")), "the focus in the view");
}

/** From the search to the table, and down its rows, further than those that were drawn at first. */
async function walkByKeyboard() {
  await page.keyboard.press("/");
  const searching = await isFocused(page.getByLabel("SKU or item"));
  await page.locator("[data-node] a").first().focus();
  for (let row = 0; row < 60; row += 1) {
    await page.keyboard.press("ArrowDown");
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  }
  const index = await page.evaluate(() => document.activeElement?.closest("[data-node]")?.ariaRowIndex);
  return { searching, index: Number(index) };
}

async function sortByAvailable() {
  await page.getByRole("button", { name: "Available" }).click();
  const least = page.getByRole("columnheader", { name: "Available" });
  await waitFor(async () => (await least.getAttribute("aria-sort")) !== "none", "the order by what is available");
  const shown = async () => (await page.locator('[role="row"] [role="cell"]:nth-child(6)').allInnerTexts()).map(Number);
  await waitFor(async () => isRising(await shown()), "rows in order");
  return { url: page.url(), first: (await shown())[0] };
}

function isRising(values) {
  return values.length > 1 && values.every((value, i) => i === 0 || values[i - 1] <= value);
}
