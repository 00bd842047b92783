/**
 * A bounded ring of 32-bit words between one producer and one consumer, on one thread or two.
 *
 * Each side keeps its own index in a plain field and the other side's as last seen; it looks at the other's real index
 * only when the old one says full or empty. What a pass has written is published by one atomic store. Indices wrap at
 * 2^32; the capacity is a power of two, so `index & (capacity - 1)` is the place.
 *
 * ```text
 * word 0   head: how many words the consumer has taken        (own cache line)
 * word 16  tail: how many words the producer has published    (own cache line)
 * word 32… the words
 * ```
 */
import { assert } from "../sim/assert.ts";
import { Bursts } from "./bursts.ts";

const HEAD = 0;
const TAIL = 16;
const WORDS = 32;
const CAPACITY_MAX = 1 << 28;

/**
 * Makes the memory of a ring.
 *
 * @throws {RangeError} if the capacity is no power of two.
 */
export function createRing(capacityWords: number): SharedArrayBuffer {
  const isPowerOfTwo = Number.isInteger(capacityWords) && (capacityWords & (capacityWords - 1)) === 0;
  if (!isPowerOfTwo || capacityWords < 1 || capacityWords > CAPACITY_MAX) {
    throw new RangeError(`Cannot make a ring of ${capacityWords} words: expected a power of two up to ${CAPACITY_MAX}`);
  }
  return new SharedArrayBuffer((WORDS + capacityWords) * 4);
}

/** The writing end. One per ring. */
export class RingProducer {
  readonly #indices: Int32Array;
  readonly #words: Int32Array;
  readonly #mask: number;
  #tail: number;
  #seenHead: number;

  /** Opens the writing end of a ring that {@link createRing} made. */
  constructor(ring: SharedArrayBuffer) {
    this.#indices = new Int32Array(ring, 0, WORDS);
    this.#words = new Int32Array(ring, WORDS * 4);
    this.#mask = this.#words.length - 1;
    this.#tail = Atomics.load(this.#indices, TAIL);
    this.#seenHead = Atomics.load(this.#indices, HEAD);
  }

