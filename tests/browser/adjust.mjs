/**
 * Corrections: scanned, typed and sent together; what happens when somebody else was there first, when the answer is
 * lost, and when another person has to agree.
 *
 *   node adjust.mjs http://127.0.0.1:5005 screenshot.png
 */
import {
  accessibilityFaults,
  adjust,
  asking,
  collectFaults,
  connectionIs,
  demoTokens,
  openBrowser,
  run,
  signIn,
  signInAnew,
  waitFor,
} from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  const tokens = await demoTokens(base);
  const ask = asking(base, tokens.manager);
  const [first, second, third, fourth] = await quietLevels(ask, 4);
  await signIn(page, base, "manager", "#/adjust");
  await page.getByText("Scan or type what is to be adjusted.").waitFor();
  const inaccessible = await accessibilityFaults(page);
  await scanAt(first);
  const scanned = await scan(first, second);
  const refused = await sendWithoutReason();
  const applied = await sendTogether();
  inaccessible.push(...(await accessibilityFaults(page)));
  const meanwhile = await scanWhileSending(ask, fourth);
  inaccessible.push(...meanwhile.inaccessible);
  const conflict = await meetAConflict(ask, third);
  inaccessible.push(...conflict.inaccessible);
  const focused = await clear();
  const left = await leaveAndComeBack(first);
  const lost = await loseAnAnswer(ask, third);
  inaccessible.push(...lost.inaccessible);
  const cutOff = await openCutOff();
  const behind = await signOut(third);
  await signInAnew(page, base, "vendor", "#/adjust");
  const asked = await askAsVendor(asking(base, tokens.vendor));
  return {
    inaccessible,
    scanned,
    refused,
    applied,
    meanwhile,
    conflict: conflict.told,
    focused,
    left,
    lost,
    asked,
    cutOff,
    behind,
  };
});

/** Levels that moved longest ago, of items with a barcode that are counted in pieces, all at one location. */
async function quietLevels(ask, count) {
  const { stockLevels } = await ask(
    `{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 250, filter: { status: [IN_STOCK, LOW] }) { nodes {
      sku quantityOnHand availableToPromise location { code } item { barcodes quantityScale archivedAt } } } }`,
  );
  const places = new Map();
  for (const level of stockLevels.nodes) {
    const { barcodes, quantityScale, archivedAt } = level.item;
    if (archivedAt || quantityScale > 0 || barcodes.length === 0 || level.availableToPromise < 3) continue;
    const found = [...(places.get(level.location.code) ?? []), level];
    if (found.length === count) return found;
    places.set(level.location.code, found);
  }
  throw new Error(`no location has ${count} such levels`);
}

async function scanAt({ location }) {
  const places = page.getByLabel("Location", { exact: true }).first();
  await places.locator(`option[value="${location.code}"]`).waitFor({ state: "attached" });
  await places.selectOption(location.code);
}

function rowOf(sku) {
  return page.locator(`tr[data-sku="${sku}"]`);
}

function changeOf(sku) {
  return page.getByLabel(`Change of ${sku}`);
}

async function type(code) {
  await page.getByLabel("Scan or type a SKU or barcode").fill(code);
  await page.keyboard.press("Enter");
}

/** By SKU, by barcode, and from a scanner that types into whatever has the focus. */
async function scan(first, second) {
  await type(first.sku);
  await type(first.sku);
  await waitFor(async () => (await changeOf(first.sku).inputValue()) === "2", "two scans of a SKU");
  await type(second.item.barcodes[0]);
  await rowOf(second.sku).waitFor();
  await page.getByLabel("Note").fill("Counted twice");
  await wedge(second.item.barcodes[0]);
  await waitFor(async () => (await changeOf(second.sku).inputValue()) === "2", "a scan over the note");
  const note = await page.getByLabel("Note").inputValue();
  await type("NO-SUCH-THING");
  await page.getByText("No item has the SKU or barcode NO-SUCH-THING.").first().waitFor();
  return { note, rows: await page.locator("tr[data-sku]").count() };
}

