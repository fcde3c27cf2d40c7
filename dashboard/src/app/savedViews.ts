import { Store } from "../live/store";
import type { BrowserStorage } from "./browserStorage";

/** What a view shows, filtered, searched and sorted, under a name of the reader's own. */
export interface SavedView {
  name: string;
  /** `#/stock?status=LOW` */
  address: string;
}

/** What came of a change; `unkept`: it stands until the page is closed, as the browser keeps nothing. */
export type Outcome = "kept" | "unkept" | "full" | "long" | "taken" | "unnamed";

export const VIEWS_MAX = 100;
export const NAME_MAX = 80;
const ADDRESS_MAX = 2_000;

/** A reader's saved views, by name, in the browser's store; one that cannot be read or written costs nothing but its memory. */
export class SavedViews {
  readonly all = new Store<readonly SavedView[]>([]);
  #storage: BrowserStorage;
  #key: string;
  /** Whether the store has what is shown here. */
  #kept = true;

  /** `owner` tells readers of one browser apart. */
  constructor(storage: BrowserStorage, owner: readonly string[]) {
    this.#storage = storage;
    this.#key = `stockcast.views.${JSON.stringify(owner)}`;
    this.read();
  }

  /** Takes over what another page of the same reader has kept. */
  read(): void {
    if (!this.#kept) return;
    const text = this.#storage.read(this.#key);
    this.#kept = text !== undefined;
    if (text !== undefined) this.all.set(viewsIn(text));
  }

  /** Under a name that there is already, it takes the place of what that named. */
  save(name: string, address: string): Outcome {
    const view = { name: plain(name), address };
    const others = this.#without(view.name);
    if (view.name === "") return "unnamed";
    if (address.length > ADDRESS_MAX) return "long";
    if (others.length >= VIEWS_MAX) return "full";
    return this.#set([...others, view]);
  }

  rename(from: string, to: string): Outcome {
    const name = plain(to);
    const others = this.#without(from);
    const view = this.all.get().find((each) => each.name === from);
    if (name === "" || !view) return "unnamed";
    if (others.some((each) => each.name === name)) return "taken";
    return this.#set([...others, { ...view, name }]);
  }

  delete(name: string): Outcome {
    return this.#set(this.#without(name));
  }

  has(name: string): boolean {
    return this.all.get().some((each) => each.name === plain(name));
  }

  #without(name: string): SavedView[] {
    this.read();
    return this.all.get().filter((each) => each.name !== name);
  }

  #set(views: SavedView[]): Outcome {
    views.sort((one, other) => one.name.localeCompare(other.name));
    this.all.set(views);
    this.#kept = this.#storage.write(this.#key, JSON.stringify(views));
    return this.#kept ? "kept" : "unkept";
  }
}

/** A name as it is kept. */
export function plain(name: string): string {
  return name.trim().replace(/\s+/g, " ").slice(0, NAME_MAX);
}

/** Of what a store has, the views that are whole: anybody can write there. */
function viewsIn(text: string | null): SavedView[] {
  const found: unknown = parsed(text);
  return Array.isArray(found) ? found.filter(isView).slice(0, VIEWS_MAX) : [];
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
}

function isView(view: unknown): view is SavedView {
  const { name, address } = (view ?? {}) as Partial<Record<keyof SavedView, unknown>>;
  return typeof name === "string" && plain(name) === name && name !== "" && isAddress(address);
}

function isAddress(address: unknown): boolean {
  return typeof address === "string" && address.startsWith("#/") && address.length <= ADDRESS_MAX;
}
