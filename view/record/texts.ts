/** Texts that are long and nearly all different, such as the arguments of calls: bytes behind each other. */

const FIRST_BYTES = 64 * 1024;
/** UTF-8 needs at most so many bytes for a UTF-16 unit. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The texts of a recording. Number 0 is the empty text, number n lies between `ends[n - 1]` and `ends[n]`. */
export interface TextTable {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** Gathers texts. */
export class Texts {
  #bytes = new Uint8Array(FIRST_BYTES);
  #used = 0;
  readonly #ends: number[] = [0];

  /** The number of a text. */
  add(text: string): number {
    if (text === "") return 0;
    const needed = this.#used + text.length * BYTES_PER_UNIT;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#used += encoder.encodeInto(text, this.#bytes.subarray(this.#used)).written;
    return this.#ends.push(this.#used) - 1;
  }

  /** All of them. */
  taken(): TextTable {
    return { bytes: this.#bytes.slice(0, this.#used), ends: Uint32Array.from(this.#ends) };
  }
}

/** One text of a table. */
export function textOf({ bytes, ends }: TextTable, number: number): string {
  return number === 0 ? "" : decoder.decode(bytes.subarray(ends[number - 1], ends[number]));
}
