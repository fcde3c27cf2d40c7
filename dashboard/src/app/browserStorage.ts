/**
 * One of the browser's two storages. A browser may refuse to hand it out (all cookies blocked, a sandboxed frame), to read
 * and to write; anybody may have written there. Nothing of it raises.
 */
export class BrowserStorage {
  #handOut: () => Storage;

  /** `handOut` is asked each time: it is the asking that raises where the browser refuses. */
  constructor(handOut: () => Storage) {
    this.#handOut = handOut;
  }

  /** Null where nothing is kept; undefined where the browser does not say. */
  read(key: string): string | null | undefined {
    return this.#tried((storage) => storage.getItem(key));
  }

  /** Whether it is kept. */
  write(key: string, text: string): boolean {
    const done = this.#tried((storage) => {
      storage.setItem(key, text);
      return true;
    });
    return done === true;
  }

  forget(key: string): void {
    this.#tried((storage) => storage.removeItem(key));
  }

  /** What is kept under names that begin so. */
  keys(prefix: string): string[] {
    const all = this.#tried((storage) => Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? ""));
    return (all ?? []).filter((key) => key.startsWith(prefix));
  }

  #tried<T>(work: (storage: Storage) => T): T | undefined {
    try {
      return work(this.#handOut());
    } catch {
      return undefined;
    }
  }
}

/** For good, for all pages of this browser. */
export const kept = new BrowserStorage(() => localStorage);

/** Until the tab is closed, for it alone. */
export const keptInTab = new BrowserStorage(() => sessionStorage);
