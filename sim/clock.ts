/**
 * Virtual time: a discrete-event clock in whole nanoseconds.
 *
 * Events of equal time run in the order in which they were scheduled, so the same program gives the same run. Callbacks
 * take one number, so that a hot caller schedules a function it made once with an index as argument and allocates
 * nothing. What is pending stands in a sorted list while it is little and in wheels when it is much: the callers of a
 * model keep a handful pending, and a crowd must not cost them more.
 *
 * The clock also serves as XState's `clock` (its two-method interface counts milliseconds). XState's own
 * `SimulatedClock` jumps to the end of an increment before it fires anything, which makes it useless as a simulator.
 */
import { assert } from "./assert.ts";
import { LIST_PLACES, MomentList } from "./moment_list.ts";
import { MomentWheel } from "./moment_wheel.ts";
import { nanoseconds } from "./units.ts";
import type { Nanoseconds } from "./units.ts";

/** What a scheduled moment calls. `argument` is whatever the caller scheduled with it. */
export type TimerCallback = (argument: number) => void;

/** Names one scheduled moment; only good until it has fired or was cancelled. */
export type TimerId = number;

const NONE = -1;
// A TimerId is generation × 2^20 + slot, so that an old id never cancels a newer timer in the same slot.
const GENERATIONS = 0x100000;
// The wheels give back to the list only well below what fills it, so that the clock does not go to and fro.
const FEW = LIST_PLACES / 4;

/** A discrete-event clock. One per world. */
export class VirtualClock {
  #nowNs = 0;
  #count = 0;
  // A slot holds what one moment calls. Free slots are chained through `#nextFree`.
  #capacity = 64;
  #argument = new Float64Array(this.#capacity);
  #generation = new Int32Array(this.#capacity);
  #callback: (TimerCallback | null)[] = [];
  #nextFree = new Int32Array(this.#capacity);
  #free = NONE;
  // Either the list holds all that is pending, or the wheel does.
  readonly #list = new MomentList();
  #wheel: MomentWheel | null = null;
  #spareWheel: MomentWheel | null = null;

  /** A clock that stands at 0. */
  constructor() {
    this.#addFree(0);
  }

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
    if (this.#free === NONE) this.#grow();
    const slot = this.#free;
    this.#free = this.#nextFree[slot]!;
    this.#argument[slot] = argument;
    this.#callback[slot] = callback;
    if (this.#wheel !== null) this.#wheel.add(slot, timeNs);
    else if (!this.#list.isFull) this.#list.add(slot, timeNs);
    else this.#becomeMany().add(slot, timeNs);
    this.#count++;
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
    if (this.#wheel === null) this.#list.remove(slot);
    else this.#wheel.remove(slot);
    this.#release(slot);
    return true;
  }

  /** Runs the next moment. Returns false if there was none. */
  step(): boolean {
    return this.#runNext(Infinity);
  }

  /** Runs until nothing is pending. Returns the time of the last moment. */
  run(): Nanoseconds {
    while (this.#runNext(Infinity));
    return this.#nowNs;
  }

  /** Runs every moment up to and including `timeNs`, then stands at `timeNs`. */
  runUntil(timeNs: Nanoseconds): void {
    nanoseconds(timeNs, "time to run until");
    while (this.#runNext(timeNs));
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

  #runNext(limitNs: Nanoseconds): boolean {
    if (this.#count === 0) return false;
    const wheel = this.#wheel;
    const timeNs = wheel === null ? this.#list.firstNs : wheel.firstNs(limitNs);
    if (timeNs > limitNs) return false;
    this.#nowNs = timeNs;
    const slot = wheel === null ? this.#list.takeFirst() : wheel.takeFirst();
    const callback = this.#callback[slot]!;
    const argument = this.#argument[slot]!;
    this.#release(slot);
    callback(argument);
    return true;
  }

  #cannotSchedule(timeNs: Nanoseconds): never {
    assert(false, `Cannot schedule at ${timeNs} ns: it is ${this.#nowNs} ns, and time is counted in whole nanoseconds`);
  }

  #release(slot: number): void {
    this.#callback[slot] = null;
    this.#generation[slot] = (this.#generation[slot]! + 1) & 0x3fff_ffff;
    this.#nextFree[slot] = this.#free;
    this.#free = slot;
    this.#count--;
    if (this.#wheel !== null && this.#count <= FEW) this.#becomeFew(this.#wheel);
  }

  #becomeMany(): MomentWheel {
    const wheel = this.#spareWheel ??= new MomentWheel(this.#capacity);
    wheel.begin(this.#nowNs);
    for (let left = this.#count; left > 0; left--) {
      const timeNs = this.#list.firstNs;
      wheel.add(this.#list.takeFirst(), timeNs);
    }
    return this.#wheel = wheel;
  }

  #becomeFew(wheel: MomentWheel): void {
    for (let left = this.#count; left > 0; left--) {
      const timeNs = wheel.firstNs(Infinity);
      this.#list.add(wheel.takeFirst(), timeNs);
    }
    this.#wheel = null;
  }

  #grow(): void {
    const old = this.#capacity;
    this.#capacity = old * 2;
    assert(this.#capacity <= GENERATIONS, `Cannot hold more than ${GENERATIONS} pending moments`);
    const wider = <T extends Int32Array | Float64Array>(from: T, to: T): T => (to.set(from as never), to);
    this.#nextFree = wider(this.#nextFree, new Int32Array(this.#capacity));
    this.#generation = wider(this.#generation, new Int32Array(this.#capacity));
    this.#argument = wider(this.#argument, new Float64Array(this.#capacity));
    this.#spareWheel?.grow(this.#capacity);
    this.#addFree(old);
  }

  #addFree(from: number): void {
    while (this.#callback.length < this.#capacity) this.#callback.push(null);
    for (let slot = this.#capacity - 1; slot >= from; slot--) {
      this.#nextFree[slot] = this.#free;
      this.#free = slot;
    }
  }
}
