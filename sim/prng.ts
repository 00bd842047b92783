/**
 * Repeatable luck. The generator is sfc32 (Chris Doty-Humphrey's small fast counting generator, 128 bits of state):
 * quick in 32-bit arithmetic and good enough for statistics, never for secrets.
 */
import { assert } from "./assert.ts";

/** A seeded source of numbers. The same seed gives the same numbers on every machine. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** `seed` may be any number or text; text is hashed with FNV-1a. */
  constructor(seed: number | string) {
    const low = typeof seed === "number" ? seed >>> 0 : fnv1a(seed);
    const high = typeof seed === "number" ? Math.floor(seed / 0x1_0000_0000) >>> 0 : 0;
    this.#a = 0;
    this.#b = high;
    this.#c = low;
    this.#counter = 1;
    for (let round = 0; round < 12; round++) this.next32();
  }

  /** An integer from 0 to 2^32 - 1. */
  next32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + result) | 0;
    return result >>> 0;
  }

  /** A number from 0 up to, not including, 1. */
  unit(): number {
    return this.next32() / 0x1_0000_0000;
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    assert(Number.isSafeInteger(limit) && limit > 0, `Cannot draw below ${limit}: expected a positive integer`);
    return Math.floor(limit <= 0x1_0000_0000 ? this.unit() * limit : this.#unit53() * limit);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T {
    assert(choices.length > 0, "Cannot pick from nothing");
    return choices[this.below(choices.length)]!;
  }

  /** Puts `items` into random order, in place. */
  shuffle<T>(items: T[]): T[] {
    for (let index = items.length - 1; index > 0; index--) {
      const other = this.below(index + 1);
      [items[index], items[other]] = [items[other]!, items[index]!];
    }
    return items;
  }

  /** A generator of its own for one purpose, so that drawing more for one thing does not change another. */
  fork(purpose: string): Prng {
    return new Prng(`${this.next32()}/${purpose}`);
  }

  #unit53(): number {
    return (this.next32() * 0x20_0000 + (this.next32() >>> 11)) / 0x20_0000_0000_0000;
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
