/**
 * An installation whose people sign in at their issuer: there and back, to the address where they were; the issuer denies
 * it once.
 *
 *   node openid.mjs http://127.0.0.1:5005 screenshot.png ISSUER
 */
import { accessibilityFaults, collectFaults, connectionIs, openBrowser, run } from "./page.mjs";

const [base, screenshot, issuer] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  const button = page.getByRole("button", { name: "Sign in", exact: true });
  const told = async () => ({ href: page.url(), alerts: await page.getByRole("alert").allTextContents() });
  await page.goto(`${base}/?state=of-nobody#/stock?status=LOW`);
  await button.waitFor();
  const strange = await told();
  const inaccessible = await accessibilityFaults(page);
  await button.click();
  await page.getByRole("alert").waitFor();
  const denied = await told();
  await button.click();
  await connectionIs(page, "Live");
  const { href } = new URL(page.url());
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  // It leaves the service for the issuer, and there is no demo here.
  const expected = (fault) => fault.startsWith(`left the service: ${issuer}`) || fault.includes("404");
  faults.splice(0, faults.length, ...faults.filter((fault) => !expected(fault)));
  return { href, kept, inaccessible, strange, denied };
});
