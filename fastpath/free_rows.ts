/**
 * Rows for many threads: a lock-free free list, last in, first out. Request rows of a path's memory are one
 * ({@link freeRequests}), the list slots of an engine with a helped ring another.
 *
 * The head holds the first free row and a generation tag in one word. Whoever takes or gives moves both by one
 * compareExchange, so a head that went away and came back in between (ABA) is not mistaken for the same one, unless
 * exactly 65 536 takings and givings happen between one participant's look and its exchange. A lost race is tried
 * again: somebody else's exchange succeeded, so the system as a whole went on.
 *
 * ```text
 * head word   tag << 16 | row, NO_ROW if nothing is free         next[row]   the row behind it
 * ```
 */
import { HEADER_FREE_REQUESTS, NO_ROW } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

const ROW_BITS = 16;
const ROW_MASK = 0xffff;
/** The head has a cache line of its own. */
const HEAD_WORDS = 16;

/** One free list in shared memory. */
export interface FreeRows {
  /** Where the head is. */
  readonly words: Int32Array;
  /** Its place in there. */
  readonly headAt: number;
  /** By row: the row behind it. */
  readonly next: Int32Array;
}

/** How many words a list of so many rows takes. */
export function freeRowsWords(count: number): number {
  return HEAD_WORDS + count;
}

/** A list over words that begin at `at`. Everybody opens it; exactly one does so with `fill`, before the others. */
export function openFreeRows(words: Int32Array, at: number, count: number, fill = false): FreeRows {
  const next = words.subarray(at + HEAD_WORDS, at + HEAD_WORDS + count);
  if (fill) {
    words[at] = 0;
    for (let row = 0; row < count; row++) next[row] = row + 1 < count ? row + 1 : NO_ROW;
  }
  return { words, headAt: at, next };
}

/** The request rows of a path's memory. */
export function freeRequests({ header, requestNextFree }: PathMemory): FreeRows {
  return { words: header, headAt: HEADER_FREE_REQUESTS, next: requestNextFree };
}

/** Takes a row. Returns {@link NO_ROW} if all are in use: a visible result, never a wait. */
export function takeRow({ words, headAt, next }: FreeRows): number {
  for (;;) {
    const head = Atomics.load(words, headAt);
    const row = head & ROW_MASK;
    if (row === NO_ROW) return NO_ROW;
    // If another took the row in between, this may be anything; then the tag has moved on and the exchange fails.
    const behind = Atomics.load(next, row);
    if (Atomics.compareExchange(words, headAt, head, tagged(head, behind)) === head) return row;
  }
}

/** Gives back a row that {@link takeRow} gave; its owner must not touch it any more. */
export function giveRow({ words, headAt, next }: FreeRows, row: number): void {
  for (;;) {
    const head = Atomics.load(words, headAt);
    Atomics.store(next, row, head & ROW_MASK);
    if (Atomics.compareExchange(words, headAt, head, tagged(head, row)) === head) return;
  }
}

/** True if a row could be taken now. */
export function hasRow({ words, headAt }: FreeRows): boolean {
  return (Atomics.load(words, headAt) & ROW_MASK) !== NO_ROW;
}

/** The next head: this row, and the tag of the last one plus one. */
function tagged(head: number, row: number): number {
  return ((((head >>> ROW_BITS) + 1) << ROW_BITS) | row) | 0;
}
