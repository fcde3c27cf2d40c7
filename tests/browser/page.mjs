/** What every test of a page needs: a browser, what went wrong in a page, who signs in, and somebody who acts beside it. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const timeout = 30_000;

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** A browser with a profile of its own, gone with it; `options` are Playwright's, such as `colorScheme` and `locale`. */
export async function openBrowser(options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "stockcast-page-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    viewport: { width: 1600, height: 1000 },
    locale: "en-GB",
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
    ...options,
  });
  browser.setDefaultTimeout(timeout);
  // It still writes while it closes.
  browser.on("close", () => rm(profile, { recursive: true, force: true, maxRetries: 20 }));
  return browser;
}

/** What a sound page never does: errors in the console, failed requests, resources of another host. Grows as they come. */
export function collectFaults(page, base) {
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("requestfailed", (request) => {
    const told = request.failure()?.errorText;
    // What a view that is left still waited for, the page itself gives up.
    if (told !== "net::ERR_ABORTED") faults.push(`${request.url()}: ${told}`);
  });
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith("http") && host !== new URL(base).host) faults.push(`left the service: ${request.url()}`);
  });
  return faults;
}

/** The frames that a page's sockets receive, as texts. Grows as they come. */
export function collectFrames(page) {
  const frames = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  return frames;
}

/** Opens the dashboard at `#/stock` or another address and signs in as a role of the demo. */
export async function signIn(page, base, role, address = "#/stock") {
  await page.goto(`${base}/${address}`);
  await page.getByRole("button", { name: `As ${role}`, exact: true }).click();
  await connectionIs(page, "Live");
}

/** The same as somebody else: the demo remembers who was signed in last. */
export async function signInAnew(page, base, role, address) {
  await page.evaluate(() => sessionStorage.clear());
  await page.goto("about:blank");
  await signIn(page, base, role, address);
}

/** Waits until the header says so: "Live", "Offline", "Catching up" or "Connecting". */
export async function connectionIs(page, state) {
  await page.locator(".connection strong", { hasText: state }).waitFor();
}

/** Tokens of the demo, by role. */
export async function demoTokens(base) {
  return (await (await fetch(`${base}/demo/tokens`)).json()).tokens;
}

/** Somebody who asks the service without a browser: `ask(query, variables)` gives the data. */
export function asking(base, token) {
  return async (query, variables = {}) => {
    const response = await fetch(`${base}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    assert.equal(errors, undefined);
    return data;
  };
}

/** Adds units to a level, or takes some away, with a reference to know the change by. */
export async function adjust(ask, { sku, location }, quantityChange, reference) {
  const change = { sku, location: location.code, quantityChange, reasonCode: "found" };
  const { adjustStock } = await ask(
    "mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { userErrors { code message } } }",
    { input: { ...change, idempotencyKey: reference, reference } },
  );
  assert.deepEqual(adjustStock.userErrors, []);
}

/** Signs in with a token of one's own, as an installation's people do. */
export async function signInWithToken(page, base, token, address = "#/stock") {
  await page.goto(`${base}/${address}`);
  await page.getByLabel("Bearer token").fill(token);
  await page.getByRole("button", { name: "Sign in with the token" }).click();
}

/** A level's row in the table of stock. */
export function rowOf(page, { sku, location }) {
  const named = page.getByRole("row").filter({ has: page.getByRole("link", { name: sku, exact: true }) });
  return named.filter({ hasText: location.code });
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Says what is seen, and waits until the test that runs this script says a word. */
export async function say(seen) {
  console.log(JSON.stringify(seen));
  return (await lines.next()).value;
}

/** What axe-core finds against WCAG 2.2 AA in the page as it stands, in dark and in light, a line for each. */
export async function accessibilityFaults(page, colorSchemes = ["dark", "light"]) {
  // By the debugger: the page's own policy lets no foreign script in.
  await page.evaluate(await readFile(axeFile, "utf8"));
  const found = [];
  for (const colorScheme of colorSchemes) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    found.push(...(await faultsAsShown(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  return found;
}

async function faultsAsShown(page) {
  // What is still fading in has not the colours that it will have.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(ending.map((each) => each.finished));
  });
  const { violations } = await page.evaluate(() =>
    axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html.slice(0, 300)}\n  ${failureSummary}`),
  );
}

/** Nothing of the page lies beside a phone's screen, and nothing of a dialog beside the dialog. */
export async function fitsPhone(page) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  const fits = () =>
    page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('[role="dialog"]')].every(
        ({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth,
      ),
    );
  await waitFor(fits, "a page as wide as a phone");
  await page.setViewportSize(size);
}

export async function waitFor(isTrue, what, timeoutMs = timeout) {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    assert(Date.now() < deadline, `${what} did not come within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs a script's steps; what they return goes to stdout as JSON. A failure shows the page in `screenshot`. */
export async function run(page, faults, screenshot, steps) {
  try {
    console.log(JSON.stringify(await steps()));
    assert.deepEqual(faults, []);
  } catch (error) {
    // What the page showed and said tells more than the line that gave up.
    if (screenshot) await page.screenshot({ path: screenshot });
    console.error(faults.join("\n"));
    throw error;
  } finally {
    await page.context().close();
    process.stdin.destroy();
  }
}
