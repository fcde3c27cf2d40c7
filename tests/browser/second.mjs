/**
 * Two people, two browsers: what a manager corrects in one is shown to the vendor in the other.
 *
 *   node second.mjs http://127.0.0.1:5005 screenshot.png [rounds]
 *
 * Prints milliseconds, from the answer that the manager's page got and from the click, until the vendor's cell had changed.
 */
import assert from "node:assert/strict";
import { asking, collectFaults, demoTokens, openBrowser, rowOf, run, signIn, waitFor } from "./page.mjs";

const [base, screenshot, rounds = "20"] = process.argv.slice(2);

const vendor = await (await openBrowser()).newPage();
const manager = await (await openBrowser()).newPage();
const form = manager.getByRole("dialog", { name: "Adjust stock" });
const faults = collectFaults(vendor, base);
const managerFaults = collectFaults(manager, base);
await run(vendor, faults, screenshot, async () => {
  const level = await ownLevel(asking(base, (await demoTokens(base)).vendor));
  await signIn(vendor, base, "vendor", `#/stock?q=${encodeURIComponent(level.sku)}`);
  await rowOf(vendor, level).waitFor();
  await manager.addInitScript(noteTimes);
  await signIn(manager, base, "manager", `#/stock/${encodeURIComponent(level.sku)}`);
  await openForm(level);
  const answered = [];
  const clicked = [];
  for (let round = 1; round <= Number(rounds); round++) {
    const shown = shows(level, level.quantityOnHand + round);
    const { clickedAt, answeredAt } = await correct(level, round);
    const shownAt = await shown;
    answered.push(shownAt - answeredAt);
    clicked.push(shownAt - clickedAt);
  }
  await manager.keyboard.press("Escape");
  await form.waitFor({ state: "detached" });
  // What lay below it is still there.
  await manager.getByRole("dialog", { name: level.sku }).getByRole("table").waitFor();
  await manager.context().close();
  faults.push(...managerFaults);
  return { rounds: answered.length, fromAnswer: told(answered), fromClick: told(clicked) };
});

/** A level of the vendor's that nothing moves, of an item that is counted in pieces. */
async function ownLevel(ask) {
  const { stockLevels } = await ask(
    `{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 50, filter: { status: [IN_STOCK] }) { nodes {
      sku quantityOnHand location { code } item { quantityScale archivedAt } } } }`,
  );
  return stockLevels.nodes.find(({ item }) => !item.archivedAt && item.quantityScale === 0);
}

/** Notes when a button was pressed and when a mutation was answered, by a clock that both browsers share. */
function noteTimes() {
  const now = () => performance.timeOrigin + performance.now();
  const send = window.fetch;
  addEventListener("click", () => (window.clickedAt = now()), { capture: true });
  window.fetch = async (...request) => {
    const response = await send(...request);
    if (String(request[1]?.body).includes("adjustStockBatch")) window.answeredAt = now();
    return response;
  };
}

/** From the item that is opened in the table of stock. */
async function openForm({ sku, location }) {
  await manager.getByRole("button", { name: `Adjust ${sku} at ${location.code}` }).click();
  await form.getByLabel(`Change of ${sku}`).fill("1");
  await form.getByLabel("Reason").selectOption("found");
  await form.getByLabel("Location", { exact: true }).first().selectOption(location.code);
}

async function correct({ sku }, round) {
  if (round > 1) {
    await form.getByLabel("Scan or type a SKU or barcode").fill(sku);
    await manager.keyboard.press("Enter");
  }
  await waitFor(async () => (await form.getByLabel(`Change of ${sku}`).inputValue()) === "1", "the line");
  await manager.evaluate(() => (window.answeredAt = null));
  await form.getByRole("button", { name: /^Adjust \(/ }).click();
  await form.getByText("Applied: now").waitFor();
  const times = await manager.evaluate(() => ({ clickedAt: window.clickedAt, answeredAt: window.answeredAt }));
  assert(times.answeredAt, `round ${round} was answered`);
  await form.getByRole("button", { name: "Clear what is done" }).click();
  return times;
}

/** The moment at which the vendor's row has this on hand. */
async function shows(level, units) {
  const cell = await rowOf(vendor, level).getByRole("cell").nth(3).elementHandle();
  return vendor.evaluate(
    ([watched, text]) =>
      new Promise((resolve) => {
        const look = () => {
          if (watched.innerText.trim() !== text) return;
          observer.disconnect();
          resolve(performance.timeOrigin + performance.now());
        };
        const observer = new MutationObserver(look);
        observer.observe(watched, { subtree: true, childList: true, characterData: true });
        look();
      }),
    [cell, String(units)],
  );
}

function told(times) {
  const sorted = times.toSorted((one, other) => one - other).map((time) => Math.round(time * 10) / 10);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  return { median: at(0.5), p99: at(0.99), least: sorted[0] };
}
