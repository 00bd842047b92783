/**
 * Where an idle worker sleeps. Nothing that a request needs waits here: a worker parks only after it has said so and
 * then seen, once more, that there is nothing to do; whoever makes work looks whether it is parked after publishing.
 */
import { controlAtomics } from "./control_words.ts";
import { HEADER_PARKED, HEADER_STOP } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

const LINE_WORDS = 16;
/** What a worker's word says: it runs, it sleeps or is about to, somebody has woken it and it is not up yet. */
const AWAKE = 0;
const ASLEEP = 1;
const WOKEN = 2;
/** The worker that runs engines and ISRs. */
export const DEVICE_WORKER = 0;

/** True once everybody is asked to finish. */
export function isStopping(memory: PathMemory): boolean {
  return Atomics.load(memory.header, HEADER_STOP) !== 0;
}

/** Asks every worker to finish what it has and to return; wakes the parked ones. */
export function stopAll(memory: PathMemory): void {
  Atomics.store(memory.header, HEADER_STOP, 1);
  wake(memory, DEVICE_WORKER);
}

/**
 * Sleeps until somebody wakes this worker or everybody is asked to finish; not at all if `hasWork` says so after it has
 * announced itself.
 */
export function park(memory: PathMemory, worker: number, hasWork: () => boolean): void {
  sleepUnless(memory, worker, () => hasWork() || isStopping(memory));
}

/**
 * Sleeps until somebody wakes this worker, `mostMs` at the most; not at all if `isAwaited` says so after it has
 * announced itself. Without end is for those who have nothing to do: who has something that cannot go on yet must not
 * rely on others for ever, they might stop before they wake it.
 */
export function sleepUnless(memory: PathMemory, worker: number, isAwaited: () => boolean, mostMs?: number): void {
  const at = HEADER_PARKED + worker * LINE_WORDS;
  Atomics.store(memory.header, at, ASLEEP);
  if (!isAwaited()) Atomics.wait(memory.header, at, ASLEEP, mostMs);
  Atomics.store(memory.header, at, AWAKE);
}

/** True while a worker sleeps, or is about to. */
export function isParked(memory: PathMemory, worker: number): boolean {
  return Atomics.load(memory.header, HEADER_PARKED + worker * LINE_WORDS) === ASLEEP;
}

/**
 * Wakes a worker if it is parked: to be called after what it is to do was published. The word is changed first, so that
 * one who is about to sleep does not; it says "awake" only when the worker does, so that somebody who stopped between
 * the word and the notification has not kept it from the others.
 */
export function wake(memory: PathMemory, worker: number): void {
  const at = HEADER_PARKED + worker * LINE_WORDS;
  if (controlAtomics(memory).loadHeader(at) === AWAKE) return;
  Atomics.compareExchange(memory.header, at, ASLEEP, WOKEN);
  Atomics.notify(memory.header, at);
}

const PAUSES = 10;
const PAUSE_HINT = 16;

/**
 * What a side that found nothing to do does before it looks again: for about half a microsecond it leaves the cache
 * lines to the side that works on them.
 */
export function breathe(): void {
  for (let pause = 0; pause < PAUSES; pause++) Atomics.pause(PAUSE_HINT);
}
