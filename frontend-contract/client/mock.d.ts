export type Overrides = {
    [type: string]: {
        [field: string]: unknown;
    };
};
export type Place = {
    type: string;
    at: number;
    given: Record<string, any>;
};
/**
 * What the service might answer to a document: everything that it asks for is there, of the right type, and the same
 * with each call. What an argument names is told as it was named (`stockLevel(sku: "A")` is of the SKU A), lists have up to three
 * things and at most `first`, nothing was refused.
 *
 * @template Result
 * @template Variables
 * @param {import("./document.js").Document<Result, Variables>} document
 * @param {NoInfer<Variables>} [variables]
 * @param {Overrides} [overrides]
 * @returns {Result}
 */
export declare function mock<Result, Variables>(document: import("./document.js").Document<Result, Variables>, variables?: NoInfer<Variables>, overrides?: Overrides): Result;
