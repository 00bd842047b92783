/**
 * The pending moments of a clock while they are many: three wheels of 1024 places each, and a list for what is further
 * away than all of them.
 *
 * ```text
 * wheel 0   a place is one nanosecond of the present window of 1024 ns
 * wheel 1   a place is a window (1.024 µs) of the present span
 * wheel 2   a place is a span (1.05 ms) of the present round
 * far       every moment of a later round (1.07 s), in no order of time
 * ```
 *
 * A moment goes to the lowest wheel that knows its time: one step, however many are pending. When a wheel has run
 * empty, the next place in use of the wheel above is spread over it. A place is a queue, and it is spread before
 * anything can be added below it directly, so equal times keep the order in which they were scheduled.
 */
import type { Nanoseconds } from "./units.ts";

const BITS = 10;
const PLACES = 1 << BITS;
const PLACE = PLACES - 1;
const ROUND_NS = 2 ** (3 * BITS);
const WORDS = PLACES / 32;
const FAR = 3 * PLACES;
// A place is the head of its circle of nodes; the node of a slot stands behind all heads.
const HEADS = FAR + 1;

/** Many moments in order of time. A moment is a number, its slot in the clock. */
export class MomentWheel {
  // The present window, counted from the beginning of the present round. Nothing pending lies before it.
  #roundNs = 0;
  #window = 0;
  #first = FAR;
  #next: Int32Array;
  #previous: Int32Array;
  #timeNs: Float64Array;
  // Which places are in use, one bit each, and which words of those bits are not 0.
  readonly #used = new Int32Array(3 * WORDS);
  readonly #usedWords = new Int32Array(3);

  /** An empty wheel for slots below `slotCount`. */
  constructor(slotCount: number) {
    this.#next = new Int32Array(HEADS + slotCount);
    this.#previous = new Int32Array(HEADS + slotCount);
    this.#timeNs = new Float64Array(HEADS + slotCount);
    for (let head = 0; head < HEADS; head++) this.#next[head] = this.#previous[head] = head;
  }

  /** Makes room for slots below `slotCount`. */
  grow(slotCount: number): void {
    const wider = <T extends Int32Array | Float64Array>(from: T, to: T): T => (to.set(from as never), to);
    this.#next = wider(this.#next, new Int32Array(HEADS + slotCount));
    this.#previous = wider(this.#previous, new Int32Array(HEADS + slotCount));
    this.#timeNs = wider(this.#timeNs, new Float64Array(HEADS + slotCount));
  }

  /** Lets an empty wheel begin at `nowNs`: nothing earlier will be added. */
  begin(nowNs: Nanoseconds): void {
    this.#roundNs = nowNs - nowNs % ROUND_NS;
    this.#window = (nowNs - this.#roundNs) >> BITS;
  }

  /** Adds a moment. */
  add(slot: number, timeNs: Nanoseconds): void {
    const node = HEADS + slot;
    this.#timeNs[node] = timeNs;
    this.#place(node, timeNs);
  }

  /** The time of the first moment if it is due by `limitNs`; if not, some later time or Infinity. */
  firstNs(limitNs: Nanoseconds): Nanoseconds {
    let words = this.#usedWords[0]!;
    while (words === 0) {
      if (!this.#turn(limitNs)) return Infinity;
      words = this.#usedWords[0]!;
    }
    const word = lowestBit(words);
    this.#first = this.#next[word * 32 + lowestBit(this.#used[word]!)]!;
    return this.#timeNs[this.#first]!;
  }

  /** Takes the moment that {@link firstNs} spoke of. Returns its slot. */
  takeFirst(): number {
    this.#unlink(this.#first);
    return this.#first - HEADS;
  }

  /** Takes out a moment that is in the wheel, wherever it stands. */
  remove(slot: number): void {
    this.#unlink(HEADS + slot);
  }

  // Brings the next place in use of a higher wheel down. The wheels never stand beyond the limit: until then moments
  // may still be added.
  #turn(limitNs: Nanoseconds): boolean {
    let place: number;
    let window: number;
    if (this.#usedWords[1] !== 0) {
      place = this.#firstPlace(1);
      window = (this.#window & ~PLACE) | (place & PLACE);
    } else if (this.#usedWords[2] !== 0) {
      place = this.#firstPlace(2);
      window = (place & PLACE) << BITS;
    } else return this.#turnRound(limitNs);
    if (this.#roundNs + window * PLACES > limitNs) return false;
    this.#window = window;
    this.#clear(place);
    this.#spread(place);
    return true;
  }

  #turnRound(limitNs: Nanoseconds): boolean {
    let firstNs = Infinity;
    for (let node = this.#next[FAR]!; node !== FAR; node = this.#next[node]!) {
      firstNs = Math.min(firstNs, this.#timeNs[node]!);
    }
    if (firstNs === Infinity || firstNs > limitNs) return false;
    this.begin(firstNs);
    this.#spread(FAR);
    return true;
  }

  #firstPlace(wheel: number): number {
    const word = wheel * WORDS + lowestBit(this.#usedWords[wheel]!);
    return word * 32 + lowestBit(this.#used[word]!);
  }

  #spread(head: number): void {
    let node = this.#next[head]!;
    this.#next[head] = this.#previous[head] = head;
    while (node !== head) {
      const next = this.#next[node]!;
      this.#place(node, this.#timeNs[node]!);
      node = next;
    }
  }

  #place(node: number, timeNs: Nanoseconds): void {
    const offsetNs = timeNs - this.#roundNs;
    if (offsetNs >= ROUND_NS) return this.#link(node, FAR);
    const low = offsetNs | 0;
    const window = low >> BITS;
    const present = this.#window;
    let head: number;
    if (window === present) head = low & PLACE;
    else if (window >> BITS === present >> BITS) head = PLACES + (window & PLACE);
    else head = 2 * PLACES + (window >> BITS);
    const word = head >> 5;
    const wheel = head >> BITS;
    this.#used[word] = this.#used[word]! | (1 << head);
    this.#usedWords[wheel] = this.#usedWords[wheel]! | (1 << word);
    this.#link(node, head);
  }

  #link(node: number, head: number): void {
    const last = this.#previous[head]!;
    this.#next[last] = node;
    this.#previous[node] = last;
    this.#next[node] = head;
    this.#previous[head] = node;
  }

  #unlink(node: number): void {
    const next = this.#next[node]!;
    const previous = this.#previous[node]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    // Only where a head is alone its two neighbours are the same: itself.
    if (next === previous && next !== FAR) this.#clear(next);
  }

  #clear(head: number): void {
    const word = head >> 5;
    const left = this.#used[word]! & ~(1 << head);
    this.#used[word] = left;
    if (left !== 0) return;
    const wheel = head >> BITS;
    this.#usedWords[wheel] = this.#usedWords[wheel]! & ~(1 << word);
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
