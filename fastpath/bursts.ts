/**
 * A ring's bursts as views, each made once. `TypedArray.set` moves a view two to three times as fast as a loop moves
 * its words, but a view made for every burst would cost more than that saves.
 *
 * The length of the first long burst is taken for the usual one; others, and those that do not begin at a multiple of
 * it, have no view.
 */

/** Below this many words a loop is faster. */
const LONG_WORDS = 32;

/** Views of one ring's words. */
export class Bursts {
  readonly #words: Int32Array;
  #usualWords = 0;
  readonly #views: Int32Array[] = [];

  /** Of these words. */
  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** `count` words from `place` on as a view, or null if that is no usual burst. */
  at(place: number, count: number): Int32Array | null {
    if (count !== this.#usualWords) {
      if (count < LONG_WORDS || this.#usualWords !== 0) return null;
      this.#makeViews(count);
    }
    return place % count === 0 ? this.#views[(place / count) | 0] ?? null : null;
  }

  #makeViews(count: number): void {
    this.#usualWords = count;
    for (let place = 0; place + count <= this.#words.length; place += count) {
      this.#views.push(this.#words.subarray(place, place + count));
    }
  }
}
