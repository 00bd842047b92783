/**
 * The card's time where everybody can read it: microseconds, in one word of the counters. It is the only time that the
 * threads have in common; what the owner does is stamped with it, as far as it has come by then.
 */
import { nanoseconds } from "../../sim/units.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import { CARD_MICROSECONDS } from "./counters.ts";

const NS_A_MICROSECOND = 1000;

/** The Worker with the card says how late it is. */
export function tellCardTime(counters: Int32Array, nowNs: Nanoseconds): void {
  Atomics.store(counters, CARD_MICROSECONDS, Math.floor(nowNs / NS_A_MICROSECOND) | 0);
}

/** The owner's view of it: goes on where the word wraps, as long as it looks once in 71 minutes of the card's time. */
export class CardTime {
  readonly #counters: Int32Array;
  #microseconds = 0;

  /** Begins at 0, as the card does. */
  constructor(counters: Int32Array) {
    this.#counters = counters;
  }

  /** How late it is, to the microsecond below. Never earlier than before. */
  nowNs(): Nanoseconds {
    const word = Atomics.load(this.#counters, CARD_MICROSECONDS);
    this.#microseconds += (word - (this.#microseconds | 0)) >>> 0;
    return nanoseconds(this.#microseconds * NS_A_MICROSECOND, "the card's time");
  }
}
