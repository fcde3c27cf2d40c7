import { fields, kinds, values } from "./shapes.js";

/**
 * What is told in place of a made-up value: by the name of a type and of its field, a value, or a function of the field's
 * arguments and of the thing's place in its list.
 *
 * @typedef {{ [type: string]: { [field: string]: unknown } }} Overrides
 */

/** @typedef {{ type: string, at: number, given: Record<string, any> }} Place */

/** A list has as many things as are asked for, and no more than these. */
const listedMost = 3;

/** What a field is called says what it may hold; quantities agree, as those of one level do. @type {Record<string, unknown>} */
const told = {
  quantityOnHand: 24,
  quantityAllocated: 4,
  quantityUnavailable: 0,
  quantityIncoming: 12,
  availableToPromise: 20,
  previousAvailableToPromise: 21,
  previousVersion: 6,
  version: 7,
  reorderPoint: 6,
  category: "Camping",
  vendor: "Peak",
  currency: "EUR",
  timeZone: "Europe/Berlin",
  channel: "web",
  reasonCode: "damaged",
  note: "Found on the floor.",
  url: "https://acme.example/hooks",
  field: null,
};

/** Of a list, one thing after the other. @type {Record<string, string[]>} */
const names = {
  name: ["Ridge tent, 2 persons", "Fjord stove", "Trail lamp"],
  code: ["MAIN", "SHELF-1", "SHELF-2"],
};

/** What a thing is in when all is well. */
const usual = ["CHANGE", "CONFIRMED", "APPLIED", "IN_STOCK", "OPEN", "ADJUSTMENT"];

/** @type {Record<string, (field: string, place: Place) => unknown>} */
const scalars = {
  BigInt: (_, { at }) => 24 + at,
  Boolean: (field) => !field.startsWith("has"),
  Cursor: (_, { at }) => `cursor-${at + 1}`,
  Date: (_, { at }) => `2026-03-0${at + 1}`,
  DateTime: (_, { at }) => `2026-03-0${at + 1}T09:30:00Z`,
  Decimal: (field) => (/rate$/i.test(field) ? "0.25" : "19.90"),
  Float: () => 0.5,
  ID: (_, { type, at }) => `${type}:${at + 1}`,
  Int: (_, { at }) => at + 1,
  JSON: () => ({}),
  String: textOf,
};

/** @param {string} field @param {Place} place */
function textOf(field, { at }) {
  if (names[field]) return names[field][at];
  if (/sku$/i.test(field)) return `SKU-${at + 1}`;
  if (/cursor$/i.test(field)) return `cursor-${at + 1}`;
  if (/(^actor|By)$/.test(field)) return "manager@acme";
  return `${field}-${at + 1}`;
}

/**
 * What the service might answer to a document: everything that it asks for is there, of the right type, and the same
 * with each call. What an argument names is told as it was named (`stockLevel(sku: "A")` is of the SKU A), lists have up to three
 * things and at most `first`, nothing was refused.
 *
 * @template Result
 * @template Variables
 * @param {import("./document.js").Document<Result, Variables>} document
 * @param {NoInfer<Variables>} [variables]
 * @param {Overrides} [overrides]
 * @returns {Result}
 */
export function mock(document, variables, overrides = {}) {
  const [operation] = document.definitions.filter(({ kind }) => kind === "OperationDefinition");
  const root = operation.operation[0].toUpperCase() + operation.operation.slice(1);
  return new Answer(document, variables ?? {}, overrides).of(operation.selectionSet, { type: root, at: 0, given: {} });
}

/** How many things a page has that was asked for so. @param {Record<string, any>} given */
function listed({ first, last }) {
  return Math.min(listedMost, first ?? last ?? listedMost);
}

class Answer {
  /**
   * @param {{ definitions: readonly any[] }} document
   * @param {Record<string, any>} variables
   * @param {Overrides} overrides
   */
  constructor(document, variables, overrides) {
    this.fragments = new Map(document.definitions.map((each) => [each.name?.value, each]));
    this.variables = variables;
    this.overrides = overrides;
  }

  /** @param {any} selectionSet @param {Place} place @returns {any} */
  of(selectionSet, place) {
    /** @type {Record<string, unknown>} */
    const thing = {};
    for (const { name, alias, arguments: given, selectionSet: below } of this.#selected(selectionSet, place.type)) {
      thing[(alias ?? name).value] = this.#field(name.value, this.#arguments(given ?? []), below, place);
    }
    return thing;
  }

  /** The fields of a selection, those of fragments on this type too. @param {any} set @param {string} type @returns {any[]} */
  #selected(set, type) {
    return set.selections
      .filter((/** @type {any} */ each) => this.#wanted(each))
      .flatMap((/** @type {any} */ each) => {
        if (each.kind === "Field") return [each];
        const fragment = each.kind === "FragmentSpread" ? this.fragments.get(each.name.value) : each;
        const on = fragment.typeCondition?.name.value ?? type;
        return on === type || kinds[on]?.includes(type) ? this.#selected(fragment.selectionSet, type) : [];
      });
  }

  /** By `@skip` and `@include`. @param {any} selection */
  #wanted({ directives = [] }) {
    return directives.every((/** @type {any} */ { name, arguments: given }) => {
      const { if: holds } = this.#arguments(given);
      return name.value === "skip" ? !holds : name.value !== "include" || holds;
    });
  }

  /** @param {any[]} given @returns {Record<string, any>} */
  #arguments(given) {
    return Object.fromEntries(given.map(({ name, value }) => [name.value, this.#value(value)]));
  }

  /** @param {any} node @returns {unknown} */
  #value(node) {
    if (node.kind === "Variable") return this.variables[node.name.value];
    if (node.kind === "ListValue") return node.values.map((/** @type {any} */ each) => this.#value(each));
    if (node.kind === "ObjectValue") {
      return Object.fromEntries(node.fields.map((/** @type {any} */ { name, value }) => [name.value, this.#value(value)]));
    }
    if (node.kind === "IntValue" || node.kind === "FloatValue") return Number(node.value);
    return node.kind === "NullValue" ? null : node.value;
  }

  /** @param {string} name @param {Record<string, any>} given @param {any} below @param {Place} place */
  #field(name, given, below, place) {
    if (name === "__typename") return place.type;
    const overriding = this.overrides[place.type]?.[name];
    if (typeof overriding === "function") return overriding(given, place.at);
    if (overriding !== undefined) return overriding;
    const type = fields[place.type]?.[name];
    if (!type) throw new Error(`${place.type} has no field ${name}: the document is of another schema`);
    const known = { ...given, ...given.input };
    if (!type.startsWith("[")) return this.#one(name, type.replace("!", ""), known, below, place);
    if (name === "userErrors") return [];
    // The things of a page are as many as the page was asked for.
    const count = listed(Object.keys(given).length ? given : place.given);
    const each = type.replace(/[[\]!]/g, "");
    return Array.from({ length: count }, (_, at) => this.#one(name, each, {}, below, { ...place, at }));
  }

  /** @param {string} name @param {string} type @param {Record<string, any>} given @param {any} below @param {Place} place */
  #one(name, type, given, below, place) {
    if (below) return this.of(below, { type: kinds[type]?.[0] ?? type, at: place.at, given });
    const named = place.given[name];
    if (values[type]) return [named, ...usual].find((each) => values[type].includes(each)) ?? values[type][0];
    if (named !== undefined && named !== null && typeof named !== "object") return named;
    if (name === "totalCount") return listed(place.given);
    return name in told ? told[name] : scalars[type](name, place);
  }
}
