/**
 * What Workers say of themselves and what the owner says to them, one cache line each, in one small shared memory.
 *
 * ```text
 * line 0       the owner              ASLEEP
 * line 1 + n   Worker n               PASSES, HANDLED; by the owner: DIE, ENDED
 * line 14      the card               CARD_MICROSECONDS
 * line 15      who waits for a slot   ROOM_AWAITED
 * ```
 */

const LINE_WORDS = 16;
const LINES = 16;

/**
 * Owner: 0 while it looks at the completion rings, otherwise how often it fell asleep so far; who puts something in
 * then has to say so by message. Written by the owner alone: a Worker that took the word back and stopped before the
 * message would have taken the bell away from the others.
 */
export const ASLEEP = 0;
/** Worker: passes of its loop so far, wrapping. */
export const PASSES = 0;
/** Worker: what its passes did so far, wrapping: requests, or moments of the card's time. */
export const HANDLED = 1;
/** Worker: nonzero asks it to die in the middle of its work, for tests of what follows. */
export const DIE = 2;
/** Worker: nonzero when it has ended: {@link ENDED_IN_ORDER} or {@link LOST}. Written by the owner. */
export const ENDED = 3;
/** See {@link ENDED}. */
export const ENDED_IN_ORDER = 1;
/** See {@link ENDED}: it ended before it was asked to. */
export const LOST = 2;
/** The card's time in microseconds, wrapping. Written by the Worker that has it. */
export const CARD_MICROSECONDS: number = 14 * LINE_WORDS;
/** One bit a Worker: it has rows and found no free slot. Who gives a slot back takes the bits and wakes them. */
export const ROOM_AWAITED: number = 15 * LINE_WORDS;

/** Makes the memory of the counters. */
export function createCounters(): SharedArrayBuffer {
  return new SharedArrayBuffer(LINES * LINE_WORDS * 4);
}

/** The place of a Worker's word. */
export function workerWord(worker: number, word: number): number {
  return (1 + worker) * LINE_WORDS + word;
}
