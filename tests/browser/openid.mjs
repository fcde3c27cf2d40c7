/**
 * An installation whose people sign in at their issuer: there and back, to the address where they were; the issuer denies
 * it once. Later their token is accepted no more, and the issuer gives another without asking them.
 *
 *   node openid.mjs http://127.0.0.1:5005 screenshot.png ISSUER
 */
import { accessibilityFaults, collectFaults, connectionIs, openBrowser, run, waitFor } from "./page.mjs";

const [base, screenshot, issuer] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  const button = page.getByRole("button", { name: "Sign in", exact: true });
  const told = async () => ({ href: page.url(), alerts: await page.getByRole("alert").allTextContents() });
  await page.goto(`${base}/?code=of-nobody#/stock?status=LOW`);
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
  const tokens = await tokensOfAnEnd();
  // It leaves the service for the issuer, and there is no demo here.
  const expected = (fault) => fault.startsWith(`left the service: ${issuer}`) || / 40[14] /.test(fault);
  faults.splice(0, faults.length, ...faults.filter((fault) => !expected(fault)));
  return { href, kept, inaccessible, strange, denied, tokens };
});

/** The service answers once as it does when a token has ended; the tokens of all that is asked until a view is shown. */
async function tokensOfAnEnd() {
  const tokens = [];
  await page.route("**/graphql", (route) => {
    tokens.push(route.request().headers().authorization);
    return tokens.length === 1 ? route.fulfill({ status: 401, json: {} }) : route.continue();
  });
  await page.getByRole("link", { name: "Approvals" }).click();
  await waitFor(() => tokens.filter((token) => token !== tokens[0]).length > 1, "what was asked, asked again");
  await page.getByText("Nothing waits for approval.").waitFor();
  await connectionIs(page, "Live");
  return new Set(tokens).size;
}
