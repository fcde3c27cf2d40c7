/**
 * Reservations: they come by themselves and run out, and are confirmed, shipped, released and extended in part or whole.
 *
 *   node reservations.mjs http://127.0.0.1:5005 screenshot.png
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
const mark = Date.now().toString(36);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  const tokens = await demoTokens(base);
  const [system, vendor] = [asking(base, tokens.system), asking(base, tokens.vendor)];
  const [one, other] = await plenty(system, 2);
  await signIn(page, base, "manager", `#/reservations?order=page-${mark}`);
  await page.getByText("No reservation passes these filters.").waitFor();
  await reserve(system, `page-${mark}`, [one, other]);
  await rowOf(`page-${mark}`).waitFor();
  const inaccessible = await accessibilityFaults(page);
  const counting = await seeItCountDown();
  await openOrder(`page-${mark}`);
  inaccessible.push(...(await accessibilityFaults(page)));
  const extended = await extend();
  const shipped = await shipInPart(one);
  if (screenshot) await page.screenshot({ path: screenshot });
  await releaseTheRest();
  await page.keyboard.press("Escape");
  await rowOf(`page-${mark}`).waitFor({ state: "detached" });
  await page.getByLabel("Status").selectOption("COMMITTED");
  await rowOf(`page-${mark}`).waitFor();
  const released = await releaseAsVendor(system, vendor);
  const offered = await lookOn(system, one);
  const paged = await pageOnEnded(system, one);
  const confirmed = await confirmAsAdmin(system, one, inaccessible);
  return { inaccessible, counting, extended, shipped, released, offered, paged, confirmed };
});

/** Levels with much to promise, each of another SKU that is counted in pieces. */
async function plenty(ask, count) {
  const { stockLevels } = await ask(
    "{ stockLevels(sort: AVAILABLE_DESC, first: 250) { nodes { sku location { code } item { archivedAt quantityScale } } } }",
  );
  const pieces = stockLevels.nodes.filter(({ item }) => !item.archivedAt && item.quantityScale === 0);
  return [...new Map(pieces.map((level) => [level.sku, level])).values()].slice(0, count);
}

async function reserve(ask, orderId, levels, quantity = 3) {
  const { reserveStock } = await ask(
    "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { id } userErrors { message } } }",
    {
      input: {
        idempotencyKey: orderId,
        orderId,
        ttlSeconds: 600,
        lines: levels.map(({ sku, location }) => ({ sku, location: location.code, quantity })),
      },
    },
  );
  assert.deepEqual(reserveStock.userErrors, []);
  return reserveStock.reservation.id;
}

function rowOf(order) {
  return page.locator(`tr[data-order="${order}"]`);
}

async function openOrder(order) {
  await page.getByRole("button", { name: `Open the reservation of order ${order}` }).click();
  await page.getByRole("dialog").locator("tr[data-sku]").first().waitFor();
}

async function seeItCountDown() {
  // As every text of a table that goes on in a second line.
  assert.equal(
    await rowOf(`page-${mark}`)
      .getByRole("button")
      .evaluate((link) => getComputedStyle(link).textAlign),
    "start",
  );
  const clock = rowOf(`page-${mark}`).locator("time");
  const before = await clock.innerText();
  await waitFor(async () => (await clock.innerText()) !== before, "the clock to go on");
  return before;
}

async function extend() {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Extend" }).click();
  await dialog.getByLabel("Minutes from now until it expires").fill("99999999");
  await dialog.getByRole("button", { name: "Extend" }).last().click();
  await dialog.getByText("Enter minutes, 1 to 44,640 (31 days).").waitFor();
  await dialog.getByLabel("Minutes from now until it expires").fill("120");
  await dialog.getByRole("button", { name: "Extend" }).last().click();
  await dialog.getByText("Extended.").waitFor();
  const clock = dialog.locator("time");
  await waitFor(async () => /in 1:5\d:\d\d|in 2:00:00/.test(await clock.innerText()), "two hours on the clock");
  return clock.innerText();
}