  /** Writes one word, not yet to be seen by the consumer. Returns false if the ring is full. */
  push(word: number): boolean {
    const tail = this.#tail;
    if (((tail - this.#seenHead) | 0) > this.#mask) {
      this.#seenHead = Atomics.load(this.#indices, HEAD);
      if (((tail - this.#seenHead) | 0) > this.#mask) return false;
    }
    this.#words[tail & this.#mask] = word;
    this.#tail = (tail + 1) | 0;
    return true;
  }

  /** Publishes everything that was pushed. */
  flush(): void {
    Atomics.store(this.#indices, TAIL, this.#tail);
  }

  /** Writes and publishes `count` words of `source`, or as many as there is room for. Returns how many. */
  pushMany(source: Int32Array, offset: number, count: number): number {
    assert(offset >= 0 && count >= 0 && offset + count <= source.length, "pushMany goes past its source");
    const mask = this.#mask;
    const tail = this.#tail;
    let room = (mask + 1 - (tail - this.#seenHead)) | 0;
    if (room < count) {
      this.#seenHead = Atomics.load(this.#indices, HEAD);
      room = (mask + 1 - (tail - this.#seenHead)) | 0;
    }
    const written = room < count ? room : count;
    if (written === 0) return 0;
    // A burst that is a whole array needs no view of it.
    if (written === source.length && (tail & mask) + written <= mask + 1) this.#words.set(source, tail & mask);
    else copyIn(this.#words, mask, tail, source, offset, written);
    this.#tail = (tail + written) | 0;
    Atomics.store(this.#indices, TAIL, this.#tail);
    return written;
  }
}

/** The reading end. One per ring. */
export class RingConsumer {
  readonly #indices: Int32Array;
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #bursts: Bursts;
  #head: number;
  #seenTail: number;

  /**
   * Opens the reading end of a ring that {@link createRing} made. Bursts of `burstWords` move faster than others, where
   * they begin at a multiple of it; worth it from about 32 words on.
   *
   * @throws {RangeError} if the ring has not room for a burst.
   */
  constructor(ring: SharedArrayBuffer, burstWords: number = 0) {
    this.#indices = new Int32Array(ring, 0, WORDS);
    this.#words = new Int32Array(ring, WORDS * 4);
    if (!(Number.isInteger(burstWords) && burstWords >= 0 && burstWords <= this.#words.length)) {
      const most = this.#words.length;
      throw new RangeError(`Cannot use ${burstWords} as burstWords: expected a whole number from 0 to ${most}`);
    }
    this.#mask = this.#words.length - 1;
    this.#bursts = new Bursts(this.#words, burstWords);
    this.#head = Atomics.load(this.#indices, HEAD);
    this.#seenTail = Atomics.load(this.#indices, TAIL);
  }

  /** How many words may be shifted now. Looks at the producer's index only if none was left of the last look. */
  available(): number {
    if (this.#seenTail === this.#head) this.#seenTail = Atomics.load(this.#indices, TAIL);
    return (this.#seenTail - this.#head) | 0;
  }

  /** Takes the next word; only after {@link available} said there is one. Its place is not yet the producer's again. */
  shift(): number {
    const head = this.#head;
    this.#head = (head + 1) | 0;
    return this.#words[head & this.#mask]!;
  }

  /** Gives the places of everything that was shifted back to the producer. */
  release(): void {
    Atomics.store(this.#indices, HEAD, this.#head);
  }

  /** Takes up to `count` words into `target` and gives their places back. Returns how many. */
  shiftMany(target: Int32Array, offset: number, count: number): number {
    assert(offset >= 0 && count >= 0 && offset + count <= target.length, "shiftMany goes past its target");
    const head = this.#head;
    let ready = (this.#seenTail - head) | 0;
    if (ready < count) {
      this.#seenTail = Atomics.load(this.#indices, TAIL);
      ready = (this.#seenTail - head) | 0;
    }
    const taken = ready < count ? ready : count;
    if (taken === 0) return 0;
    const burst = this.#bursts.at(head & this.#mask, taken);
    if (burst === null) copyOut(this.#words, this.#mask, head, target, offset, taken);
    else target.set(burst, offset);
    this.#head = (head + taken) | 0;
    Atomics.store(this.#indices, HEAD, this.#head);
    return taken;
  }
}

// Two straight pieces instead of a mask for every word: the second begins where the ring does.
function copyIn(
  words: Int32Array,
  mask: number,
  tail: number,
  source: Int32Array,
  offset: number,
  count: number,
): void {
  const place = tail & mask;
  const straight = mask + 1 - place;
  if (count <= straight) return copyWords(words, place, source, offset, count);
  copyWords(words, place, source, offset, straight);
  copyWords(words, 0, source, offset + straight, count - straight);
}

function copyOut(
  words: Int32Array,
  mask: number,
  head: number,
  target: Int32Array,
  offset: number,
  count: number,
): void {
  const place = head & mask;
  const straight = mask + 1 - place;
  if (count <= straight) return copyWords(target, offset, words, place, count);
  copyWords(target, offset, words, place, straight);
  copyWords(target, offset + straight, words, 0, count - straight);
}

// Eight words a turn, and every index kept a 32-bit integer by `| 0`: a turn is tested once, and no sum for overflow.
function copyWords(target: Int32Array, to: number, source: Int32Array, from: number, count: number): void {
  const end = (from + count) | 0;
  const lastTurn = (end - 8) | 0;
  let read = from | 0;
  let write = to | 0;
  for (; read <= lastTurn; read = (read + 8) | 0, write = (write + 8) | 0) {
    target[write] = source[read]!;
    target[(write + 1) | 0] = source[(read + 1) | 0]!;
    target[(write + 2) | 0] = source[(read + 2) | 0]!;
    target[(write + 3) | 0] = source[(read + 3) | 0]!;
    target[(write + 4) | 0] = source[(read + 4) | 0]!;
    target[(write + 5) | 0] = source[(read + 5) | 0]!;
    target[(write + 6) | 0] = source[(read + 6) | 0]!;
    target[(write + 7) | 0] = source[(read + 7) | 0]!;
  }
  for (; read < end; read = (read + 1) | 0, write = (write + 1) | 0) target[write] = source[read]!;
}
