import { type BrowserStorage, keptInTab } from "../../app/browserStorage";
import { newKey } from "../../app/useKey";
import type { AdjustStockBatchInput, AdjustStockLineInput } from "../../contract";
import { Store } from "../../live/store";
import { entersIn } from "./keptDraft";
import { type Action, isDone, type Line, reduce, type Shared } from "./lines";
import type { ScanRule } from "./Scanner";

/** What somebody is entering, and what of it was sent without an answer yet. */
export interface Entered {
  lines: readonly Line[];
  shared: Shared;
  rule: ScanRule;
  /** What was sent last and under which key: the same is done once, however often it is sent. */
  tried: { key: string; lines: readonly AdjustStockLineInput[] } | null;
}

export const NOTHING: Entered = {
  lines: [],
  shared: { reasonCode: "", note: "", reference: "" },
  rule: { each: 1, location: null },
  tried: null,
};

/** As long as the service knows a key for certain. */
const KEPT_MS = 24 * 3_600_000;
/** Characters: what is larger is asked about before it is left. */
const TEXT_MAX = 1_000_000;

/** Corrections that somebody enters: they outlive the view, and a reload by what the tab's store keeps. */
export class Draft {
  readonly entered: Store<Entered>;
  /** Whether something is being sent. */
  readonly sending = new Store(false);
  /** Whether a reload brings back what is not done. */
  readonly kept = new Store(false);
  #storage: BrowserStorage | null;
  #key: string;

  /** `storage` null: nothing is kept. `owner` tells readers of one tab apart. */
  constructor(storage: BrowserStorage | null, owner: readonly string[]) {
    this.#storage = storage;
    this.#key = `stockcast.adjust.${JSON.stringify(owner)}`;
    this.entered = new Store(this.#read());
    this.kept.set(this.entered.get() !== NOTHING);
    this.entered.subscribe(() => this.#write());
  }

  readonly act = (action: Action): void => this.set({ lines: reduce(this.entered.get().lines, action) });

  readonly set = (part: Partial<Entered>): void => this.entered.set({ ...this.entered.get(), ...part });

  /** Takes lines out to be sent, those without an answer as they were sent before; what is the same has its first key. */
  send(ids: readonly number[]): AdjustStockBatchInput {
    const { shared, tried } = this.entered.get();
    this.act({ kind: "send", ids, shared });
    const sent = this.entered.get().lines;
    const lines = ids.flatMap((id) => sent.find((line) => line.id === id)?.sent ?? []);
    const same = tried !== null && JSON.stringify(tried.lines) === JSON.stringify(lines);
    const key = same ? tried.key : newKey();
    this.set({ tried: { key, lines } });
    this.sending.set(true);
    return { idempotencyKey: key, lines };
  }

  /** An answer came. */
  answered(results: Extract<Action, { kind: "answered" }>["results"]): void {
    this.act({ kind: "answered", results });
    this.set({ tried: null });
    this.sending.set(false);
  }

  /** None came: whether it was done nobody knows, or, where it was `refused` as a whole, it was not. */
  unanswered({ refused }: { refused: boolean }): void {
    if (refused) this.act({ kind: "unanswered" });
    this.sending.set(false);
  }

  /** The view is left: what is done has been seen. */
  leave(): void {
    this.act({ kind: "clear" });
    if (this.entered.get().lines.length === 0) this.entered.set(NOTHING);
  }

  /** Whoever comes next begins with nothing. */
  forget(): void {
    this.entered.set(NOTHING);
    this.#storage = null;
  }

  #read(): Entered {
    return entersIn(this.#storage?.read(this.#key) ?? null, Date.now() - KEPT_MS) ?? NOTHING;
  }

  #write(): void {
    const entered = this.entered.get();
    const lines = entered.lines.filter((line) => !isDone(line));
    const text = JSON.stringify({ at: Date.now(), ...entered, lines });
    const keeps = lines.length > 0 && text.length <= TEXT_MAX;
    if (!keeps) this.#storage?.forget(this.#key);
    this.kept.set(keeps && this.#storage?.write(this.#key, text) === true);
  }
}

let open: { owner: string; draft: Draft } | null = null;

/** The one of a reader, the same whenever its view is opened. */
export function draftOf(owner: readonly string[]): Draft {
  const name = JSON.stringify(owner);
  if (open?.owner !== name) open = { owner: name, draft: new Draft(keptInTab, owner) };
  return open.draft;
}

/** Has the draft of a reader who signed out gone. */
export function forgetDraft(owner: readonly string[]): void {
  draftOf(owner).forget();
  open = null;
}
