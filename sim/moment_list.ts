/**
 * The pending moments of a clock while they are few: a sorted list of at most {@link LIST_PLACES}.
 *
 * A new moment is mostly a late one, so it is put in from the far end, and whatever comes later moves up by one. It
 * stops behind those of its own time: equal times keep the order in which they were scheduled.
 */
import type { Nanoseconds } from "./units.ts";

/** How many moments a list holds. */
export const LIST_PLACES = 32;

const PLACE = LIST_PLACES - 1;

/** A few moments in order of time. A moment is a number, its slot in the clock. */
export class MomentList {
  // The first place moves round the list, so that taking the first moment moves nothing.
  readonly #timeNs = new Float64Array(LIST_PLACES);
  readonly #slot = new Int32Array(LIST_PLACES);
  #first = 0;
  #count = 0;

  /** The time of the first moment; only while there is one. */
  get firstNs(): Nanoseconds {
    return this.#timeNs[this.#first]!;
  }

  /** Whether there is no place left. */
  get isFull(): boolean {
    return this.#count === LIST_PLACES;
  }

  /** Adds a moment; only while the list is not full. */
  add(slot: number, timeNs: Nanoseconds): void {
    const times = this.#timeNs;
    const slots = this.#slot;
    const first = this.#first;
    let place = first + this.#count++;
    while (place > first) {
      const before = (place - 1) & PLACE;
      const earlierNs = times[before]!;
      if (earlierNs <= timeNs) break;
      times[place & PLACE] = earlierNs;
      slots[place & PLACE] = slots[before]!;
      place--;
    }
    times[place & PLACE] = timeNs;
    slots[place & PLACE] = slot;
  }

  /** Takes the first moment; only while there is one. Returns its slot. */
  takeFirst(): number {
    const first = this.#first;
    this.#first = (first + 1) & PLACE;
    this.#count--;
    return this.#slot[first]!;
  }

  /** Takes out a moment that is in the list, wherever it stands. */
  remove(slot: number): void {
    const end = this.#first + --this.#count;
    let place = this.#first;
    while (place < end && this.#slot[place & PLACE] !== slot) place++;
    for (; place < end; place++) {
      this.#timeNs[place & PLACE] = this.#timeNs[(place + 1) & PLACE]!;
      this.#slot[place & PLACE] = this.#slot[(place + 1) & PLACE]!;
    }
  }
}
