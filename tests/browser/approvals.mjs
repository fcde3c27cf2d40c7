/**
 * What waits for another person: the inbox fills by itself, an approver says yes or no, and nobody decides on their own.
 *
 *   node approvals.mjs http://127.0.0.1:5005 screenshot.png
 */
import assert from "node:assert/strict";
import {
  accessibilityFaults,
  asking,
  collectFaults,
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
await run(page, faults, screenshot, async () => {
  const tokens = await demoTokens(base);
  const [vendor, admin] = [asking(base, tokens.vendor), asking(base, tokens.admin)];
  const [first, second, third] = await levelsOf(vendor);
  await signIn(page, base, "approver", "#/approvals");
  await page.getByRole("heading", { name: "Approvals" }).waitFor();
  await request(vendor, first, 3);
  await rowOf(first).waitFor();
  const difference = await rowOf(first).locator(".difference").innerText();
  assert.match(difference, new RegExp(`${first.quantityOnHand}.*${first.quantityOnHand + 3}`));
  await request(vendor, second, -1);
  await rowOf(second).waitFor();
  const inaccessible = await accessibilityFaults(page);
  if (screenshot) await page.screenshot({ path: screenshot });
  await page.getByRole("button", { name: `Approve ${first.sku} at ${first.location.code}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Note").fill("Seen it on the shelf");
  inaccessible.push(...(await accessibilityFaults(page)));
  await dialog.getByRole("button", { name: "Approve" }).click();
  await page.getByText("Approved.").waitFor();
  await rowOf(first).waitFor({ state: "detached" });
  const focused = await page.evaluate(() => document.activeElement?.textContent);
  await decide(second, "Reject");
  await page.getByText("Rejected.").waitFor();
  await rowOf(second).waitFor({ state: "detached" });
  const decided = await whatBecameOf(admin, [first, second]);
  const ended = await whatIsListed([second, first]);
  inaccessible.push(...(await accessibilityFaults(page)));
  await fitsPhone(page);
  const paged = await decideMany(vendor, asking(base, tokens.approver), second);
  const own = await keepFromDecidingOnTheirOwn(admin, third);
  const read = await lookOn(vendor, first);
  return { inaccessible, difference, focused, decided, ended, paged, own, read };
});

/** Three levels of the vendor's, each of another SKU for which nothing waits. */
async function levelsOf(ask) {
  const { stockLevels, adjustments } = await ask(
    `{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 50, filter: { status: [IN_STOCK] }) { nodes {
        sku quantityOnHand location { code } item { archivedAt } } }
      adjustments(filter: { status: [PENDING_APPROVAL] }, first: 250) { nodes { sku } } }`,
  );
  const waiting = new Set(adjustments.nodes.map(({ sku }) => sku));
  const free = stockLevels.nodes.filter(({ sku, item }) => !item.archivedAt && !waiting.has(sku));
  return [...new Map(free.map((level) => [level.sku, level])).values()].slice(0, 3);
}

async function request(ask, { sku, location }, quantityChange) {
  const { adjustStock } = await ask(
    "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { adjustment { id status } userErrors { message } } }",
    {
      input: {
        idempotencyKey: `approvals-${sku}-${quantityChange}-${Date.now()}`,
        sku,
        location: location.code,
        quantityChange,
        reasonCode: quantityChange > 0 ? "found" : "damaged",
        note: "Seen in the aisle",
      },
    },
  );
  assert.deepEqual(adjustStock.userErrors, []);
  assert.equal(adjustStock.adjustment.status, "PENDING_APPROVAL");
  return adjustStock.adjustment.id;
}

function rowOf({ sku, location }) {
  return page.locator(`tr[data-sku="${sku}"]`).filter({ hasText: location.code });
}

async function decide({ sku, location }, what) {
  await page.getByRole("button", { name: `${what} ${sku} at ${location.code}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: what, exact: true }).click();
}

async function whatBecameOf(ask, levels) {
  const { adjustments } = await ask(
    "query ($skus: [String!]) { adjustments(filter: { skus: $skus }, first: 20) { nodes { sku status decisionNote requestedAt } } }",
    { skus: levels.map(({ sku }) => sku) },
  );
  return levels.map(({ sku }) => adjustments.nodes.find((node) => node.sku === sku));
}

function ended() {
  return page.locator("tr[data-ended]");
}

/** What was decided stands below the inbox, the last first, with who decided and in which words. */
async function whatIsListed(levels) {
  const wanted = levels.map(({ sku }) => sku).join();
  const skus = () => ended().evaluateAll((rows) => rows.map((row) => row.dataset.ended));
  await waitFor(async () => (await skus()).slice(0, levels.length).join() === wanted, "what was decided");
  const told = await ended().locator("td:last-child").allInnerTexts();
  return told.slice(0, levels.length);
}

/** More than a page of them, decided elsewhere: the newest comes by itself, the others one page on. */
async function decideMany(vendor, approver, level) {
  let id;
  for (let change = 1; change <= 21; change += 1) {
    id = await request(vendor, level, change);
    const { rejectAdjustment } = await approver(
      "mutation ($input: DecideAdjustmentInput!) { rejectAdjustment(input: $input) { userErrors { message } } }",
      { input: { idempotencyKey: id, adjustmentId: id, note: `The ${change}. time` } },
    );
    assert.deepEqual(rejectAdjustment.userErrors, []);
  }
  await ended().first().getByText("The 21. time").waitFor();
  const first = await ended().count();
  while (await page.getByRole("button", { name: "Earlier decisions" }).count()) {
    const before = await ended().count();
    await page.getByRole("button", { name: "Earlier decisions" }).click();
    await waitFor(async () => (await ended().count()) > before, "the next page");
  }
  await ended().getByText("Seen it on the shelf").waitFor();
  return { first, all: await ended().count() };
}

/** What an admin asked for waits for somebody else, though an admin may approve; it can be withdrawn. */
async function keepFromDecidingOnTheirOwn(ask, level) {
  await ask("mutation ($input: ApprovalPolicyInput!) { setApprovalPolicy(input: $input) { userErrors { message } } }", {
    input: { idempotencyKey: `policy-${Date.now()}`, rules: [{ unitsOver: 50 }] },
  });
  await request(ask, level, 60);
  await signInAnew(page, base, "admin", "#/approvals");
  await rowOf(level).getByText("Yours: another person decides").waitFor();
  const buttons = await rowOf(level).getByRole("button").allInnerTexts();
  await decide(level, "Withdraw");
  await page.getByText("Withdrawn.").waitFor();
  await rowOf(level).waitFor({ state: "detached" });
  return buttons;
}

/** Who reads alone is offered nothing. */
async function lookOn(vendor, level) {
  await request(vendor, level, 1);
  await signInAnew(page, base, "analyst", "#/approvals");
  await rowOf(level).getByText("Waits for an approver").waitFor();
  return rowOf(level).getByRole("button").count();
}
