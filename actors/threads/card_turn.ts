/**
 * The card and its ISRs on one thread. It reads each engine's doorbell as a cursor, and the driver's part here sets Run
 * as soon as the engine is free; the ISR matches the interrupt to the oldest of the ring, hands it to the DPCs and
 * starts the next right there (S2-18).
 *
 * An ISR takes a bounded number of atomic operations, whatever stands in the queues: of cancelled requests it passes
 * over one, and leaves the next to the next pass.
 */
import { COMPLETED, DOORBELL, fetchEntry, finishEntry, RETIRED, startOldest } from "../../fastpath/helped_ring.ts";
import {
  CHANNEL_COMPLETED,
  CHANNEL_FAILED,
  CHANNEL_RESTART,
  CHANNEL_START,
  CHANNEL_STOP,
} from "../../fastpath/lives.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { stepEngine } from "../../fastpath/steps.ts";
import { assert } from "../../sim/assert.ts";
import { openEngineQueues, slotOf } from "./engine_queue.ts";
import type { SharedParts } from "./shared_parts.ts";
import { claimSlot, finishSlot, startSlot } from "./slot_on_card.ts";
import type { Turn } from "./turn.ts";
import { WorkerCard } from "./worker_card.ts";
import type { CardSettings } from "./worker_card.ts";

/** Moments of the card's time in one pass: few enough to look at the doorbells in between. */
const MOMENTS = 64;
/** No request is in the device, or none is to go there. */
const NOBODY = -1;

const STARTED: readonly number[] = [CHANNEL_START];
const STARTED_AGAIN: readonly number[] = [CHANNEL_RESTART];
const AT_REST: readonly number[] = [CHANNEL_COMPLETED];
// Status read and Run cleared: an engine that stopped on an error may be started again.
const AT_REST_AFTER_ERROR: readonly number[] = [CHANNEL_FAILED, CHANNEL_STOP];
const STARTED_AFTER_ERROR: readonly number[] = [...AT_REST_AFTER_ERROR, CHANNEL_START];

/** Whom the card's Worker wakes. */
export interface CardListener {
  /** There is something of an engine for its DPC. */
  readonly readied: (engine: number) => void;
  /** There still is, for whoever could take it. */
  readonly pending: () => void;
}

/** The turn of the card's Worker. */
export function createCardTurn(
  parts: SharedParts,
  memory: PathMemory,
  settings: CardSettings,
  { readied, pending }: CardListener,
): Turn & { readonly card: WorkerCard } {
  const { descriptors } = memory;
  const claims = new Int32Array(parts.claims);
  const queues = openEngineQueues(parts.queues, memory.slotCount);
  const bytes = new Uint8Array(descriptors.buffer, descriptors.byteOffset, descriptors.byteLength);
  const card = new WorkerCard(parts, bytes, settings, interrupt);
  // Own cursors in a plain array; nobody else writes them.
  const completed = Int32Array.from(queues, ({ ring: { words, at } }) => Atomics.load(words, at + COMPLETED));
  /** By engine: the slot that is in the device. */
  const current = new Int32Array(queues.length).fill(NOBODY);

  function hasRung(engine: number): boolean {
    const { words, at } = queues[engine]!.ring;
    return Atomics.load(words, at + DOORBELL) !== completed[engine];
  }

  /** Hands the oldest to the DPCs. True if the doorbell has rung for another. */
  function finishOldest(engine: number): boolean {
    const { ring } = queues[engine]!;
    const position = completed[engine]!;
    completed[engine] = (position + 1) | 0;
    finishEntry(ring, position);
    // What was inserted before this look is started here, what comes after it by its dispatcher.
    return startOldest(ring) || hasRung(engine);
  }

  /** The slot that the doorbell has rung for. One that was cancelled is passed over; then it is nobody. */
  function claimNext(engine: number): number {
    const slot = slotOf(memory, engine, fetchEntry(queues[engine]!.ring, completed[engine]!));
    if (claimSlot(claims, memory, slot)) return slot;
    finishOldest(engine);
    readied(engine);
    return NOBODY;
  }

  function start(engine: number, slot: number, events: readonly number[]): void {
    stepEngine(memory, engine, events);
    current[engine] = slot;
    startSlot(card, memory, engine, slot);
  }

  function interrupt(engine: number): void {
    const outcome = card.service(engine);
    const slot = current[engine]!;
    if (outcome === "running" || slot === NOBODY) return;
    // Match: an engine completes in order, so it is the ring's oldest.
    current[engine] = NOBODY;
    finishSlot(memory, slot, outcome);
    const next = finishOldest(engine) ? claimNext(engine) : NOBODY;
    const failed = outcome === "failed";
    if (next === NOBODY) stepEngine(memory, engine, failed ? AT_REST_AFTER_ERROR : AT_REST);
    else start(engine, next, failed ? STARTED_AFTER_ERROR : STARTED_AGAIN);
    readied(engine);
  }

  /** An engine at rest whose doorbell has rung. True if there was anything. */
  function passEngine(engine: number): boolean {
    if (current[engine] !== NOBODY || !hasRung(engine)) return false;
    const slot = claimNext(engine);
    if (slot !== NOBODY) start(engine, slot, STARTED);
    return true;
  }

  return {
    card,
    pass(): number {
      let steps = 0;
      for (let engine = 0; engine < queues.length; engine++) if (passEngine(engine)) steps++;
      while (steps < MOMENTS && card.clock.step()) steps++;
      if (steps === 0) {
        const silent = current.findIndex((slot) => slot !== NOBODY);
        assert(silent < 0, `Engine ${silent} of the card is silent with a transfer in it`);
      }
      return steps;
    },
    hasWork: () => card.clock.pendingCount > 0 || queues.some(({ engine }) => hasRung(engine)),
    // As a line that stays asserted until somebody has served it.
    stuck: {
      isStuck: () =>
        queues.some(({ engine, ring: { words, at } }) => Atomics.load(words, at + RETIRED) !== completed[engine]),
      ask: pending,
    },
  };
}
