/**
 * A channel for many dispatchers and more than one DPC in which nobody can hold anybody up: whoever stops, wherever it
 * stops, the others go on with everything that is not its own.
 *
 * The busy token of `4_queue.ts` is a lock: between taking it and the doorbell, only its holder knows what comes next.
 * Here there is no such moment. The engine reads the doorbell as a cursor (as an NVMe controller reads its tail), and
 * *one* compareExchange on that cursor takes the right to start, says which request it is and rings. Whoever finds the
 * engine idle with work behind the cursor may do it: the dispatcher that has just inserted, the ISR, a DPC; at most one
 * succeeds, and the others need nothing more.
 *
 * ```text
 *         RETIRED             COMPLETED            DOORBELL               TAIL
 * free  |   ready-to-complete   |  waiting-for-device  |    work-to-do      |  free
 *   a DPC claims by CAS       the engine counts      anybody rings by CAS   anybody helps to move
 * ```
 *
 * A card with a Run bit, such as XDMA, cannot be driven so directly: reading "idle" and setting Run are two accesses.
 * The ring is for engines that take a cursor, or for a card whose one thread reads the cursor for it and then sets Run,
 * as the scheduler on Workers does (`actors/threads/`). A request that can be cancelled has a word of its own
 * (`claims.ts`).
 */
import { assert } from "../sim/assert.ts";

/** Words in front of the entries: one cursor a cache line, so that no two are fought over without need. */
const HEADER_WORDS = 64;
/** End of work-to-do, or one less while an insert is being finished. Moved by anybody. */
export const TAIL = 0;
/** End of waiting-for-device: what the engine was told. Moved by whoever finds the engine idle. */
export const DOORBELL = 16;
/** End of ready-to-complete: how many requests the engine has finished. Moved by the engine. */
export const COMPLETED = 32;
/** What DPCs have claimed for themselves. Moved by any DPC. */
export const RETIRED = 48;

const REQUEST_BITS = 13;
/** How many requests can be told apart. */
export const RING_REQUESTS_MAX: number = 1 << REQUEST_BITS;
/** Laps of the ring that an entry can tell apart: 2^19. */
const LAP_MASK = 0x7ffff;

/** What {@link insertRequest} answers when the ring is full, and {@link claimReady} when nothing is ready. */
export const NONE: number = -1;

/** One ring in shared memory. */
export interface HelpedRing {
  /** The whole shared memory. */
  readonly words: Int32Array;
  /** Where this ring begins in it. */
  readonly at: number;
  /** How many requests can be under way: a power of two. */
  readonly slotCount: number;
  /** log2 of {@link slotCount}. */
  readonly slotBits: number;
}

/** How many words a ring of that many slots takes. */
export function helpedRingWords(slotCount: number): number {
  return HEADER_WORDS + slotCount;
}

/**
 * A ring over words that begin at `at`. Everybody opens it; exactly one does so with `empty`, before the others.
 *
 * @throws {RangeError} if the number of slots is no power of two from 2 to 4096.
 */
export function openHelpedRing(words: Int32Array, at: number, slotCount: number, empty = false): HelpedRing {
  if (!(slotCount >= 2 && slotCount <= 4096 && (slotCount & (slotCount - 1)) === 0)) {
    throw new RangeError(`Cannot use ${slotCount} as slotCount: expected a power of two from 2 to 4096`);
  }
  const ring: HelpedRing = { words, at, slotCount, slotBits: 31 - Math.clz32(slotCount) };
  if (empty) {
    words.fill(0, at, at + HEADER_WORDS);
    for (let slot = 0; slot < slotCount; slot++) words[at + HEADER_WORDS + slot] = entryOf(ring, slot - slotCount, 0);
  }
  return ring;
}

/**
 * Puts a request at the end of work-to-do. Returns its position, or {@link NONE} if the ring is full: a visible result,
 * never a wait. Lock-free: it tries again only after another insert has succeeded.
 *
 * The entry is what inserts; the cursor follows, and if its inserter stops in between, the next one moves it. A slot is
 * free for position p when it still holds the entry of p - slotCount and that one is retired. An inserter that sleeps
 * through exactly a multiple of 2^19 laps could mistake the slot (ABA): 2^20 requests for the smallest ring, 2^31
 * for the largest.
 */
