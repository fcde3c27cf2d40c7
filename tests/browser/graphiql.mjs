/**
 * GraphiQL in a real browser: sells a unit tab by tab, has a vendor's correction approved, then runs the live
 * subscription, changes a level beside it and waits until the change is shown.
 *
 *   node graphiql.mjs http://127.0.0.1:5005 [screenshot.png]
 *
 * Needs a demo service (it takes the manager's token from /demo/tokens) and Chromium (CHROMIUM names another binary).
 * Prints one JSON line; any console error, blocked resource or failed request of the page fails it.
 */
import assert from "node:assert/strict";
import { adjust, asking, collectFaults, collectFrames, demoTokens, openBrowser, run, timeout, waitFor } from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);
assert(base, "give the service's address: node graphiql.mjs http://127.0.0.1:5005 [screenshot.png]");

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
const frames = collectFrames(page);
await run(page, faults, screenshot, async () => {
  await openExamples(page);
  const sold = await sellOneUnit(page, frames);
  await approveWhatAVendorAsks(page);
  return { ...(await watchOneChange(page, frames)), sold };
});

/** A first visit, and then one after "Reset examples": both open with the first tab's variables. */
async function openExamples(page) {
  await page.goto(`${base}/graphql`, { timeout });
  await editorsStand(page);
  // What is cut off by a reload counts as a failed request.
  await page.waitForLoadState("networkidle", { timeout });
  await Promise.all([
    page.waitForEvent("load", { timeout }),
    page.getByRole("button", { name: "Reset examples" }).click({ timeout }),
  ]);
  await editorsStand(page);
  // Workers are fetched apart from the page: some may have been cut off none the less.
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.endsWith("net::ERR_ABORTED")));
}

/** GraphiQL keeps the first tab's text when it is left before its editors stand. */
async function editorsStand(page) {
  await page.locator(".graphiql-query-editor .view-lines", { hasText: "query" }).waitFor({ timeout });
  await variablesShow(page, '"first": 20');
}

/** The examples from ReserveStock on, just as they are: each takes the reservation of the one before. */
async function sellOneUnit(page, frames) {
  const statuses = [];
  for (const [name, status] of [
    ["ReserveStock", "PENDING"],
    ["ConfirmReservation", "CONFIRMED"],
    ["CommitReservation", "COMMITTED"],
  ]) {
    await openTab(page, name);
    await variablesShow(page, name === "ReserveStock" ? '"orderId"' : '"reservationId"');
    await page.locator(".graphiql-execute-button").click();
    await waitUntilShown(page, `"status": "${status}"`, '"userErrors": []');
    statuses.push(status);
  }
  await openTab(page, "ReservationChanged");
  await page.locator(".graphiql-execute-button").click();
  // What has ended is told because the example names its order.
  await waitFor(() => frames.some((frame) => frame.includes('"SNAPSHOT"') && frame.includes('"COMMITTED"')), "the sale");
  return statuses;
}

/** A vendor's AdjustStock waits, and ApproveAdjustment as it stands carries it out for another person. */
async function approveWhatAVendorAsks(page) {
  for (const [role, name, status] of [
    ["vendor", "AdjustStock", "PENDING_APPROVAL"],
    ["approver", "ApproveAdjustment", "APPLIED"],
  ]) {
    await page.getByLabel("Role").selectOption(role);
    await openTab(page, name);
    await variablesShow(page, '"input"');
    await page.locator(".graphiql-execute-button").click();
    await waitUntilShown(page, `"status": "${status}"`, '"userErrors": []');
  }
  await page.getByLabel("Role").selectOption("admin");
}

async function watchOneChange(page, frames) {
  const { add, level } = await connectBeside();
  await openTab(page, "StockLevelChanged");
  await writeVariables(page, { snapshot: true, filter: { skus: [level.sku], locations: [level.location.code] } });
  await page.locator(".graphiql-execute-button").click();
  await waitUntilShown(page, '"stockLevelChanged"');
  // CAUGHT_UP follows the snapshot at once and takes its place on the page: look for it in what came in.
  await waitFor(() => frames.some((frame) => frame.includes('"SNAPSHOT"') && frame.includes(level.sku)), "a SNAPSHOT");

  const reference = `browser-${Date.now().toString(36)}`;
  const startedAt = performance.now();
  await add(reference);
  await waitUntilShown(page, reference, '"CHANGE"');
  const shownAfterMs = Math.round(performance.now() - startedAt);
  if (screenshot) await page.screenshot({ path: screenshot });
  return { sku: level.sku, location: level.location.code, reference, shownAfterMs, screenshot: screenshot ?? null };
}

/** A second manager, without a browser: knows the level that moved longest ago and adds one unit to it. */
async function connectBeside() {
  const ask = asking(base, (await demoTokens(base)).manager);
  // The simulator is unlikely to move this one meanwhile.
  const { stockLevels } = await ask("{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 1) { nodes { sku location { code } } } }");
  const [level] = stockLevels.nodes;
  return { level, add: (reference) => adjust(ask, level, 1, reference) };
}

async function openTab(page, name) {
  await page.getByRole("tab", { name }).click({ timeout });
  await page.locator(".graphiql-query-editor", { hasText: name }).waitFor({ timeout });
  // It reads the operation a moment after it shows it, and keeps the text as it does so.
  const isRead = (operation) => localStorage.getItem("graphiql:query")?.includes(operation);
  await page.waitForFunction(isRead, name, { timeout });
}

async function variablesShow(page, text) {
  const shown = (expected) =>
    document
      .querySelector(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines")
      ?.innerText.replaceAll("\u00a0", " ")
      .includes(expected);
  await page.waitForFunction(shown, text, { timeout });
}

async function writeVariables(page, variables) {
  const lines = page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-line");
  await lines.first().click({ timeout });
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(JSON.stringify(variables));
  // The editor closes quotes and braces on its own: what it put behind the cursor has to go.
  await page.keyboard.press("ControlOrMeta+Shift+End");
  await page.keyboard.press("Delete");
  await page.getByRole("button", { name: "Prettify" }).click();
  await lines.nth(2).waitFor({ timeout });
}

async function waitUntilShown(page, ...texts) {
  const allShown = (expected) => {
    const shown = document.querySelector(".result-window .view-lines")?.innerText.replaceAll("\u00a0", " ") ?? "";
    return expected.every((text) => shown.includes(text));
  };
  await page.waitForFunction(allShown, texts, { timeout });
}
