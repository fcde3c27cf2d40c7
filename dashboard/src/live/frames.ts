/** A page in the background draws no frames: what came is then taken in this often. */
const HIDDEN_MS = 500;

/** Runs `work` once before the next frame, however often it is asked to; in the background now and then. */
export class Frames {
  #work: () => unknown;
  #cancel: (() => void) | null = null;

  constructor(work: () => unknown) {
    this.#work = work;
  }

  ask(): void {
    if (this.#cancel) return;
    const run = () => {
      this.cancel();
      this.#work();
    };
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, HIDDEN_MS);
    this.#cancel = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
