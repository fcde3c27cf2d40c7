import { expect, test, vi } from "vitest";
import reasonsOfTheService from "../../../domain/reasons.py?raw";
import schema from "../../../frontend-contract/schema.graphql?raw";

vi.stubGlobal("localStorage", { getItem: () => "en" });
const { codes, reasonName } = await import("./codes");

const { reasons } = codes.de;

test("a reason has the reader's word for it unless its tenant has named it otherwise", () => {
  expect(reasonName({ code: "cycle_count", name: "Cycle count" }, reasons)).toBe("Inventurzählung");
  expect(reasonName({ code: "found", name: "Found in the yard" }, reasons)).toBe("Found in the yard");
  expect(reasonName({ code: "flood", name: "Flood" }, reasons)).toBe("Flood");
});

test("each document and each reason that the service itself writes down is named in both languages", () => {
  const [, told = ""] = /What `reference` names: ([^"]*?)and more to come/.exec(schema) ?? [];
  const [, first = ""] = /DEFAULT_REASON_CODES[^=]*= \(([\s\S]*?)\n\)/.exec(reasonsOfTheService) ?? [];
  const documents = [...told.matchAll(/`(\w+)`/g)].map(([, code]) => code);
  const all = [...first.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code);
  expect([documents.length > 8, all.length > 8]).toEqual([true, true]);
  for (const { references, reasons: named } of Object.values(codes)) {
    expect(documents.filter((code) => !references[code ?? ""])).toEqual([]);
    expect(all.filter((code) => !named[code ?? ""])).toEqual([]);
  }
});