/** Keys as a scanner sends them, two milliseconds apart however busy the machine is that runs the test. */
async function wedge(code) {
  await page.getByLabel("Note").focus();
  const keyboard = await page.context().newCDPSession(page);
  const startedAt = Date.now() / 1_000;
  for (const [at, key] of [...code, "Enter"].entries()) {
    const text = key === "Enter" ? "\r" : key;
    await keyboard.send("Input.dispatchKeyEvent", { type: "keyDown", key, text, timestamp: startedAt + at * 0.002 });
  }
}

async function sendWithoutReason() {
  await send();
  const field = page.getByLabel("Reason");
  await waitFor(async () => (await field.getAttribute("aria-invalid")) === "true", "the reason to be asked for");
  return page.getByText("Choose a reason.").count();
}

async function sendTogether() {
  await page.getByLabel("Reason").selectOption("found");
  await send();
  await page.getByText("Applied: 2, waiting for approval: 0, not done: 0").waitFor();
  return page.getByText("Applied: now").allInnerTexts();
}

async function send() {
  await page.getByRole("button", { name: /^Adjust \(/ }).click();
}

/** What is under way cannot be changed, and what is scanned until its answer comes is sent after it, with no conflict. */
async function scanWhileSending(ask, level) {
  await page.getByRole("button", { name: "Clear what is done" }).click();
  await type(level.sku);
  await type(level.sku);
  await waitFor(async () => (await changeOf(level.sku).inputValue()) === "2", "two scans");
  let answer = () => undefined;
  const answered = new Promise((resolve) => {
    answer = resolve;
  });
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("AdjustStockBatch")) return route.continue();
    const response = await route.fetch();
    await answered;
    return route.fulfill({ response });
  });
  await send();
  await rowOf(level.sku).getByText("Is being sent").waitFor();
  const inaccessible = await accessibilityFaults(page);
  const frozen = [await changeOf(level.sku).isDisabled(), await removalOf(level.sku).isDisabled()];
  await type(level.sku);
  await waitFor(async () => (await rowOf(level.sku).count()) === 2, "a line of its own for the scan meanwhile");
  answer();
  await page.getByText("Applied: 1, waiting for approval: 0, not done: 0").waitFor();
  await page.unroute("**/graphql");
  const left = await changeOf(level.sku).inputValue();
  await send();
  await page.getByText("Applied: 2, waiting for approval: 0, not done: 0").waitFor();
  return { inaccessible, frozen, left, written: (await onHandOf(ask, level)) - level.quantityOnHand };
}

function removalOf(sku) {
  return page.getByRole("button", { name: `Remove ${sku}` });
}

async function onHandOf(ask, level) {
  const { stockLevel } = await ask(
    "query ($sku: String!, $code: String!) { stockLevel(sku: $sku, location: $code) { quantityOnHand } }",
    { sku: level.sku, code: level.location.code },
  );
  return stockLevel.quantityOnHand;
}

/** Somebody else moves the level between the look and the change. */
async function meetAConflict(ask, level) {
  await page.getByRole("button", { name: "Clear what is done" }).click();
  await type(level.sku);
  await changeOf(level.sku).fill("-1");
  await page.getByLabel("Reason").selectOption("damaged");
  await adjust(ask, level, 2, `conflict-${Date.now()}`);
  await send();
  const panel = rowOf(level.sku).locator("[data-conflict]");
  await panel.waitFor();
  if (screenshot) await page.screenshot({ path: screenshot });
  const told = await panel.innerText();
  const inaccessible = await accessibilityFaults(page);
  await panel.getByRole("button", { name: `Try again with ${level.quantityOnHand + 2}` }).click();
  await page.getByText(`Applied: now ${level.quantityOnHand + 1}`).waitFor();
  return { told, inaccessible };
}

/** What is done goes, and whoever scans goes on. */
async function clear() {
  await page.getByRole("button", { name: "Clear what is done" }).click();
  await page.getByText("Scan or type what is to be adjusted.").waitFor();
  return page.evaluate(() => document.activeElement?.labels?.[0]?.textContent);
}

