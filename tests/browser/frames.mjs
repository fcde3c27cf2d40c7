/**
 * The table of stock under a stream of changes: how long frames take, and what the page holds.
 *
 *   node frames.mjs http://127.0.0.1:5005 screenshot.png TOKEN ROWS CHANGES_A_SECOND SECONDS
 *
 * Prints milliseconds between frames, the share of the time in which the page itself was at work (a busy machine draws
 * frames late whatever the page does), the page's heap after a collection before and after, and how long the first row took.
 */
import assert from "node:assert/strict";
import { asking, collectFaults, openBrowser, run, signInWithToken, waitFor } from "./page.mjs";

const [base, screenshot, token, ...figures] = process.argv.slice(2);
const [rows, rate, seconds] = figures.map(Number);
const BATCHES_A_SECOND = 10;

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  const firstRowMs = await untilFirstRow();
  const startedAt = performance.now();
  await page.locator("[aria-rowcount]").waitFor();
  await waitFor(async () => (await rowCount()) === rows, `${rows} rows`, 60_000);
  const allRowsMs = Math.round(performance.now() - startedAt);
  const devtools = await page.context().newCDPSession(page);
  const heapBefore = await heapOf(devtools);
  await devtools.send("Performance.enable");
  const before = await workOf(devtools);
  await page.evaluate(watchFrames);
  const made = await change(asking(base, token));
  const after = await workOf(devtools);
  const frames = (await page.evaluate(() => window.frameTimes)).sort((a, b) => a - b);
  const heapAfter = await heapOf(devtools);
  const shown = await page.getByRole("row").filter({ hasText: made.last.sku }).getByRole("cell").nth(3).innerText();
  if (screenshot) await page.screenshot({ path: screenshot });
  const at = (share) => Number((frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(1));
  return {
    firstRowMs,
    allRowsMs,
    frames: { count: frames.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
    pageBusy: Number(((after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp)).toFixed(3)),
    heapMB: [heapBefore, heapAfter],
    ...made,
    shown: Number(shown.replaceAll(",", "")),
  };
});

async function untilFirstRow() {
  await signInWithToken(page, base, token);
  const startedAt = performance.now();
  await page.locator("[data-node]").first().waitFor();
  return Math.round(performance.now() - startedAt);
}

async function rowCount() {
  return Number(await page.locator("[aria-rowcount]").getAttribute("aria-rowcount")) - 1;
}

function watchFrames() {
  window.frameTimes = [];
  let last = performance.now();
  const frame = (now) => {
    window.frameTimes.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame((now) => {
    last = now;
    requestAnimationFrame(frame);
  });
}

/** Seconds of the page's main thread, by name. */
async function workOf(devtools) {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

async function heapOf(devtools) {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return Number((usedSize / 1e6).toFixed(1));
}

/** Adds a unit to one level after another, some in sight and most not; the first of the table last. */
async function change(ask) {
  const { stockLevels } = await ask("{ stockLevels(first: 250) { nodes { sku location { code } quantityOnHand } } }");
  const levels = stockLevels.nodes;
  const endsAt = performance.now() + seconds * 1000;
  let changes = 0;
  for (let batch = 0; performance.now() < endsAt; batch += 1) {
    const begunAt = performance.now();
    const size = rate / BATCHES_A_SECOND;
    const lines = Array.from({ length: size }, (_, i) => lineOf(levels[(batch * size + i) % levels.length]));
    changes += await correct(ask, lines, `frames-${batch}-${begunAt}`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begunAt + 1000 / BATCHES_A_SECOND - performance.now())));
  }
  const [last] = levels;
  await correct(ask, [{ ...lineOf(last), quantityChange: 7 }], `frames-last-${performance.now()}`);
  const { stockLevel } = await ask(
    "query ($sku: String!, $code: String!) { stockLevel(sku: $sku, location: $code) { quantityOnHand } }",
    { sku: last.sku, code: last.location.code },
  );
  const expected = stockLevel.quantityOnHand.toLocaleString("en-GB");
  await page.getByRole("row").filter({ hasText: last.sku }).filter({ hasText: expected }).first().waitFor();
  return { changes, changesPerSecond: Math.round(changes / seconds), last: { sku: last.sku, onHand: stockLevel.quantityOnHand } };
}

function lineOf({ sku, location }) {
  return { sku, location: location.code, quantityChange: 1, reasonCode: "found" };
}

async function correct(ask, lines, idempotencyKey) {
  const { adjustStockBatch } = await ask(
    "mutation ($input: AdjustStockBatchInput!) { adjustStockBatch(input: $input) { results { userErrors { code message } } } }",
    { input: { idempotencyKey, lines } },
  );
  assert.deepEqual(
    adjustStockBatch.results.flatMap(({ userErrors }) => userErrors),
    [],
  );
  return lines.length;
}
