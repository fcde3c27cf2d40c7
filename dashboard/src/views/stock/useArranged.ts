import { useEffect, useState } from "react";
import type { Stream } from "../../live/stream";
import { type Arrangement, arrange, passes, placeOf } from "./arrangement";
import type { Level } from "../../parts/level";

/** While the first snapshot comes, rows are put in so often. */
const FILLING_MS = 200;
/** Later rows change places at most so often: what jumps under the eye cannot be read. */
const LIVE_MS = 1_000;

/** The node ids that pass, in their order; a new list only where that changed. */
export function useArranged(stream: Stream<Level>, arrangement: Arrangement): readonly string[] {
  const [arranged, setArranged] = useState<readonly string[]>([]);
  useEffect(() => {
    const order = new Order(stream, arrangement, setArranged);
    return () => order.stop();
  }, [stream, arrangement]);
  return arranged;
}

class Order {
  #stream: Stream<Level>;
  #arrangement: Arrangement;
  #show: (arranged: readonly string[]) => void;
  #shown: readonly string[] | null = null;
  #places = new Map<string, string | number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #arrangedAt = 0;
  #unsubscribe: () => void;

  constructor(stream: Stream<Level>, arrangement: Arrangement, show: (arranged: readonly string[]) => void) {
    this.#stream = stream;
    this.#arrangement = arrangement;
    this.#show = show;
    this.#arrange();
    this.#unsubscribe = stream.subscribe((changed) => this.#changed(changed));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  /** Most changes move no row: only for one that does everything is put in order anew. */
  #changed(changed: ReadonlySet<string>): void {
    if (this.#timer !== undefined || ![...changed].some((nodeId) => this.#moves(nodeId))) return;
    const every = this.#stream.state.get().filled ? LIVE_MS : FILLING_MS;
    const wait = Math.max(0, this.#arrangedAt + every - performance.now());
    if (wait === 0) this.#arrange();
    else this.#timer = setTimeout(() => this.#arrange(), wait);
  }

  #moves(nodeId: string): boolean {
    const level = this.#stream.picture.get(nodeId);
    const place = level && passes(level, this.#arrangement) ? placeOf(level, this.#arrangement) : undefined;
    return this.#places.get(nodeId) !== place;
  }

  #arrange(): void {
    this.#timer = undefined;
    const { picture } = this.#stream;
    const arranged = arrange(picture.entries(), this.#arrangement);
    this.#places.clear();
    for (const nodeId of arranged) {
      const level = picture.get(nodeId);
      if (level) this.#places.set(nodeId, placeOf(level, this.#arrangement));
    }
    this.#arrangedAt = performance.now();
    const shown = this.#shown;
    const same = shown !== null && arranged.length === shown.length && arranged.every((nodeId, i) => nodeId === shown[i]);
    if (same) return;
    this.#shown = arranged;
    this.#show(arranged);
  }
}