/** What was entered is there after another view, and after a reload. */
async function leaveAndComeBack(level) {
  await type(level.sku);
  await changeOf(level.sku).fill("4");
  await page.getByLabel("Reason").selectOption("found");
  await page.getByLabel("Note").fill("Behind the shelf");
  const views = page.getByRole("navigation");
  await views.getByRole("link", { name: "Stock", exact: true }).click();
  await changeOf(level.sku).waitFor({ state: "detached" });
  await views.getByRole("link", { name: "Adjust", exact: true }).click();
  const left = [await shown(level)];
  await reload();
  left.push(await shown(level));
  await removalOf(level.sku).click();
  return left;
}

async function shown(level) {
  await page.getByLabel("Reason").locator('option[value="found"]').waitFor({ state: "attached" });
  const entered = [changeOf(level.sku), page.getByLabel("Reason"), page.getByLabel("Note")];
  return Promise.all(entered.map((field) => field.inputValue()));
}

async function reload() {
  await page.reload();
  await connectionIs(page, "Live");
}

/** Opened while the service cannot be reached it says so, and is there when asked again, or once the connection is back. */
async function openCutOff() {
  const before = faults.length;
  const told = page.getByText("The service cannot be reached.");
  // The view to come from is fetched while it can be.
  await openAgain();
  // Its stream told all: nothing but the button asks again then.
  await connectionIs(page, "Live");
  await page.route("**/graphql", (route) => route.abort());
  await openAgain();
  await told.waitFor();
  await page.unroute("**/graphql");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByLabel("Scan or type a SKU or barcode").waitFor();
  await page.context().setOffline(true);
  await connectionIs(page, "Offline");
  await openAgain();
  await told.waitFor();
  await page.context().setOffline(false);
  await page.getByLabel("Scan or type a SKU or barcode").waitFor();
  faults.splice(before);
  return told.count();
}

async function openAgain() {
  const views = page.getByRole("navigation");
  await views.getByRole("link", { name: "Approvals", exact: true }).click();
  await page.getByRole("heading", { name: "Approvals", exact: true }).waitFor();
  await views.getByRole("link", { name: "Adjust", exact: true }).click();
}

/** Nothing of what was entered is left behind. */
async function signOut(level) {
  await type(level.sku);
  await changeOf(level.sku).waitFor();
  await page.getByRole("button", { name: /manager/ }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "As manager", exact: true }).click();
  await page.getByText("Scan or type what is to be adjusted.").waitFor();
  await page.getByLabel("Reason").locator('option[value="found"]').waitFor({ state: "attached" });
  return page.evaluate(() => Object.keys(sessionStorage));
}

/** The service does it, and its answer never arrives: what was entered stays, over a reload too, and sent again it is done once. */
async function loseAnAnswer(ask, level) {
  await type(level.sku);
  await changeOf(level.sku).fill("-1");
  await page.getByLabel("Reason").selectOption("damaged");
  await page.route("**/graphql", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await send();
  await page.getByText("Nothing that you entered is lost.").waitFor();
  await page.unroute("**/graphql");
  const inaccessible = await accessibilityFaults(page);
  // The browser told of the request that failed, as it should.
  faults.length = 0;
  await reload();
  const kept = await changeOf(level.sku).inputValue();
  await page.getByText("No answer came to what was being sent.").waitFor();
  await page.getByRole("button", { name: "Send again (1)" }).click();
  await page.getByText(`Applied: now ${level.quantityOnHand}`).waitFor();
  return { inaccessible, kept, onHand: await onHandOf(ask, level), expected: level.quantityOnHand };
}

async function askAsVendor(ask) {
  const [own] = await quietLevels(ask, 1);
  await scanAt(own);
  await type(own.sku);
  await changeOf(own.sku).fill("3");
  await page.getByLabel("Reason").selectOption("found");
  await send();
  await page.getByText("Applied: 0, waiting for approval: 1, not done: 0").waitFor();
  return (await rowOf(own.sku).innerText()).includes("Waits for approval");
}
