/**
 * The things a subscriber holds, kept true by the events of a live subscription; `field` is where an event has the thing
 * ("level", "reservation", "adjustment", "alert").
 *
 * The rules are those of every stream: SNAPSHOT and CHANGE carry a thing's state, REMOVED says that it left the filter,
 * RESET that everything held is void, and each event's cursor is where to resume.
 */
export class Picture {
  #field;
  #things = new Map();
  cursor = null;

  constructor(field) {
    this.#field = field;
  }

  /** Takes one event in; false when it told nothing new. */
  apply(event) {
    this.cursor = event.cursor;
    switch (event.type) {
      case "SNAPSHOT":
      case "CHANGE":
        return this.#keep(event.nodeId, event[this.#field]);
      case "REMOVED":
        return this.#things.delete(event.nodeId);
      case "RESET":
        this.#things.clear();
        return true;
      default:
        // CAUGHT_UP, and whatever a later server adds: only the cursor moves on.
        return false;
    }
  }

  /** Everything held, in the order of node ids, so that two pictures compare as text. */
  things() {
    return [...this.#things]
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([nodeId, thing]) => ({ nodeId, ...thing }));
  }

  #keep(nodeId, thing) {
    const held = this.#things.get(nodeId);
    // Across a resume a version may come again; an older one must never overwrite a newer one.
    if (held && held.version >= thing.version) return false;
    this.#things.set(nodeId, thing);
    return true;
  }
}