export function insertRequest(ring: HelpedRing, request: number): number {
  const { words, at, slotCount } = ring;
  assert(request >= 0 && request < RING_REQUESTS_MAX, "a request of the ring is a number of 13 bits");
  for (;;) {
    const position = Atomics.load(words, at + TAIL);
    if (((position - Atomics.load(words, at + RETIRED)) | 0) >= slotCount) return NONE;
    const slot = slotOf(ring, position);
    const seen = Atomics.load(words, slot);
    const lap = (seen >>> REQUEST_BITS) & LAP_MASK;
    if (lap === lapOf(ring, (position - slotCount) | 0)) {
      // If it fails, somebody else has inserted here.
      if (Atomics.compareExchange(words, slot, seen, entryOf(ring, position, request)) !== seen) continue;
      moveTail(ring, position);
      return position;
    }
    // Somebody has inserted here and not moved the cursor yet, or this look at the cursor is an old one.
    if (lap === lapOf(ring, position)) moveTail(ring, position);
  }
}

/**
 * Starts the oldest request of work-to-do if the engine is idle: what dispatchers do after an insert, ISRs after an
 * interrupt and DPCs after a drain. At most four atomic operations, whatever the queue and whoever else tries. Returns
 * true if this caller rang the doorbell.
 *
 * Nothing is left behind: who reads "busy" here read it after its insert, so the interrupt that follows finds the
 * insert; and who loses the exchange lost it to somebody who has just made the engine busy.
 */
export function startOldest(ring: HelpedRing): boolean {
  const { words, at } = ring;
  const position = Atomics.load(words, at + DOORBELL);
  if (Atomics.load(words, at + COMPLETED) !== position) return false;
  const entry = Atomics.load(words, slotOf(ring, position));
  if (((entry >>> REQUEST_BITS) & LAP_MASK) !== lapOf(ring, position)) return false;
  return Atomics.compareExchange(words, at + DOORBELL, position, (position + 1) | 0) === position;
}

/** What the engine fetches when its doorbell is ahead of it. */
export function fetchEntry(ring: HelpedRing, position: number): number {
  return Atomics.load(ring.words, slotOf(ring, position)) & (RING_REQUESTS_MAX - 1);
}

/** The engine has finished the request at `position` and written its result: the last act before the interrupt. */
export function finishEntry(ring: HelpedRing, position: number): void {
  Atomics.store(ring.words, ring.at + COMPLETED, (position + 1) | 0);
}

/**
 * Starts the oldest request of work-to-do if the engine is idle, then claims the oldest that is ready to complete; from
 * here on it is the caller's, who completes it. Returns the request, or {@link NONE}. Lock-free.
 *
 * Start first, claim second: a DPC that claimed the last ready request and stopped before it looked at work-to-do would
 * leave nothing behind that calls another DPC. The explorer found that, in an earlier version of this file.
 */
export function retireRequest(ring: HelpedRing): number {
  startOldest(ring);
  return claimReady(ring);
}

/** The second half of {@link retireRequest}. It tries again only after another DPC has claimed one. */
export function claimReady(ring: HelpedRing): number {
  const { words, at } = ring;
  for (;;) {
    const position = Atomics.load(words, at + RETIRED);
    if (Atomics.load(words, at + COMPLETED) === position) return NONE;
    // Looked at before the claim: afterwards the slot may have a new owner.
    const entry = Atomics.load(words, slotOf(ring, position));
    if (Atomics.compareExchange(words, at + RETIRED, position, (position + 1) | 0) === position) {
      return entry & (RING_REQUESTS_MAX - 1);
    }
  }
}

function moveTail(ring: HelpedRing, position: number): void {
  Atomics.compareExchange(ring.words, ring.at + TAIL, position, (position + 1) | 0);
}

function slotOf(ring: HelpedRing, position: number): number {
  return ring.at + HEADER_WORDS + (position & (ring.slotCount - 1));
}

function lapOf(ring: HelpedRing, position: number): number {
  return (position >> ring.slotBits) & LAP_MASK;
}

function entryOf(ring: HelpedRing, position: number, request: number): number {
  return (lapOf(ring, position) << REQUEST_BITS) | request;
}
