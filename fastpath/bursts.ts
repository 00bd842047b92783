/**
 * A ring's bursts as views, each made once. `TypedArray.set` moves a view two to three times as fast as a loop moves
 * its words, but a view made for every burst would cost more than that saves.
 */

/** Views of one ring's words, side by side. */
export class Bursts {
  readonly #burstWords: number;
  readonly #views: readonly Int32Array[];

  /** Of these words, so many each; 0: none. */
  constructor(words: Int32Array, burstWords: number) {
    this.#burstWords = burstWords;
    const count = burstWords === 0 ? 0 : Math.floor(words.length / burstWords);
    this.#views = Array.from(
      { length: count },
      (_, burst) => words.subarray(burst * burstWords, (burst + 1) * burstWords),
    );
  }

  /** The burst of `count` words from `place` on, or null if there is no view of that. */
  at(place: number, count: number): Int32Array | null {
    return count === this.#burstWords && place % count === 0 ? this.#views[(place / count) | 0] ?? null : null;
  }
}
