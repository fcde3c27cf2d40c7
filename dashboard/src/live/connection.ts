import { type Client, createClient } from "graphql-ws";
import { backOff } from "./backOff";
import { refusal } from "./refusal";
import { Store } from "./store";
import { type Request, Stream, type StreamEvent, type Versioned } from "./stream";

const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
/** A stream tells something at least every 10 seconds; without, the service may be deaf itself. */
const QUIET_MS = 20_000;
/** A stream that nobody looks at is kept so long: going back to a view then shows it at once. */
const LINGER_MS = 30_000;
const TOKEN_ENDED = 4403;

export type Phase = "connecting" | "catching up" | "live" | "late" | "offline";

/** What came after a cut: how much since when, and whether everything had to be read anew. */
export interface Report {
  cutAt: number;
  changes: number;
  reset: boolean;
}

export interface ConnectionState {
  phase: Phase;
  /** Since when nothing new is known; null while all is. */
  since: number | null;
  report: Report | null;
}

/** Who asks: gives the token for each connection, and is told when the service refuses it. */
export interface Credentials {
  token(): Promise<string>;
  refused(): void;
}

interface Followed {
  stream: Stream<Versioned>;
  users: number;
  /** Null until somebody follows it. */
  stop: (() => void) | null;
  lingering: ReturnType<typeof setTimeout> | undefined;
}

/** The one socket of a page, which comes back for ever, and the streams on it, which go on where they were cut. */
export class Connection {
  readonly state = new Store<ConnectionState>({ phase: "connecting", since: null, report: null });
  #url: string;
  #credentials: Credentials;
  /** Null while none is there: before it is opened, after it is closed, and between one that ended for good and the next. */
  #client: Client | null = null;
  /** The one that ended for good, as long as no other has taken its place. */
  #ended: Client | null = null;
  #streams = new Map<string, Followed>();
  #connected = false;
  #cutAt: number | null = null;
  /** Whether the line was cut, and not only ended with its token, which another takes the place of. */
  #wasCut = false;
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(url: string, credentials: Credentials) {
    this.#url = url;
    this.#credentials = credentials;
  }

  /** Connects; what is followed already begins now. */
  open(): void {
    this.#watch = setInterval(() => this.#settle(), 1_000);
    this.#begin();
  }

  /** The stream of a request, the same for all who ask for the same; it tells nothing until it is followed. */
  stream<T extends Versioned>(request: Request): Stream<T> {
    return this.#followed(request).stream as unknown as Stream<T>;
  }

