/** A keyboard wedge types faster than anybody does: at most so many milliseconds between two characters. */
const GAP_MS = 50;
/** So few characters somebody may well type by chance. */
const LEAST = 4;

/** Tells a scanner's burst of keys from typing. Times are milliseconds of one rising clock. */
export class Wedge {
  #typed = "";
  #lastAt = Number.NEGATIVE_INFINITY;

  /** Whether the next character would begin anew. */
  isIdle(at: number): boolean {
    return this.#typed === "" || at - this.#lastAt > GAP_MS;
  }

  /** Takes in one key; the code where it ends a burst. */
  press(key: string, at: number): string | null {
    const inTime = at - this.#lastAt <= GAP_MS;
    if (key === "Enter") {
      const code = inTime && this.#typed.length >= LEAST ? this.#typed : null;
      this.#typed = "";
      return code;
    }
    // Shift and the like come between the characters of a burst.
    if (key.length !== 1) return null;
    this.#typed = inTime ? this.#typed + key : key;
    this.#lastAt = at;
    return null;
  }
}
