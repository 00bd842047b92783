/**
 * What Workers say of themselves and what the owner says to them, one cache line each, in one small shared memory.
 *
 * ```text
 * line 0       the owner     ASLEEP
 * line 1 + n   Worker n      PASSES, HANDLED, DIE
 * ```
 */

const LINE_WORDS = 16;
const LINES = 16;

/** Owner: 1 while nobody looks at the completion rings; who puts something in then has to say so by message. */
export const ASLEEP = 0;
/** Worker: passes of its loop so far, wrapping. */
export const PASSES = 0;
/** Worker: what its passes did so far, wrapping: requests, or moments of the card's time. */
export const HANDLED = 1;
/** Worker: nonzero asks it to die in the middle of its work, for tests of what follows. */
export const DIE = 2;

/** Makes the memory of the counters. */
export function createCounters(): SharedArrayBuffer {
  return new SharedArrayBuffer(LINES * LINE_WORDS * 4);
}

/** The place of a Worker's word. */
export function workerWord(worker: number, word: number): number {
  return (1 + worker) * LINE_WORDS + word;
}
