/**
 * Alerts: they come by themselves, are told in a toast wherever somebody is, and are seen to from the list.
 *
 *   node alerts.mjs http://127.0.0.1:5005 screenshot.png
 */
import assert from "node:assert/strict";
import {
  accessibilityFaults,
  asking,
  collectFaults,
  collectFrames,
  demoTokens,
  fitsPhone,
  openBrowser,
  run,
  signIn,
  signInAnew,
  waitFor,
} from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
const frames = collectFrames(page);
await run(page, faults, screenshot, async () => {
  const tokens = await demoTokens(base);
  const ask = asking(base, tokens.manager);
  const level = await healthyLevel(ask);
  await signIn(page, base, "manager");
  const toast = await hearOfOne(ask, level);
  await page.getByRole("link", { name: "Show alerts" }).click();
  await rowOf(level).waitFor();
  const inaccessible = await accessibilityFaults(page);
  await fitsPhone(page);
  const filtered = await filter(level);
  const seen = await acknowledge(level);
  await onOrder(ask, level);
  if (screenshot) await page.screenshot({ path: screenshot });
  inaccessible.push(...(await fixFromTheList(level)));
  await signInAnew(page, base, "analyst", "#/alerts");
  await page.locator("tr[data-sku]").first().waitFor();
  const offered = await page.locator("tr[data-sku]").getByRole("button").count();
  return { inaccessible, toast, filtered, seen, offered };
});

/** A level that nothing is the matter with; that it stands still is never the matter, or it might be by the time the page is open. */
async function healthyLevel(ask) {
  const { stockLevels, alerts } = await ask(
    `{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 200, filter: { status: [IN_STOCK] }) { nodes {
        sku availableToPromise quantityOnHand version location { code } item { archivedAt } staleAfterDays } }
      alerts(filter: { status: [OPEN, ACKNOWLEDGED] }, first: 250) { nodes { sku } } }`,
  );
  const troubled = new Set(alerts.nodes.map(({ sku }) => sku));
  return stockLevels.nodes.find(
    ({ sku, item, staleAfterDays }) => !troubled.has(sku) && !item.archivedAt && staleAfterDays === null,
  );
}

function rowOf({ sku, location }) {
  return page.locator(`tr[data-sku="${sku}"]`).filter({ hasText: location.code });
}

/** A new threshold makes an alert, and a toast on the view of stock. */
async function hearOfOne(ask, level) {
  // Of those that stood before the page was opened it tells nothing.
  const isFilled = (frame) => frame.includes('"lowStockAlerts"') && frame.includes('"CAUGHT_UP"');
  await waitFor(() => frames.some(isFilled), "the alerts that stand");
  const { setStockPolicy } = await ask(
    "mutation ($input: StockPolicyInput!) { setStockPolicy(input: $input) { userErrors { message } } }",
    {
      input: {
        idempotencyKey: `alerts-${Date.now()}`,
        sku: level.sku,
        location: level.location.code,
        lowStockThreshold: level.availableToPromise + 5,
        overstockThreshold: null,
      },
    },
  );
  assert.deepEqual(setStockPolicy.userErrors, []);
  const told = page.getByRole("status", { name: "New alerts" });
  await told.getByText("Low stock").waitFor();
  // Pointed at it stands until it is read.
  await told.hover();
  return { text: await told.locator("strong").innerText(), view: new URL(page.url()).hash };
}

async function filter(level) {
  await page.getByLabel("Location").selectOption(level.location.code);
  await page.getByLabel("Kind").selectOption("LOW_STOCK");
  await rowOf(level).waitFor();
  const others = async () =>
    (await page.locator("tr[data-sku] td:nth-child(3)").allInnerTexts()).filter((code) => code !== level.location.code);
  await waitFor(async () => (await others()).length === 0, "rows of one location alone");
  await page.getByLabel("Kind").selectOption("OUT_OF_STOCK");
  await rowOf(level).waitFor({ state: "detached" });
  await page.getByLabel("Kind").selectOption("");
  await rowOf(level).waitFor();
  await page.getByLabel("State").selectOption("ACKNOWLEDGED");
  await rowOf(level).waitFor({ state: "detached" });
  await page.getByLabel("State").selectOption("");
  await rowOf(level).waitFor();
  return new URL(page.url()).hash;
}

async function acknowledge(level) {
  await page.getByRole("button", { name: `Acknowledge ${level.sku} at ${level.location.code}` }).click();
  await rowOf(level)
    .getByText(/Seen by/)
    .waitFor();
  return rowOf(level).getAttribute("data-status");
}

/** What is sent here from elsewhere is shown beside the alert as it is sent. */
async function onOrder(ask, level) {
  const { levels, locations } = await ask(
    `query ($sku: String!) {
      levels: stockLevels(filter: { skus: [$sku] }, first: 50) { nodes { location { code } availableToPromise } }
      locations(filter: { active: true }, first: 50) { nodes { code } } }`,
    { sku: level.sku },
  );
  const elsewhere =
    levels.nodes.find(({ location, availableToPromise }) => location.code !== level.location.code && availableToPromise > 0)
      ?.location.code ?? locations.nodes.find(({ code }) => code !== level.location.code).code;
  const key = `incoming-${Date.now()}`;
  const run = async (name, type, input) => {
    const answer = await ask(`mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { message } } }`, { input });
    assert.deepEqual(answer[name].userErrors, []);
  };
  await run("receiveStock", "ReceiveStockInput", {
    idempotencyKey: `${key}-in`,
    sku: level.sku,
    location: elsewhere,
    quantity: 7,
  });
  await run("transferStock", "TransferStockInput", {
    idempotencyKey: key,
    sku: level.sku,
    fromLocation: elsewhere,
    toLocation: level.location.code,
    quantity: 7,
  });
  await rowOf(level).locator('td[data-label="On order"]', { hasText: "7" }).waitFor();
}

/** Goods are taken in until the alert is over, and the row goes with it; the dialog to adjust opens from the list too. */
async function fixFromTheList(level) {
  await page.getByRole("button", { name: `Adjust ${level.sku} at ${level.location.code}` }).click();
  await page.getByLabel(`Change of ${level.sku}`).fill("2");
  const inaccessible = await accessibilityFaults(page);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Receive ${level.sku} at ${level.location.code}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Receive" }).click();
  await dialog.getByText("Enter how many arrived.").waitFor();
  // A comma groups where this reader lives: it never makes a cost of one pound of a thousand.
  await dialog.getByLabel("Cost of one unit").pressSequentially("1,234");
  assert.equal(await dialog.getByLabel("Cost of one unit").inputValue(), "1234");
  await dialog.getByLabel("Units that arrived").fill("500");
  await page.keyboard.press("Escape");
  await dialog.getByText("What you entered has not been sent. Discard it?").waitFor();
  inaccessible.push(...(await accessibilityFaults(page)));
  await page.keyboard.press("Escape");
  await waitFor(async () => (await dialog.getByRole("alert").count()) === 0, "the dialog as it was");
  assert.equal(await dialog.getByLabel("Units that arrived").evaluate((field) => field === document.activeElement), true);
  assert.equal(await dialog.getByLabel("Units that arrived").inputValue(), "500");
  await dialog.getByLabel("Cost of one unit").fill("1.25");
  await dialog.getByRole("button", { name: "Receive" }).click();
  await dialog.getByText(`Received. Now ${level.quantityOnHand + 500} on hand.`).waitFor();
  await page.keyboard.press("Escape");
  await rowOf(level).waitFor({ state: "detached" });
  return inaccessible;
}
