/**
 * A request as graphql-ws and graphql-sse take it, whose result is known.
 *
 * @template Result
 * @template Variables
 * @typedef {{ query: string, variables: Variables, readonly __result?: Result }} Request
 */
export type Request<Result, Variables> = {
    query: string;
    variables: Variables;
    readonly __result?: Result;
};
export type Answer<Result> = {
    data?: Result | null;
    errors?: readonly any[];
    extensions?: unknown;
};
export type Sink<Result> = {
    next(answer: Answer<Result>): void;
    error(cause: unknown): void;
    complete(): void;
};
export type Typed = {
    subscribe<Result, Variables>(request: Request<Result, Variables>, sink: Sink<Result>): () => void;
};
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
export declare function request<Result, Variables extends Record<string, unknown>>(document: import("./document.js").Document<Result, Variables>, variables: NoInfer<Variables>): Request<Result, Variables>;
/**
 * A client of graphql-ws or graphql-sse whose subscriptions resume where they were cut: both clients send the request
 * again, as it then is, with each new connection, and the cursor of the last event that was taken in is its `after`.
 * The document must declare the variable: `subscription (…, $after: Cursor)`.
 *
 * @template {{ subscribe(request: any, sink: any): () => void }} Client
 * @param {Client} client
 * @returns {Typed & Client}
 */
export declare function resuming<Client extends {
    subscribe(request: any, sink: any): () => void;
}>(client: Client): Typed & Client;
export type LiveEvent = {
    type: string;
    cursor: string;
    nodeId?: string | null;
};
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
export declare class Picture<Thing extends {
    version: number;
}, Field extends string = string> {
    #private;
    /** @type {string | null} */
    cursor: string | null;
    /** @param {Field} field */
    constructor(field: Field);
    /**
     * Takes one event in; false when it told nothing new.
     *
     * @param {LiveEvent & { [field in Field]?: Thing | null }} event
     * @returns {boolean}
     */
    apply(event: LiveEvent & { [field in Field]?: Thing | null; }): boolean;
    /** How many things are held. */
    get size(): number;
    /**
     * The thing of a node id; undefined where none is held.
     *
     * @param {string} nodeId
     * @returns {Thing | undefined}
     */
    get(nodeId: string): Thing | undefined;
    /**
     * Everything held under its node id, in the order in which it first came.
     *
     * @returns {IterableIterator<[string, Thing]>}
     */
    entries(): IterableIterator<[string, Thing]>;
    /**
     * Everything held, in the order of node ids, so that two pictures compare as text.
     *
     * @returns {Array<{ nodeId: string } & Thing>}
     */
    things(): Array<{
        nodeId: string;
    } & Thing>;
}
