/** Forgets what is idle when a table grows: seldom and much at a time, so that it costs nothing per line. */

/** A table of records that a log may describe more often than it ends them. */
export class SweptMap<Key, Value> extends Map<Key, Value> {
  readonly #isIdle: (value: Value) => boolean;
  #limit: number;

  constructor(limit: number, isIdle: (value: Value) => boolean) {
    super();
    this.#limit = limit;
    this.#isIdle = isIdle;
  }

  override set(key: Key, value: Value): this {
    super.set(key, value);
    if (this.size > this.#limit) this.#sweep(key);
    return this;
  }

  #sweep(newest: Key): void {
    for (const [key, value] of this) if (key !== newest && this.#isIdle(value)) this.delete(key);
    // What is left is alive: room for as much again before the next look.
    this.#limit = Math.max(this.#limit, this.size * 2);
  }
}
