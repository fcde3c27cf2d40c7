/**
 * Views that are saved under a name: by the keyboard alone, for one reader, through a reload and whatever the store does.
 *
 *   node saved.mjs http://127.0.0.1:5005 screenshot.png
 */
import assert from "node:assert/strict";
import { accessibilityFaults, collectFaults, connectionIs, openBrowser, run, signIn, signInAnew, waitFor } from "./page.mjs";

const [base, screenshot] = process.argv.slice(2);
const STOCK = "#/stock?status=OUT_OF_STOCK&sort=-onHand";
const ALERTS = "#/alerts?kind=LOW_STOCK";

// So wide that the menu covers no half of a button, which axe would take for too small a one.
const page = await (await openBrowser({ viewport: { width: 2000, height: 1000 } })).newPage();
const faults = collectFaults(page, base);
const opener = page.getByRole("button", { name: "Saved views" });
const menu = page.getByRole("dialog", { name: "Saved views" });
await run(page, faults, screenshot, async () => {
  await signIn(page, base, "manager", STOCK);
  await save("Gone");
  const inaccessible = await accessibilityFaults(page);
  await page.keyboard.press("Escape");
  await waitFor(() => isFocused(opener), "the focus where it was");
  await page.goto(`${base}/${ALERTS}`);
  await save("Low");
  await page.reload();
  await connectionIs(page, "Live");
  const opened = await openByKeyboard("Gone");
  const renamed = await rename("Gone", "Nothing left");
  inaccessible.push(...(await accessibilityFaults(page)));
  const restored = await deleteAndUndo("Low");
  if (screenshot) await page.screenshot({ path: screenshot });
  const unkept = await saveWhereNothingIsKept();
  await signInAnew(page, base, "vendor", "#/alerts");
  const others = await listed();
  await breakStore();
  await signInAnew(page, base, "manager", "#/alerts");
  const broken = await listed();
  return { inaccessible, opened, renamed, restored, unkept, broken, others };
});

async function save(name) {
  await opener.press("Enter");
  await waitFor(() => isFocused(menu.getByLabel("Save what is shown as")), "the focus in the menu");
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await menu.getByRole("status").getByText(`${name} is saved.`).waitFor();
}

async function openByKeyboard(name) {
  await opener.press("Enter");
  const names = await menu.getByRole("link").allInnerTexts();
  await menu.getByRole("link", { name }).press("Enter");
  await menu.waitFor({ state: "hidden" });
  await page.getByRole("columnheader", { name: "On hand" }).waitFor();
  return { names, address: new URL(page.url()).hash };
}

/** Escape ends the renaming and leaves the menu; the focus goes to what was renamed. */
async function rename(from, to) {
  await opener.press("Enter");
  assert.equal(await menu.getByRole("link", { name: from }).getAttribute("aria-current"), "true");
  await menu.getByRole("button", { name: `Rename ${from}` }).press("Enter");
  await page.keyboard.type("Low");
  await page.keyboard.press("Enter");
  const taken = await menu.getByRole("status").innerText();
  await page.keyboard.press("Escape");
  await waitFor(() => isFocused(menu.getByRole("link", { name: from })), "the focus on the view");
  await menu.getByRole("button", { name: `Rename ${from}` }).press("Enter");
  await page.keyboard.type(to);
  await page.keyboard.press("Enter");
  await waitFor(() => isFocused(menu.getByRole("link", { name: to })), "the focus on the renamed view");
  return taken;
}

async function deleteAndUndo(name) {
  await menu.getByRole("button", { name: `Delete ${name}` }).press("Enter");
  await menu.getByRole("link", { name }).waitFor({ state: "detached" });
  await waitFor(() => isFocused(menu.getByRole("button", { name: "Undo" })), "the focus on what undoes it");
  await page.keyboard.press("Enter");
  await waitFor(() => isFocused(menu.getByRole("link", { name })), "the focus on the view that is back");
  await page.keyboard.press("Escape");
  return new URL(page.url()).hash;
}

async function saveWhereNothingIsKept() {
  await page.evaluate(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  await save("For now");
  const told = await menu.getByRole("status").innerText();
  assert.equal(await menu.getByRole("link", { name: "For now" }).count(), 1);
  await page.reload();
  await connectionIs(page, "Live");
  assert.deepEqual(await listed(), ["Low", "Nothing left"]);
  return told;
}

async function breakStore() {
  const broken = await page.evaluate(() => {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith("stockcast.views"));
    for (const key of keys) localStorage.setItem(key, "[{");
    localStorage.setItem("stockcast.language", "constructor");
    return keys.length;
  });
  assert.equal(broken, 1);
}

async function listed() {
  await opener.press("Enter");
  await menu.waitFor();
  const names = await menu.getByRole("link").allInnerTexts();
  await page.keyboard.press("Escape");
  return names;
}

async function isFocused(locator) {
  return (await locator.count()) === 1 && locator.evaluate((element) => element === document.activeElement);
}
