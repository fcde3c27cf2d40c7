import type { Outcome } from "../../app/useApi";
import type { LevelHistoriesQuery, LevelHistoriesQueryVariables } from "../../contract";
import { Store } from "../../live/store";
import type { Level } from "../../parts/level";

/** A row that is scrolled past sooner asks for nothing. */
const SETTLED_MS = 150;
/** So many levels are asked for at once. */
const BATCH = 40;
const FRESH_MS = 10 * 60_000;

type Ask = (variables: LevelHistoriesQueryVariables) => Promise<Outcome<LevelHistoriesQuery>>;

/** What was available of a level day by day; null while it is not known. */
export type Line = readonly number[] | null;

/** The lines of the levels in sight, read a few rows at a time and kept for some minutes. */
export class Histories {
  #ask: Ask;
  #lines = new Map<string, { line: Store<Line>; at: number }>();
  #wanted = new Map<string, Level>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  line(nodeId: string): Store<Line> {
    const known = this.#lines.get(nodeId) ?? { line: new Store<Line>(null), at: 0 };
    this.#lines.set(nodeId, known);
    return known.line;
  }

  /** Reads a level's line unless its row goes out of sight before. */
  want(nodeId: string, level: Level): () => void {
    this.line(nodeId);
    const known = this.#lines.get(nodeId);
    if (known && Date.now() - known.at < FRESH_MS) return () => undefined;
    this.#wanted.set(nodeId, level);
    this.#timer ??= setTimeout(() => this.#read(), SETTLED_MS);
    return () => this.#wanted.delete(nodeId);
  }

  async #read(): Promise<void> {
    this.#timer = undefined;
    const batch = [...this.#wanted].slice(0, BATCH);
    for (const [nodeId] of batch) this.#wanted.delete(nodeId);
    if (batch.length > 0) await this.#fill(batch.map(([, level]) => level));
    if (this.#wanted.size > 0) this.#timer ??= setTimeout(() => this.#read(), 0);
  }

  async #fill(levels: Level[]): Promise<void> {
    await Promise.all(asked(levels).map((variables) => this.#take(variables)));
  }

  async #take(variables: LevelHistoriesQueryVariables): Promise<void> {
    const { data } = await this.#ask(variables);
    // A row without its line is still whole: the next look asks again.
    for (const { id, history } of data?.stockLevels.nodes ?? []) {
      this.line(id).set(history.map(({ availableToPromise }) => availableToPromise));
      this.#lines.set(id, { line: this.line(id), at: Date.now() });
    }
  }
}

/** What asks for these levels and no others: SKUs together that are wanted at the same locations. */
function asked(levels: readonly Level[]): LevelHistoriesQueryVariables[] {
  const places = grouped(
    levels,
    ({ sku }) => sku,
    ({ location }) => location.code,
  );
  const together = grouped(
    places,
    ([, codes]) => codes.sort().join("\n"),
    ([sku]) => sku,
  );
  return [...together].map(([codes, skus]) => {
    const locations = codes.split("\n");
    return { skus, locations, first: skus.length * locations.length };
  });
}

function grouped<Each, Value>(
  all: Iterable<Each>,
  key: (each: Each) => string,
  value: (each: Each) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const each of all) {
    const group = groups.get(key(each)) ?? [];
    groups.set(key(each), group);
    group.push(value(each));
  }
  return groups;
}
