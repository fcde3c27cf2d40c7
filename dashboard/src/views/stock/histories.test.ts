import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LevelHistoriesQueryVariables } from "../../contract";
import { Histories } from "./histories";
import type { Level } from "../../parts/level";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function level(sku: string, code: string): Level {
  return { sku, location: { code } } as Level;
}

/** Wants the lines of levels, and says which levels were asked for and which got theirs. */
async function read(levels: readonly Level[]): Promise<{ asked: string[]; requests: number; filled: string[] }> {
  const asked: string[] = [];
  let requests = 0;
  const histories = new Histories(async ({ skus, locations, first }: LevelHistoriesQueryVariables) => {
    requests += 1;
    const found = [skus].flat().flatMap((sku) => [locations].flat().map((code) => `${sku} ${code}`));
    asked.push(...found);
    const nodes = found.slice(0, first ?? 100).map((id) => ({ id, history: [{ availableToPromise: 1 }] }));
    return { data: { stockLevels: { nodes } }, failure: null };
  });
  const ids = levels.map(({ sku, location }) => `${sku} ${location.code}`);
  levels.forEach((each, at) => histories.want(ids[at] ?? "", each));
  await vi.advanceTimersByTimeAsync(1_000);
  return { asked, requests, filled: ids.filter((id) => histories.line(id).get() !== null) };
}

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(2, "0")}`);

test("rows of many SKUs and locations ask for their own lines alone, and all of them come", async () => {
  const codes = names("L", 8);
  const rows = names("SKU-", 40).map((sku, at) => level(sku, codes[at % 8] ?? ""));
  const { asked, filled } = await read(rows);
  expect(filled).toHaveLength(40);
  expect(asked.sort()).toEqual(rows.map(({ sku, location }) => `${sku} ${location.code}`).sort());
});

test("SKUs that are wanted at the same locations are asked for together", async () => {
  const rows = names("SKU-", 10).flatMap((sku) => names("L", 4).map((code) => level(sku, code)));
  const { requests, filled } = await read(rows);
  expect([requests, filled.length]).toEqual([1, 40]);
});

/** Lines of one level each, and the SKUs that were asked for. */
function histories(): { lines: Histories; asked: string[] } {
  const asked: string[] = [];
  const lines = new Histories(async ({ skus }: LevelHistoriesQueryVariables) => {
    const found = [skus].flat().map(String);
    asked.push(...found);
    return { data: { stockLevels: { nodes: found.map((id) => ({ id, history: [{ availableToPromise: 1 }] })) } }, failure: null };
  });
  return { lines, asked };
}

test("a line that was read is read again after some minutes, and no sooner", async () => {
  const { lines, asked } = histories();
  const minutes = async (passed: number) => {
    await vi.advanceTimersByTimeAsync(passed * 60_000);
    lines.want("A", level("A", "L"));
    await vi.advanceTimersByTimeAsync(1_000);
    return asked.length;
  };
  expect([await minutes(0), await minutes(9), await minutes(1)]).toEqual([1, 1, 2]);
});

test("a row that is scrolled past asks for nothing", async () => {
  const { lines, asked } = histories();
  const pass = lines.want("A", level("A", "L"));
  lines.want("B", level("B", "L"));
  await vi.advanceTimersByTimeAsync(100);
  pass();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual(["B"]);
});
