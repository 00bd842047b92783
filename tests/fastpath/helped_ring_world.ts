/** What the threads at a helped ring share. */
import { helpedRingWords } from "../../fastpath/helped_ring.ts";

/** What a thread is to do. */
export interface HelpedRingOrder {
  readonly buffer: SharedArrayBuffer;
  readonly role: "dispatcher" | "engine" | "DPC";
  /** Which of the dispatchers. */
  readonly index: number;
  readonly dispatcherCount: number;
  readonly slotCount: number;
  readonly requestsEach: number;
}

/** Rows of one dispatcher: more than there are slots, so that the ring is full at times. */
export const ROWS_EACH = 64;

/** Where everything stands behind the ring. */
export interface HelpedRingLayout {
  readonly done: number;
  readonly wrong: number;
  readonly sum: number;
  /** One word a row: the value that is under way, or 0. */
  readonly state: number;
  /** One word a row: what the engine saw. */
  readonly result: number;
  readonly words: number;
}

/** The words behind a ring of that size. */
export function layout(size: Pick<HelpedRingOrder, "dispatcherCount" | "slotCount">): HelpedRingLayout {
  const done = helpedRingWords(size.slotCount);
  const state = done + 48;
  const result = state + size.dispatcherCount * ROWS_EACH;
  return { done, wrong: done + 16, sum: done + 32, state, result, words: result + size.dispatcherCount * ROWS_EACH };
}
