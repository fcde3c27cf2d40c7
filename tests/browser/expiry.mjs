/**
 * A token ends while the table of stock is open: whoever signs in again goes on where he was.
 *
 *   node expiry.mjs http://127.0.0.1:5005 screenshot.png TOKEN
 *
 * It says "ready" and waits for a token that ends soon, so that its time is not spent on starting a browser.
 */
import { collectFaults, connectionIs, openBrowser, run, say, signInWithToken } from "./page.mjs";

const [base, screenshot, token] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  await page.goto(base);
  await page.getByLabel("Bearer token").waitFor();
  await signInWithToken(page, base, await say("ready"), "#/stock?status=LOW");
  await connectionIs(page, "Live");
  const said = await page.getByRole("status").filter({ hasText: "session" }).innerText();
  // No header could take it.
  await page.getByLabel("Bearer token").fill("not.a.\u{1f511}");
  await page.getByRole("button", { name: "Sign in with the token" }).click();
  await page.getByRole("alert").filter({ hasText: "This is no token" }).waitFor();
  await page.getByLabel("Bearer token").fill("not.a.token");
  await page.getByRole("button", { name: "Sign in with the token" }).click();
  const refused = await page.getByRole("alert").filter({ hasText: "not accept" }).innerText();
  await page.getByLabel("Bearer token").fill(token);
  await page.getByRole("button", { name: "Sign in with the token" }).click();
  await connectionIs(page, "Live");
  // What a browser says of an answer with 401.
  faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("401")));
  return { said, refused, address: new URL(page.url()).hash };
});
