/**
 * The owner's book of the request table: which rows are out, for whom, and which are free. Free rows are given out in
 * the order in which they came back, so that requests of one burst have rows that follow each other.
 */

/** No row is free. */
export const NO_ROW = -1;

/** The book. The owner's alone. */
export class RequestBook {
  /** Rows that nobody has. */
  freeCount: number;
  readonly #tags: Float64Array;
  readonly #out: Uint8Array;
  readonly #free: Int32Array;
  #head = 0;

  /** Every one of `requestCount` rows, a power of two, is free. */
  constructor(requestCount: number) {
    this.freeCount = requestCount;
    this.#tags = new Float64Array(requestCount);
    this.#out = new Uint8Array(requestCount);
    this.#free = Int32Array.from({ length: requestCount }, (_, row) => row);
  }

  /** Rows that are out. */
  get outstanding(): number {
    return this.#free.length - this.freeCount;
  }

  /** Gives a row out, or {@link NO_ROW}. */
  take(tag: number): number {
    if (this.freeCount === 0) return NO_ROW;
    const row = this.#free[this.#head]!;
    this.#head = (this.#head + 1) & (this.#free.length - 1);
    this.freeCount--;
    this.#out[row] = 1;
    this.#tags[row] = tag;
    return row;
  }

  /** Takes a row back. False if it was not out: then it was completed twice. */
  giveBack(row: number): boolean {
    if (this.#out[row] !== 1) return false;
    this.#out[row] = 0;
    this.#free[(this.#head + this.freeCount) & (this.#free.length - 1)] = row;
    this.freeCount++;
    return true;
  }

  /** True if the row is out. */
  isOut(row: number): boolean {
    return this.#out[row] === 1;
  }

  /** A row that is out for `tag`, or {@link NO_ROW}. Looks through all of them: it is not asked often. */
  find(tag: number): number {
    for (let row = 0; row < this.#out.length; row++) if (this.#out[row] === 1 && this.#tags[row] === tag) return row;
    return NO_ROW;
  }

  /** Whose request it is, or was last. */
  tagOf(row: number): number {
    return this.#tags[row]!;
  }
}
