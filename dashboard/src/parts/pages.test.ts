import { expect, test } from "vitest";
import type { Outcome } from "../app/useApi";
import { type Page, Pages } from "./pages";

interface Entry {
  id: string;
}

function page(ids: string, next = true): Page<Entry> {
  return { pageInfo: { hasNextPage: next, endCursor: ids.at(-1) ?? null }, nodes: [...ids].map((id) => ({ id })) };
}

/** A list whose questions are answered when a test says so. */
function asking() {
  const asked: { after: string | null; answer: (answer: Outcome<Page<Entry> | null>) => void }[] = [];
  const pages = new Pages<Entry>((after) => new Promise((answer) => asked.push({ after, answer })));
  const answered = async (at: number, data: Page<Entry>) => {
    asked[at]?.answer({ data, failure: null });
    await new Promise((resolve) => setTimeout(resolve));
  };
  const shown = () =>
    pages.state
      .get()
      .held?.nodes.map(({ id }) => id)
      .join("");
  return { pages, asked, answered, shown };
}

test("what is new comes before what was read", async () => {
  const { pages, asked, answered, shown } = asking();
  void pages.first();
  await answered(0, page("dc"));
  void pages.more();
  expect(asked[1]?.after).toBe("c");
  await answered(1, page("ba", false));
  void pages.first();
  await answered(2, page("ed"));
  expect(shown()).toBe("edcba");
});

test("how many there are is told by what came last", async () => {
  const { pages, answered } = asking();
  void pages.first();
  await answered(0, { ...page("dc"), totalCount: 4 });
  void pages.first();
  await answered(1, { ...page("ed"), totalCount: 5 });
  void pages.more();
  expect(pages.state.get().held?.totalCount).toBe(5);
  await answered(2, { ...page("ba", false), totalCount: 6 });
  expect(pages.state.get().held?.totalCount).toBe(6);
});

test("a first page that comes after a newer one changes nothing", async () => {
  const { pages, answered, shown } = asking();
  void pages.first();
  void pages.first();
  await answered(1, page("dcb"));
  await answered(0, page("cba"));
  expect(shown()).toBe("dcb");
  expect(pages.state.get().loading).toBe(false);
});

test("a next page that comes when the list has begun anew leaves no gap in it", async () => {
  const { pages, answered, shown } = asking();
  void pages.first();
  await answered(0, page("cb"));
  void pages.more();
  void pages.first();
  await answered(2, page("zy"));
  await answered(1, page("a", false));
  expect(shown()).toBe("zy");
});

test("why a page did not come is told until one comes", async () => {
  const { pages, asked, answered } = asking();
  void pages.first();
  asked[0]?.answer({ data: null, failure: "not reached" });
  await new Promise((resolve) => setTimeout(resolve));
  expect(pages.state.get()).toEqual({ held: null, failure: "not reached", loading: false });
  void pages.first();
  await answered(1, page("a"));
  expect(pages.state.get().failure).toBeNull();
});
