/**
 * The connection is lost and comes back while the table of stock is open: what the header says, and what the table shows.
 *
 *   node cut.mjs http://127.0.0.1:5005 screenshot.png SKU LOCATION QUANTITY
 *
 * It says "ready", then "offline"; after each it waits for a line. Once the table shows QUANTITY on hand of SKU at LOCATION it says
 * what the header told.
 */
import { accessibilityFaults, collectFaults, connectionIs, openBrowser, rowOf, run, say, signIn } from "./page.mjs";

const [base, screenshot, sku, location, quantity] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  await signIn(page, base, "manager", `#/stock?q=${sku}`);
  await page.getByRole("row").nth(1).waitFor();
  // All of it: a picture that was not whole yet is read anew after a cut.
  await connectionIs(page, "Live");
  await say("ready");
  await connectionIs(page, "Offline");
  const offline = await page.locator(".connection").innerText();
  const inaccessible = await accessibilityFaults(page);
  await say("offline");
  await connectionIs(page, "Live");
  const row = rowOf(page, { sku, location: { code: location } });
  await row.getByRole("cell").nth(3).filter({ hasText: quantity }).waitFor();
  const back = await page.locator(".connection").innerText();
  // What a browser says of a server that is away.
  faults.splice(
    0,
    faults.length,
    ...faults.filter((fault) => !/ERR_CONNECTION|ERR_SOCKET_NOT_CONNECTED|WebSocket connection/.test(fault)),
  );
  return { offline, back, inaccessible };
});