/** Two of the three units of one line, and none of the other. */
async function shipInPart(one) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Ship" }).click();
  const fields = dialog.getByLabel(/^Units of /);
  assert.deepEqual(await fields.evaluateAll((inputs) => inputs.map(({ value }) => value)), ["3", "3"]);
  for (const field of await fields.all()) await field.fill("");
  await dialog.getByLabel(`Units of ${one.sku} ${one.location.code}`).fill("9");
  await dialog.getByRole("button", { name: "Ship" }).last().click();
  // The service refuses more than is held, and the line says so.
  await dialog.locator('[aria-invalid="true"]').waitFor();
  await dialog.getByLabel(`Units of ${one.sku} ${one.location.code}`).fill("2");
  await dialog.getByRole("button", { name: "Ship" }).last().click();
  await dialog.getByText("Shipped.", { exact: true }).waitFor();
  const row = dialog.locator(`tr[data-sku="${one.sku}"]`);
  await row.locator('td[data-label="Shipped"]', { hasText: "2" }).waitFor();
  return row.locator('td[data-label="Held"]').innerText();
}

async function releaseTheRest() {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Release" }).click();
  await dialog.getByLabel("Note").fill("The customer took two");
  await dialog.getByRole("button", { name: "Release" }).last().click();
  await dialog.getByText("Released.", { exact: true }).waitFor();
}

/** A vendor sees its own lines alone, and may give them back; it ships nothing. */
async function releaseAsVendor(system, vendor) {
  const [own] = await plenty(vendor, 1);
  const order = `vendor-${mark}`;
  await reserve(system, order, [own]);
  await signInAnew(page, base, "vendor", `#/reservations?order=${order}`);
  await openOrder(order);
  const dialog = page.getByRole("dialog");
  const steps = await dialog.getByRole("group", { name: "What to do" }).getByRole("button").allInnerTexts();
  await dialog.getByRole("button", { name: "Release" }).click();
  await dialog.getByRole("button", { name: "Release" }).last().click();
  await dialog.getByText("Released.", { exact: true }).waitFor();
  return steps;
}

/** Ended ones are many: they come page by page, each once, and how many there are is said from the first. */
async function pageOnEnded(system, level) {
  // One after another: together they would hold more than there is.
  for (let i = 0; i < 60; i += 1) await release(system, await reserve(system, `many-${mark}-${i}`, [level], 1));
  const { reservations } = await system("{ reservations(filter: { status: [RELEASED] }, first: 1) { totalCount } }");
  const { totalCount } = reservations;
  await page.goto(`${base}/#/reservations?status=RELEASED`);
  const caption = page.locator("caption");
  const says = (count) => async () => (await caption.innerText()) === `${count.toLocaleString("en-GB")} reservations`;
  await waitFor(says(totalCount), "how many were released");
  const rows = page.locator("tr[data-order]");
  const first = await rows.count();
  const more = page.getByRole("button", { name: /^Show more/ });
  while (await more.count()) {
    const held = await rows.count();
    await more.click();
    await waitFor(async () => (await rows.count()) > held, "another page");
  }
  const orders = await rows.evaluateAll((all) => all.map((row) => row.dataset.order));
  assert.equal(new Set(orders).size, totalCount);
  // One that is released meanwhile comes by itself.
  await release(system, await reserve(system, `last-${mark}`, [level], 1));
  await rowOf(`last-${mark}`).waitFor();
  await waitFor(says(totalCount + 1), "one more");
  return { first, all: totalCount };
}

async function release(ask, reservationId) {
  const { releaseReservation } = await ask(
    "mutation ($input: ReleaseReservationInput!) { releaseReservation(input: $input) { userErrors { message } } }",
    { input: { idempotencyKey: reservationId, reservationId } },
  );
  assert.deepEqual(releaseReservation.userErrors, []);
}

/** Who takes orders confirms what was paid for, once: then it expires no more. */
async function confirmAsAdmin(system, level, inaccessible) {
  const order = `paid-${mark}`;
  await reserve(system, order, [level]);
  await signInAnew(page, base, "admin", `#/reservations?order=${order}`);
  await openOrder(order);
  const dialog = page.getByRole("dialog");
  const steps = dialog.getByRole("group", { name: "What to do" }).getByRole("button");
  const before = await steps.allInnerTexts();
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByText("The order was paid for").waitFor();
  inaccessible.push(...(await accessibilityFaults(page)));
  await fitsPhone(page);
  await dialog.getByRole("button", { name: "Confirm" }).last().click();
  await dialog.getByText("Confirmed.", { exact: true }).waitFor();
  await dialog.getByText("does not expire").waitFor();
  await waitFor(async () => (await steps.count()) === 2, "the steps of a confirmed one");
  return { before, after: await steps.allInnerTexts() };
}

async function lookOn(system, level) {
  const order = `read-${mark}`;
  await reserve(system, order, [level]);
  await signInAnew(page, base, "analyst", `#/reservations?order=${order}`);
  await openOrder(order);
  return page.getByRole("group", { name: "What to do" }).count();
}
