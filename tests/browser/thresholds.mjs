/**
 * Thresholds that two people set at once: neither overwrites the other unseen.
 *
 *   node thresholds.mjs http://127.0.0.1:5005 screenshot.png
 */
import assert from "node:assert/strict";
import { accessibilityFaults, adjust, asking, collectFaults, demoTokens, fitsPhone, openBrowser, run, signIn } from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);

const page = await (await openBrowser()).newPage();
const faults = collectFaults(page, base);
await run(page, faults, screenshot, async () => {
  const ask = asking(base, (await demoTokens(base)).admin);
  const level = await levelToSet(ask);
  await set(ask, level, {
    reorderPoint: 4,
    safetyStock: 0,
    lowStockThreshold: null,
    overstockThreshold: null,
    staleAfterDays: 60,
  });
  const read = page.waitForResponse((response) => isOfItem(response.request()));
  await signIn(page, base, "manager", `#/stock/${level.sku}`);
  const editor = await openEditor(level);
  const readAnew = await readNothingAnew(await (await read).text());
  await editor.getByLabel("Reorder point").fill("6");
  await editor.getByLabel("Stale after days without movement").fill("61");
  await set(ask, level, { reorderPoint: 9 });
  await adjust(ask, level, 1, `thresholds-${Date.now()}`);
  await editor.getByRole("button", { name: "Save" }).click();
  const conflict = editor.locator("[data-conflict]");
  await conflict.waitFor();
  const told = await conflict.getByRole("row").last().getByRole("cell").allInnerTexts();
  const inaccessible = await accessibilityFaults(page);
  await fitsPhone(page);
  if (screenshot) await page.screenshot({ path: screenshot });
  const refused = await thresholdsOf(ask, level);
  await conflict.getByRole("button", { name: "Save what you wrote" }).click();
  await editor.waitFor({ state: "hidden" });
  const kept = await thresholdsOf(ask, level);
  const taken = await takeWhatIsThere(ask, level, readAnew);
  return { inaccessible, told, refused, kept, taken };
});

/** One that is counted in pieces, and moved longest ago. */
async function levelToSet(ask) {
  const { stockLevels } = await ask(
    "{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 50) { nodes { sku location { code } item { archivedAt quantityScale } } } }",
  );
  return stockLevels.nodes.find(({ item }) => !item.archivedAt && item.quantityScale === 0);
}

async function set(ask, { sku, location }, thresholds) {
  const { setStockPolicy } = await ask(
    "mutation ($input: StockPolicyInput!) { setStockPolicy(input: $input) { userErrors { message } } }",
    {
      input: {
        idempotencyKey: `thresholds-${JSON.stringify(thresholds)}-${Date.now()}`,
        sku,
        location: location.code,
        ...thresholds,
      },
    },
  );
  assert.deepEqual(setStockPolicy.userErrors, []);
}

async function thresholdsOf(ask, { sku, location }) {
  const { stockLevel } = await ask(
    "query ($sku: String!, $code: String!) { stockLevel(sku: $sku, location: $code) { reorderPoint staleAfterDays } }",
    { sku, code: location.code },
  );
  return [stockLevel.reorderPoint, stockLevel.staleAfterDays];
}

async function openEditor({ sku, location }) {
  const name = `Thresholds at ${location.code}`;
  await page.getByRole("dialog", { name: sku }).getByRole("button", { name }).click();
  const editor = page.getByRole("dialog", { name });
  await editor.getByLabel("Reorder point").waitFor();
  return editor;
}

/** Answers what would tell the page of another's thresholds as it was answered `before`; called, it ends that. */
async function readNothingAnew(before) {
  await page.route("**/graphql", (route) =>
    isOfItem(route.request()) ? route.fulfill({ contentType: "application/json", body: before }) : route.continue(),
  );
  return () => page.unroute("**/graphql");
}

function isOfItem(request) {
  return request.postData()?.includes("query ItemStock");
}

/** What somebody else sets while the editor is open is shown by itself; taken over, nothing is left to be saved. */
async function takeWhatIsThere(ask, level, readAnew) {
  const editor = await openEditor(level);
  const field = editor.getByLabel("Reorder point");
  assert.equal(await field.inputValue(), "6", "what was set here is known before it is read anew");
  await readAnew();
  await field.fill("7");
  await set(ask, level, { reorderPoint: 11 });
  await editor.getByRole("button", { name: "Take what is there now" }).click();
  await editor.locator("[data-conflict]").waitFor({ state: "detached" });
  const focused = await field.evaluate((input) => input === document.activeElement);
  return { shown: await field.inputValue(), focused, saves: await editor.getByRole("button", { name: "Save" }).isEnabled() };
}