  /** Has the stream of a request told, until as many release it. */
  follow(request: Request): void {
    const followed = this.#followed(request);
    clearTimeout(followed.lingering);
    followed.users += 1;
    if (followed.stop || !this.#client) return;
    this.#subscribe(followed);
    this.#settle();
  }

  release(request: Request): void {
    const key = keyOf(request);
    const followed = this.#streams.get(key);
    if (!followed || --followed.users > 0) return;
    followed.lingering = setTimeout(() => this.#end(key, followed), LINGER_MS);
  }

  /** Has a stream that was released, and is not followed by another, end at once: what replaced it tells the same. */
  forget(request: Request): void {
    const key = keyOf(request);
    const followed = this.#streams.get(key);
    if (followed && followed.users <= 0) this.#end(key, followed);
  }

  close(): void {
    const client = this.#client;
    this.#client = null;
    this.#ended = null;
    clearInterval(this.#watch);
    for (const followed of this.#streams.values()) {
      clearTimeout(followed.lingering);
      followed.stop?.();
      followed.stop = null;
      followed.stream.close();
    }
    if (client) void ended(client);
  }

  #end(key: string, followed: Followed): void {
    clearTimeout(followed.lingering);
    this.#streams.delete(key);
    followed.stop?.();
    followed.stream.close();
    this.#settle();
  }

  #begin(): void {
    this.#client = this.#connect();
    for (const followed of this.#streams.values()) if (followed.users > 0) this.#subscribe(followed);
  }

  #followed(request: Request): Followed {
    const key = keyOf(request);
    const known = this.#streams.get(key);
    if (known) return known;
    const stream = new Stream<Versioned>(request, { heard: () => this.#settle() });
    const made: Followed = { stream, users: 0, stop: null, lingering: undefined };
    this.#streams.set(key, made);
    return made;
  }

  #connect(): Client {
    let pongTimeout: ReturnType<typeof setTimeout>;
    const client = createClient({
      url: this.#url,
      // Also while no view follows anything: whether the service is there is always shown.
      lazy: false,
      connectionParams: async () => ({ Authorization: `Bearer ${await this.#credentials.token()}` }),
      retryAttempts: Number.POSITIVE_INFINITY,
      retryWait: backOff,
      shouldRetry: () => true,
      keepAlive: PING_EVERY_MS,
      onNonLazyError: () => this.#reopen(client),
      on: {
        connected: () => this.#joined(),
        error: () => this.#lost(),
        closed: (event) => {
          clearTimeout(pongTimeout);
          const tokenEnded = (event as CloseEvent).code === TOKEN_ENDED;
          this.#lost(tokenEnded);
          if (tokenEnded) this.#credentials.refused();
        },
        // A dead link closes nothing: ask, and when nothing answers give the socket up, which starts a retry.
        ping: (received) => {
          if (!received) pongTimeout = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
        },
        pong: (received) => received && clearTimeout(pongTimeout),
      },
    });
    return client;
  }

  /** After a close code that graphql-ws takes for the end: a service that failed once may well be whole again. */
  async #reopen(client: Client): Promise<void> {
    if (this.#client !== client) return;
    // Whoever follows something meanwhile would have the old one connect once more, beside the next.
    this.#client = null;
    this.#ended = client;
    for (const followed of this.#streams.values()) followed.stop = null;
    await ended(client);
    await backOff(5);
    if (this.#ended !== client) return;
    this.#ended = null;
    this.#begin();
  }

  #subscribe(followed: Followed, failures = 0): void {
    const { stream } = followed;
    const client = this.#client;
    if (!client) return;
    // graphql-ws sends it with each connection, and each goes on where the stream is by then.
    const payload = {
      query: stream.request.text,
      get variables() {
        return stream.variables;
      },
    };
    let told: ReturnType<typeof refusal> = null;
    const again = async () => {
      if (this.#client !== client) return;
      if (told) stream.fail(told.message);
      if (told?.final) return;
      await backOff(told ? failures + 3 : failures);
      if (this.#streams.get(keyOf(stream.request)) === followed && this.#client === client) {
        this.#subscribe(followed, failures + 1);
      }
    };
    let stopped = false;
    const unsubscribe = client.subscribe<Record<string, StreamEvent>, object>(payload, {
      next: ({ data, errors }) => {
        const event = data && Object.values(data)[0];
        // An event that lacks a part is none the less told; what came in place of one is why the stream ends.
        told = event || !errors ? null : refusal(errors);
        if (!event) return;
        if (stream.lacks(event)) {
          told = refusal(errors ?? []);
          followed.stop?.();
          return void again();
        }
        failures = 0;
        stream.receive(event);
      },
      error: (cause) => {
        told = Array.isArray(cause) ? refusal(cause) : null;
        // What closes the socket for good is seen to by #reopen.
        if (told && !stopped) void again();
      },
      complete: () => {
        if (!stopped) void again();
      },
    });
    followed.stop = () => {
      stopped = true;
      unsubscribe();
    };
  }

  #joined(): void {
    this.#connected = true;
    const now = Date.now();
    for (const { stream } of this.#streams.values()) stream.heardAt = now;
    this.#settle();
  }

  #lost(tokenEnded = false): void {
    if (!this.#client) return;
    this.#wasCut ||= !tokenEnded;
    if (this.#connected) {
      this.#connected = false;
      this.#cutAt ??= Date.now();
      for (const { stream } of this.#streams.values()) stream.cut();
    }
    this.#show(this.#wasCut ? "offline" : "connecting");
  }

  /** Works out what to show from how far each stream is. */
  #settle(): void {
    if (!this.#connected) return;
    const streams = [...this.#streams.values()].filter(isTold).map(({ stream }) => stream);
    if (streams.some((stream) => stream.behind)) return this.#show("catching up");
    if (streams.some((stream) => Date.now() - stream.heardAt > QUIET_MS)) return this.#show("late");
    if (this.#cutAt === null) return this.#show("live");
    const changes = streams.reduce((sum, { missed }) => sum + missed.changes, 0);
    const report = { cutAt: this.#cutAt, changes, reset: streams.some(({ missed }) => missed.reset) };
    const isWorthTelling = this.#wasCut || changes > 0 || report.reset;
    this.#cutAt = null;
    this.#wasCut = false;
    this.state.set({ phase: "live", since: null, report: isWorthTelling ? report : null });
  }

  #show(phase: Phase): void {
    const known = this.state.get();
    const since = phase === "live" ? null : (this.#cutAt ?? known.since ?? Date.now());
    if (known.phase === phase && known.since === since) return;
    this.state.set({ phase, since, report: phase === "live" ? known.report : null });
  }
}

/** A connection that is just being made may fail as it is given up: nobody waits for it any more. */
async function ended(client: Client): Promise<void> {
  try {
    await client.dispose();
  } catch {
    // It is gone either way.
  }
}

/** A stream that was refused tells nothing, and is waited for by nobody. */
function isTold({ stream, stop }: Followed): boolean {
  return stop !== null && stream.state.get().failure === null;
}

function keyOf({ text, variables }: Request): string {
  return `${text}\n${JSON.stringify(variables)}`;
}
