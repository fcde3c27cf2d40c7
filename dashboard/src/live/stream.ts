import { Picture } from "inventory-contract/live";
import type { StreamEventType } from "../contract";
import { Frames } from "./frames";
import { Store } from "./store";

/** What every stream's events have in common; the thing itself stands under a name of its own. */
export interface StreamEvent {
  type: StreamEventType;
  cursor: string;
  nodeId: string | null;
}

/** What streams tell about: its states are told apart by rising versions. */
export interface Versioned {
  version: number;
}

export interface StreamState {
  /** Whether the first snapshot is whole. */
  filled: boolean;
  paused: boolean;
  /** Changes that came while the picture is held. */
  waiting: number;
  /** Why the service tells nothing, in its own words; null while it does. */
  failure: string | null;
}

/** The text of a subscription with its variables; `thing` is the name under which its events have what they tell about. */
export interface Request {
  text: string;
  variables: object;
  thing: string;
}

/** Whom a stream tells how far it is. */
export interface Follower {
  heard(): void;
}

type Listener = (changed: ReadonlySet<string>) => void;

/**
 * One subscription, followed through cuts for ever, and the picture that it keeps. What comes is taken in once a frame;
 * while it is paused the picture stands still and the newest state of each thing waits.
 */
export class Stream<T extends Versioned> {
  readonly request: Request;
  readonly state = new Store<StreamState>({ filled: false, paused: false, waiting: 0, failure: null });
  readonly picture: Picture<T>;
  /** Whether something may have been told that has not come yet. */
  behind = true;
  /** When anything came last, by `Date.now()`. */
  heardAt = Date.now();
  /** What came since the connection was cut. */
  missed = { changes: 0, reset: false };
  cursor: string | null = null;
  #follower: Follower;
  #frames = new Frames(() => this.state.get().paused || this.#takeIn());
  #came: StreamEvent[] = [];
  #listeners = new Set<Listener>();
  #thingListeners = new Map<string, Set<() => void>>();

  constructor(request: Request, follower: Follower) {
    this.request = request;
    this.picture = new Picture<T>(request.thing);
    this.#follower = follower;
  }

  /** What to send with the next connection: it goes on where this one ended. */
  get variables(): Record<string, unknown> {
    return { snapshot: true, ...this.request.variables, ...(this.cursor !== null && { after: this.cursor }) };
  }

  /** Whether an event came without what it tells of: the service failed to read it, and is to be asked anew from the event before. */
  lacks(event: StreamEvent): boolean {
    const thing = (event as StreamEvent & Record<string, unknown>)[this.request.thing];
    return (event.type === "SNAPSHOT" || event.type === "CHANGE") && thing == null;
  }

  /** Takes in one event; to be called in the order in which they came. */
  receive(event: StreamEvent): void {
    this.cursor = event.cursor;
    this.heardAt = Date.now();
    if (event.type === "CAUGHT_UP") this.behind = false;
    if (event.type === "RESET") this.missed.reset = true;
    if (event.type === "CHANGE" || event.type === "REMOVED") this.missed.changes += 1;
    this.#came.push(event);
    if (event.type === "RESET") this.behind = true;
    if (this.state.get().failure !== null) this.state.set({ ...this.state.get(), failure: null });
    if (this.state.get().paused) this.#hold(event);
    else this.#frames.ask();
    this.#follower.heard();
  }

  /** The connection was lost. */
  cut(): void {
    this.behind = true;
    this.missed = { changes: 0, reset: false };
  }

  fail(message: string): void {
    this.state.set({ ...this.state.get(), failure: message });
  }

  pause(): void {
    this.#takeIn();
    this.state.set({ ...this.state.get(), paused: true });
  }

  resume(): void {
    this.state.set({ ...this.state.get(), paused: false, waiting: 0 });
    this.#takeIn();
  }

  /** Tells after each frame in which something changed, with the node ids of what did. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  subscribeThing(nodeId: string, listener: () => void): () => void {
    const listeners = this.#thingListeners.get(nodeId) ?? new Set();
    this.#thingListeners.set(nodeId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#thingListeners.get(nodeId) === listeners) this.#thingListeners.delete(nodeId);
    };
  }

  close(): void {
    this.#frames.cancel();
  }

  #takeIn(): void {
    this.#frames.cancel();
    const came = this.#came;
    if (came.length === 0) return;
    this.#came = [];
    const changed = new Set<string>();
    let caughtUp = false;
    for (const event of came) {
      caughtUp ||= event.type === "CAUGHT_UP";
      this.#apply(event, changed);
    }
    if (caughtUp && !this.state.get().filled) this.state.set({ ...this.state.get(), filled: true });
    if (changed.size > 0) this.#tell(changed);
  }

  #apply(event: StreamEvent, changed: Set<string>): void {
    if (event.type === "RESET") for (const [nodeId] of this.picture.entries()) changed.add(nodeId);
    const told = this.picture.apply(event as StreamEvent & Record<string, T | null>);
    if (told && event.nodeId !== null) changed.add(event.nodeId);
  }

  #tell(changed: ReadonlySet<string>): void {
    for (const nodeId of changed) for (const listener of this.#thingListeners.get(nodeId) ?? []) listener();
    for (const listener of this.#listeners) listener(changed);
  }

  /** What waits needs no more room than the things there are: of each only the newest state is kept. */
  #hold({ nodeId }: StreamEvent): void {
    const known = this.state.get();
    if (nodeId !== null) this.state.set({ ...known, waiting: known.waiting + 1 });
    const limit = 2 * this.picture.size + 1_000;
    if (this.#came.length > limit) this.#came = newest(this.#came);
  }
}

/** The last event of each thing, in order, from the last RESET on. */
function newest(events: StreamEvent[]): StreamEvent[] {
  const begin = events.findLastIndex((event) => event.type === "RESET");
  const last = new Map<string, StreamEvent>();
  for (const event of events.slice(begin + 1)) {
    if (event.nodeId === null) continue;
    last.delete(event.nodeId);
    last.set(event.nodeId, event);
  }
  return [...events.slice(begin < 0 ? events.length : begin, begin + 1), ...last.values()];
}
