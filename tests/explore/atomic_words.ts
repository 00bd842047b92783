/**
 * Words that a model of real code watches: the code runs as it is, over the arrays that it always has, and every atomic
 * operation on one of these words is a step of the explorer. An operation on any other word is an error.
 */
import type { Touch } from "../../fastpath/explore/mod.ts";

/** Steps on words that the code under test does not reach itself. */
export interface OwnWords {
  readonly load: (word: number) => number;
  readonly store: (word: number, value: number) => void;
  readonly add: (word: number, value: number) => void;
}

interface Watched {
  readonly name: string;
  readonly array: Int32Array | null;
  readonly place: number;
}

/** The words of one model, in the order in which they were named. */
export class AtomicWords {
  readonly #words: Watched[] = [];
  /** Words whose compareExchange looks at these bits only: a mutation of the code that uses them. */
  readonly #compared: Map<number, number> = new Map();

  /** A word of an array that the code uses. Returns its number. */
  watch(name: string, array: Int32Array, place: number): number {
    return this.#words.push({ name, array, place }) - 1;
  }

  /** A word of the model's own, 0 at first. */
  own(name: string): number {
    return this.#words.push({ name, array: null, place: 0 }) - 1;
  }

  /** Lets compareExchange on a word compare these bits only. */
  mutate(word: number, comparedBits: number): void {
    this.#compared.set(word, comparedBits);
  }

  /** All words as they are at first. */
  first(): Int32Array {
    return Int32Array.from(this.#words, ({ array, place }) => array?.[place] ?? 0);
  }

  /** One bit for each of these words. */
  bits(words: readonly number[]): number {
    return words.reduce((sum, word) => sum | 1 << word, 0);
  }

  /** The words by name. */
  describe(words: Int32Array): string[] {
    return this.#words.map(({ name }, word) => `${name} ${words[word]}`);
  }

  /** Runs code whose atomic operations are steps. */
  run(touch: Touch, body: (own: OwnWords) => void): void {
    const step = (verb: string, word: number, change?: (old: number) => number): number =>
      touch({
        does: `${verb} ${this.#words[word]!.name}`,
        reads: 1 << word,
        writes: change === undefined ? 0 : 1 << word,
        perform: (words) => {
          const old = words[word]!;
          if (change !== undefined) words[word] = change(old);
          return old;
        },
      });
    const wordOf = (array: unknown, place: number): number => {
      const word = this.#words.findIndex((each) => each.array === array && each.place === place);
      if (word < 0) throw new Error(`an atomic operation on word ${place}, which nobody watches`);
      return word;
    };
    const swap = (word: number, expected: number, value: number): number => {
      const mask = this.#compared.get(word) ?? -1;
      const seen = step("swaps", word, (old) => (old & mask) === (expected & mask) ? value : old);
      return (seen & mask) === (expected & mask) ? expected : seen;
    };
    const { load, store, compareExchange } = Atomics;
    Object.assign(Atomics, {
      load: (array: unknown, place: number) => step("loads", wordOf(array, place)),
      store: (array: unknown, place: number, value: number) => step("stores", wordOf(array, place), () => value),
      compareExchange: (array: unknown, place: number, expected: number, value: number) =>
        swap(wordOf(array, place), expected, value),
    });
    try {
      body({
        load: (word) => step("loads", word),
        store: (word, value) => void step("stores", word, () => value),
        add: (word, value) => void step("adds to", word, (old) => old + value),
      });
    } finally {
      Object.assign(Atomics, { load, store, compareExchange });
    }
  }
}
