import { Store } from "../../live/store";
import type { Stream } from "../../live/stream";
import { Newcomers } from "./newcomers";
import type { Alert } from "./useAlerts";

/** So long a toast stands, unless somebody points at it or has the focus in it. */
const STANDS_MS = 10_000;

/** The alerts that opened while the page is open and were not dismissed yet, the newest first; they go by themselves. */
export class Fresh {
  readonly alerts = new Store<readonly Alert[]>([]);
  #newcomers = new Newcomers();
  #held = false;
  #over: ReturnType<typeof setTimeout> | undefined;

  /** Tells what opens from now on, until what it returns is called. */
  follow(stream: Stream<Alert>): () => void {
    const { picture, state } = stream;
    let filled = false;
    // Those of the first snapshot stood before this page was opened.
    const fill = () => {
      if (!filled && state.get().filled) this.#newcomers.know(Array.from(picture.entries(), ([, alert]) => alert));
      filled = state.get().filled;
    };
    fill();
    const unfollow = state.subscribe(fill);
    const unsubscribe = stream.subscribe((changed) => {
      if (filled) this.#tell([...changed].flatMap((id) => picture.get(id) ?? []));
    });
    return () => {
      unfollow();
      unsubscribe();
      clearTimeout(this.#over);
    };
  }

  /** What is held stands until it is let go, and then as long as what has just come. */
  hold(held: boolean): void {
    this.#held = held;
    this.#wait();
  }

  /** Also of what is held: what goes is not let go of any more. */
  readonly dismiss = (): void => {
    this.alerts.set([]);
    this.hold(false);
  };

  #tell(changed: readonly Alert[]): void {
    const told = this.#newcomers.among(changed);
    if (told.length === 0) return;
    this.alerts.set([...told.reverse(), ...this.alerts.get()]);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#over);
    if (!this.#held && this.alerts.get().length > 0) this.#over = setTimeout(this.dismiss, STANDS_MS);
  }
}
