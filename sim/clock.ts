/**
 * Virtual time: a discrete-event clock in whole nanoseconds.
 *
 * Events of equal time run in the order in which they were scheduled, so the same program gives the same run. The heap
 * lives in typed arrays and callbacks take one number, so that a hot caller schedules a function it made once with an
 * index as argument and allocates nothing.
 *
 * The clock also serves as XState's `clock` (its two-method interface counts milliseconds). XState's own
 * `SimulatedClock` jumps to the end of an increment before it fires anything, which makes it useless as a simulator.
 */
import { assert } from "./assert.ts";
import { nanoseconds } from "./units.ts";
import type { Nanoseconds } from "./units.ts";

/** What a scheduled moment calls. `argument` is whatever the caller scheduled with it. */
export type TimerCallback = (argument: number) => void;

/** Names one scheduled moment; only good until it has fired or was cancelled. */
export type TimerId = number;

const NONE = -1;
// A TimerId is generation × 2^20 + slot, so that an old id never cancels a newer timer in the same slot.
const GENERATIONS = 0x100000;

/** A discrete-event clock. One per world. */
export class VirtualClock {
  #nowNs = 0;
  #sequence = 0;
  #count = 0;
  // A slot holds one timer; `#heap` orders slots. Free slots are chained through `#heapIndex`.
  #capacity = 64;
  #heap = new Int32Array(this.#capacity);
  #timeNs = new Float64Array(this.#capacity);
  #order = new Float64Array(this.#capacity);
  #argument = new Float64Array(this.#capacity);
  #heapIndex = new Int32Array(this.#capacity);
  #generation = new Int32Array(this.#capacity);
  #callback: (TimerCallback | null)[] = new Array(this.#capacity).fill(null);
  #free: number[] = Array.from({ length: this.#capacity }, (_, index) => this.#capacity - 1 - index);

  /** The present, in nanoseconds since the world began. */
  get nowNs(): Nanoseconds {
    return this.#nowNs;
  }

  /** How many moments are still to come. */
  get pendingCount(): number {
    return this.#count;
  }

  /** Calls `callback(argument)` at `timeNs`: whole nanoseconds that do not lie in the past. */
  at(timeNs: Nanoseconds, callback: TimerCallback, argument = 0): TimerId {
    // Not by assert(): its sentence would be put together on every call.
    if (!(timeNs >= this.#nowNs && Number.isSafeInteger(timeNs))) this.#cannotSchedule(timeNs);
    const slot = this.#free.pop() ?? this.#grow();
    this.#timeNs[slot] = timeNs;
    this.#order[slot] = this.#sequence++;
    this.#argument[slot] = argument;
    this.#callback[slot] = callback;
    this.#siftUp(this.#count++, slot);
    return this.#generation[slot]! * GENERATIONS + slot;
  }

  /** Calls `callback(argument)` after `delayNs`. */
  after(delayNs: Nanoseconds, callback: TimerCallback, argument = 0): TimerId {
    return this.at(this.#nowNs + delayNs, callback, argument);
  }

  /** Takes a moment back. Returns false if it has already happened. */
  cancel(id: TimerId): boolean {
    const slot = id % GENERATIONS;
    if (this.#callback[slot] == null || this.#generation[slot] !== Math.floor(id / GENERATIONS)) return false;
    this.#remove(this.#heapIndex[slot]!);
    this.#release(slot);
    return true;
  }

  /** Runs the next moment. Returns false if there was none. */
  step(): boolean {
    if (this.#count === 0) return false;
    const slot = this.#heap[0]!;
    const callback = this.#callback[slot]!;
    const argument = this.#argument[slot]!;
    this.#nowNs = this.#timeNs[slot]!;
    this.#remove(0);
    this.#release(slot);
    callback(argument);
    return true;
  }

  /** Runs until nothing is pending. Returns the time of the last moment. */
  run(): Nanoseconds {
    while (this.step());
    return this.#nowNs;
  }

  /** Runs every moment up to and including `timeNs`, then stands at `timeNs`. */
  runUntil(timeNs: Nanoseconds): void {
    nanoseconds(timeNs, "time to run until");
    while (this.#count > 0 && this.#timeNs[this.#heap[0]!]! <= timeNs) this.step();
    if (timeNs > this.#nowNs) this.#nowNs = timeNs;
  }

  /** XState's clock interface, in milliseconds: schedules `callback`. */
  setTimeout(callback: () => void, timeoutMs: number): TimerId {
    return this.after(Math.round(timeoutMs * 1e6), callback);
  }

  /** XState's clock interface: takes a scheduled call back. */
  clearTimeout(id: TimerId): void {
    this.cancel(id);
  }

  #cannotSchedule(timeNs: Nanoseconds): never {
    assert(false, `Cannot schedule at ${timeNs} ns: it is ${this.#nowNs} ns, and time is counted in whole nanoseconds`);
  }

  #before(left: number, right: number): boolean {
    const leftNs = this.#timeNs[left]!;
    const rightNs = this.#timeNs[right]!;
    return leftNs < rightNs || (leftNs === rightNs && this.#order[left]! < this.#order[right]!);
  }

  #siftUp(index: number, slot: number): void {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const other = this.#heap[parent]!;
      if (!this.#before(slot, other)) break;
      this.#heap[index] = other;
      this.#heapIndex[other] = index;
      index = parent;
    }
    this.#heap[index] = slot;
    this.#heapIndex[slot] = index;
  }

  #siftDown(index: number, slot: number): void {
    const count = this.#count;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#before(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      const other = this.#heap[child]!;
      if (!this.#before(other, slot)) break;
      this.#heap[index] = other;
      this.#heapIndex[other] = index;
      index = child;
    }
    this.#heap[index] = slot;
    this.#heapIndex[slot] = index;
  }

  #remove(index: number): void {
    const last = this.#heap[--this.#count]!;
    if (index === this.#count) return;
    this.#siftDown(index, last);
    if (this.#heap[index] === last) this.#siftUp(index, last);
  }

  #release(slot: number): void {
    this.#callback[slot] = null;
    this.#generation[slot] = (this.#generation[slot]! + 1) & 0x3fff_ffff;
    this.#heapIndex[slot] = NONE;
    this.#free.push(slot);
  }

  #grow(): number {
    const old = this.#capacity;
    this.#capacity = old * 2;
    assert(this.#capacity <= GENERATIONS, `Cannot hold more than ${GENERATIONS} pending moments`);
    const wider = <T extends Int32Array | Float64Array>(from: T, to: T): T => (to.set(from as never), to);
    this.#heap = wider(this.#heap, new Int32Array(this.#capacity));
    this.#heapIndex = wider(this.#heapIndex, new Int32Array(this.#capacity));
    this.#generation = wider(this.#generation, new Int32Array(this.#capacity));
    this.#timeNs = wider(this.#timeNs, new Float64Array(this.#capacity));
    this.#order = wider(this.#order, new Float64Array(this.#capacity));
    this.#argument = wider(this.#argument, new Float64Array(this.#capacity));
    for (let slot = this.#capacity - 1; slot > old; slot--) this.#free.push(slot);
    while (this.#callback.length < this.#capacity) this.#callback.push(null);
    return old;
  }
}
