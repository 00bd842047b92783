/** Things that ended, remembered for a while: using one of them again is a misuse with a name. */

const REMEMBERED = 4096;

/**
 * Remembers the last few thousand endings, so that memory is bounded by what lives and not by the log. Two generations:
 * when the younger is full, the older is forgotten as a whole.
 */
export class Graveyard<Key, Value> {
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  /** Remembers an ending. */
  bury(key: Key, value: Value): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size < REMEMBERED) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  /** What ended under this key, if it is still remembered. */
  find(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** The key lives again. */
  forget(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** How many endings are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Everything remembered, the older generation first. */
  *values(): Generator<Value> {
    yield* this.#old.values();
    yield* this.#young.values();
  }
}
