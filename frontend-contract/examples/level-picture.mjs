/**
 * The levels a subscriber holds, kept true by the events of `stockLevelChanged`.
 *
 * The rules are those of the stream: SNAPSHOT and CHANGE carry a level's state, REMOVED says that it left the filter,
 * RESET that everything held is void, and each event's cursor is where to resume.
 */
export class LevelPicture {
  #levels = new Map();
  cursor = null;

  /** Takes one event in; false when it told nothing new. */
  apply(event) {
    this.cursor = event.cursor;
    switch (event.type) {
      case "SNAPSHOT":
      case "CHANGE":
        return this.#keep(event.nodeId, event.level);
      case "REMOVED":
        return this.#levels.delete(event.nodeId);
      case "RESET":
        this.#levels.clear();
        return true;
      default:
        // CAUGHT_UP, and whatever a later server adds: only the cursor moves on.
        return false;
    }
  }

  /** Every level held, in the order of their node ids, so that two pictures compare as text. */
  levels() {
    return [...this.#levels]
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([nodeId, level]) => ({ nodeId, ...level }));
  }

  #keep(nodeId, level) {
    const held = this.#levels.get(nodeId);
    // Across a resume a version may come again; an older one must never overwrite a newer one.
    if (held && held.version >= level.version) return false;
    this.#levels.set(nodeId, level);
    return true;
  }
}
