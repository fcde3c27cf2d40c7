/**
 * A request as graphql-ws and graphql-sse take it, whose result is known.
 *
 * @template Result
 * @template Variables
 * @typedef {{ query: string, variables: Variables, readonly __result?: Result }} Request
 */

/**
 * @template Result
 * @typedef {{ data?: Result | null, errors?: readonly any[], extensions?: unknown }} Answer
 */

/**
 * @template Result
 * @typedef {{ next(answer: Answer<Result>): void, error(cause: unknown): void, complete(): void }} Sink
 */

/**
 * @typedef {{ subscribe<Result, Variables>(request: Request<Result, Variables>, sink: Sink<Result>): () => void }} Typed
 */

/**
 * An operation of the contract as a request of graphql-ws and graphql-sse.
 *
 * @template Result
 * @template {Record<string, unknown>} Variables
 * @param {import("./document.js").Document<Result, Variables>} document
 * @param {NoInfer<Variables>} variables
 * @returns {Request<Result, Variables>}
 */
export function request(document, variables) {
  return { query: document.text, variables };
}

/**
 * A client of graphql-ws or graphql-sse whose subscriptions resume where they were cut: both clients send the request
 * again, as it then is, with each new connection, and the cursor of the last event that was taken in is its `after`.
 * The document must declare the variable: `subscription (…, $after: Cursor)`.
 *
 * @template {{ subscribe(request: any, sink: any): () => void }} Client
 * @param {Client} client
 * @returns {Typed & Client}
 */
export function resuming(client) {
  return {
    ...client,
    /**
     * @param {{ variables?: Record<string, unknown> | null }} request
     * @param {Sink<Record<string, any>>} sink
     */
    subscribe(request, sink) {
      const resumed = { ...request, variables: { ...request.variables } };
      return client.subscribe(resumed, {
        /** @param {Answer<Record<string, any>>} answer */
        next(answer) {
          sink.next(answer);
          // The one root field of a subscription, by whatever alias.
          const event = Object.values(answer.data ?? {})[0];
          if (event?.cursor) resumed.variables.after = event.cursor;
        },
        /** @param {unknown} cause */
        error: (cause) => sink.error(cause),
        complete: () => sink.complete(),
      });
    },
  };
}

/**
 * An event of a live subscription: beside these fields it has the thing it tells of.
 *
 * @typedef {{ type: string, cursor: string, nodeId?: string | null }} LiveEvent
 */

/**
 * The things a subscriber holds, kept true by the events of a live subscription; `field` is where an event has the thing
 * ("level", "reservation", "adjustment", "alert").
 *
 * The rules are those of every stream: SNAPSHOT and CHANGE carry a thing's state, REMOVED says that it left the filter,
 * RESET that everything held is void, and each event's cursor is where to resume.
 *
 * @template {{ version: number }} Thing
 * @template {string} [Field=string]
 */
export class Picture {
  /** @type {Field} */
  #field;
  /** @type {Map<string, Thing>} */
  #things = new Map();
  /** @type {string | null} */
  cursor = null;

  /** @param {Field} field */
  constructor(field) {
    this.#field = field;
  }

  /**
   * Takes one event in; false when it told nothing new.
   *
   * @param {LiveEvent & { [field in Field]?: Thing | null }} event
   * @returns {boolean}
   */
  apply(event) {
    this.cursor = event.cursor;
    switch (event.type) {
      case "SNAPSHOT":
      case "CHANGE":
        return this.#keep(/** @type {string} */ (event.nodeId), event[this.#field]);
      case "REMOVED":
        return this.#things.delete(/** @type {string} */ (event.nodeId));
      case "RESET":
        this.#things.clear();
        return true;
      default:
        // CAUGHT_UP, and whatever a later server adds: only the cursor moves on.
        return false;
    }
  }

  /** How many things are held. */
  get size() {
    return this.#things.size;
  }

  /**
   * The thing of a node id; undefined where none is held.
   *
   * @param {string} nodeId
   * @returns {Thing | undefined}
   */
  get(nodeId) {
    return this.#things.get(nodeId);
  }

  /**
   * Everything held under its node id, in the order in which it first came.
   *
   * @returns {IterableIterator<[string, Thing]>}
   */
  entries() {
    return this.#things.entries();
  }

  /**
   * Everything held, in the order of node ids, so that two pictures compare as text.
   *
   * @returns {Array<{ nodeId: string } & Thing>}
   */
  things() {
    return [...this.#things].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([nodeId, thing]) => ({ nodeId, ...thing }));
  }

  /**
   * @param {string} nodeId
   * @param {Thing | null | undefined} thing
   */
  #keep(nodeId, thing) {
    // The service failed to say what it is now, as the errors beside it tell: what is held stands.
    if (!thing) return false;
    const held = this.#things.get(nodeId);
    // Across a resume a version may come again; an older one must never overwrite a newer one.
    if (held && held.version >= thing.version) return false;
    this.#things.set(nodeId, thing);
    return true;
  }
}
