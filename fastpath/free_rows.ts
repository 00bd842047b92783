/**
 * Request rows for many dispatchers: a lock-free free list, last in, first out.
 *
 * The head holds the first free row and a generation tag in one word. Whoever takes or gives moves both by one
 * compareExchange, so a head that went away and came back in between (ABA) is not mistaken for the same one, unless
 * exactly 65 536 takings and givings happen between one participant's look and its exchange. A lost race is tried
 * again: somebody else's exchange succeeded, so the system as a whole went on.
 *
 * ```text
 * head word   tag << 16 | row, NO_ROW if nothing is free         requestNextFree[row]   the row behind it
 * ```
 */
import { HEADER_FREE_REQUESTS, NO_ROW } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

const ROW_BITS = 16;
const ROW_MASK = 0xffff;

/** Takes a row. Returns {@link NO_ROW} if all are in use: a visible result, never a wait. */
export function takeRow(memory: PathMemory): number {
  const { header, requestNextFree } = memory;
  for (;;) {
    const head = Atomics.load(header, HEADER_FREE_REQUESTS);
    const row = head & ROW_MASK;
    if (row === NO_ROW) return NO_ROW;
    // If another took the row in between, this may be anything; then the tag has moved on and the exchange fails.
    const next = Atomics.load(requestNextFree, row);
    if (Atomics.compareExchange(header, HEADER_FREE_REQUESTS, head, tagged(head, next)) === head) return row;
  }
}

/** Gives back a row that {@link takeRow} gave; its owner must not touch it any more. */
export function giveRow(memory: PathMemory, row: number): void {
  const { header, requestNextFree } = memory;
  for (;;) {
    const head = Atomics.load(header, HEADER_FREE_REQUESTS);
    Atomics.store(requestNextFree, row, head & ROW_MASK);
    if (Atomics.compareExchange(header, HEADER_FREE_REQUESTS, head, tagged(head, row)) === head) return;
  }
}

/** The next head: this row, and the tag of the last one plus one. */
function tagged(head: number, row: number): number {
  return ((((head >>> ROW_BITS) + 1) << ROW_BITS) | row) | 0;
}
