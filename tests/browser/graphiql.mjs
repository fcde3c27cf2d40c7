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
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base, screenshot] = process.argv.slice(2);
assert(base, "give the service's address: node graphiql.mjs http://127.0.0.1:5005 [screenshot.png]");
const timeout = 30_000;

const profile = await mkdtemp(join(tmpdir(), "graphiql-"));
const browser = await openBrowser(profile);
const page = await browser.newPage();
const faults = collectFaults(page);
const frames = collectFrames(page);
try {
  await openExamples(page);
  const sold = await sellOneUnit(page, frames);
  await approveWhatAVendorAsks(page);
  console.log(JSON.stringify({ ...(await watchOneChange(page, frames)), sold }));
  assert.deepEqual(faults, []);
} catch (error) {
  // What the page showed and said tells more than the line that gave up.
  if (screenshot) await page.screenshot({ path: screenshot });
  console.error(faults.join("\n"));
  throw error;
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}

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
  const { adjust, level } = await connectBeside();
  await openTab(page, "StockLevelChanged");
  await writeVariables(page, { snapshot: true, filter: { skus: [level.sku], locations: [level.location.code] } });
  await page.locator(".graphiql-execute-button").click();
  await waitUntilShown(page, '"stockLevelChanged"');
  // CAUGHT_UP follows the snapshot at once and takes its place on the page: look for it in what came in.
  await waitFor(() => frames.some((frame) => frame.includes('"SNAPSHOT"') && frame.includes(level.sku)), "a SNAPSHOT");

  const reference = `browser-${Date.now().toString(36)}`;
  const startedAt = performance.now();
  await adjust(reference);
  await waitUntilShown(page, reference, '"CHANGE"');
  const shownAfterMs = Math.round(performance.now() - startedAt);
  if (screenshot) await page.screenshot({ path: screenshot });
  return { sku: level.sku, location: level.location.code, reference, shownAfterMs, screenshot: screenshot ?? null };
}

function openBrowser(userDataDirectory) {
  return chromium.launchPersistentContext(userDataDirectory, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    viewport: { width: 1600, height: 1000 },
    chromiumSandbox: false, // Its sandbox refuses to run as root.
    args: [
      "--headless=new",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function collectFaults(page) {
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("requestfailed", (request) => faults.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http") && host !== new URL(base).host) faults.push(`left the service: ${request.url()}`);
  });
  return faults;
}

function collectFrames(page) {
  const frames = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  return frames;
}

/** A second manager, without a browser: knows the level that moved longest ago and adds one unit to it. */
async function connectBeside() {
  const { tokens } = await (await fetch(`${base}/demo/tokens`)).json();
  const run = async (query, variables) => {
    const response = await fetch(`${base}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${tokens.manager}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined);
    return data;
  };
  // The simulator is unlikely to move this one meanwhile.
  const { stockLevels } = await run(
    "{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 1) { nodes { sku location { code } } } }",
  );
  const [level] = stockLevels.nodes;
  return { level, adjust: (reference) => adjustStock(run, level, reference) };
}

async function adjustStock(run, { sku, location }, reference) {
  const change = { sku, location: location.code, quantityChange: 1, reasonCode: "found" };
  const { adjustStock } = await run(
    "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { userErrors { code message } } }",
    { input: { ...change, idempotencyKey: reference, reference } },
  );
  assert.deepEqual(adjustStock.userErrors, []);
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

async function waitFor(isTrue, what) {
  const deadline = Date.now() + timeout;
  while (!isTrue()) {
    assert(Date.now() < deadline, `${what} did not come within ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
