/**
 * The dashboard around its views: who signs in as what, how it looks and speaks, and that everybody can use it.
 *
 *   node dashboard.mjs http://127.0.0.1:5005 screenshot.png
 *
 * Prints what each role was shown, and what axe-core found.
 */
import { accessibilityFaults, collectFaults, connectionIs, openBrowser, run, signIn } from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);
const ROLES = ["vendor", "manager", "approver", "analyst", "system", "admin"];

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  await page.goto(base);
  await page.getByRole("button", { name: "As manager" }).waitFor();
  const inaccessible = await accessibilityFaults(page);
  const shown = {};
  for (const role of ROLES) {
    await signIn(page, base, role);
    shown[role] = await page.getByRole("navigation", { name: "Views" }).getByRole("link").allInnerTexts();
    await page.locator(".bar button").last().click();
    await page.getByRole("dialog").waitFor();
    if (role === "admin") inaccessible.push(...(await accessibilityFaults(page)));
    if (role !== "admin") await page.getByRole("button", { name: "Sign out" }).click();
  }
  await page.getByLabel("Language").selectOption("de");
  await page.getByRole("link", { name: "Bestand" }).waitFor();
  const spoken = await page.evaluate(() => document.documentElement.lang);
  await enterWhereNothingIsKept();
  return { shown, inaccessible, spoken };
});

/** As where all cookies are blocked, or in a frame that is sandboxed. */
async function enterWhereNothingIsKept() {
  await page.addInitScript(() => {
    const refused = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get: refused });
  });
  await page.reload();
  await page.getByRole("button", { name: "As manager" }).click();
  await connectionIs(page, "Live");
}
