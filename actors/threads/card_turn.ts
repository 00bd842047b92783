/**
 * The card and its ISRs on one thread. A doorbell in shared memory becomes one on the card as soon as the engine is
 * free; the ISR matches the interrupt to the oldest of the lane, moves it to ready-to-complete and starts the next
 * right there (S2-18). Several lanes may lead to one engine: they take turns.
 *
 * An ISR takes a bounded number of atomic operations, whatever stands in the queues.
 */
import { enterDevice, loadSubmitted, releaseToken, ringDoorbell, startAgain } from "../../fastpath/4_queue.ts";
import { loadDoorbell, publishReady } from "../../fastpath/5_interrupt.ts";
import { CHANNEL_FAILED, CHANNEL_RESTART, CHANNEL_START, CHANNEL_STOP } from "../../fastpath/lives.ts";
import { EVENT_DEVICE_DONE } from "../../fastpath/lives.ts";
import { CONTROL_WORDS, READY } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { assert } from "../../sim/assert.ts";
import type { SharedParts } from "./shared_parts.ts";
import { engineCount } from "./sizes.ts";
import { noteMoved, startSlot } from "./slot_on_card.ts";
import { slotOf, stepEngine, stepSlot } from "./slot_steps.ts";
import type { Turn } from "./turn.ts";
import { WorkerCard } from "./worker_card.ts";
import type { CardSettings } from "./worker_card.ts";

/** Moments of the card's time in one pass: few enough to look at the doorbells in between. */
const MOMENTS = 64;
const NO_LANE = -1;

const STARTED_AGAIN: readonly number[] = [CHANNEL_RESTART];
// Status read and Run cleared: an engine that stopped on an error may be started again.
const AT_REST_AFTER_ERROR: readonly number[] = [CHANNEL_FAILED, CHANNEL_STOP];
const STARTED_AFTER_ERROR: readonly number[] = [...AT_REST_AFTER_ERROR, CHANNEL_START];

/** The turn of the card's Worker. `readied` hears of each lane that has something for its DPC. */
export function createCardTurn(
  parts: SharedParts,
  memory: PathMemory,
  settings: CardSettings,
  readied: (lane: number) => void,
): Turn & { readonly card: WorkerCard } {
  const { control, channelCount: lanes, descriptors } = memory;
  const engines = engineCount(parts.sizes);
  const bytes = new Uint8Array(descriptors.buffer, descriptors.byteOffset, descriptors.byteLength);
  const card = new WorkerCard(parts, bytes, settings, interrupt);
  // Own cursors in plain arrays; nobody else writes them.
  const ready = Int32Array.from({ length: lanes }, (_, lane) => Atomics.load(control, lane * CONTROL_WORDS + READY));
  /** By engine: the lane whose request it is working on, and the one that was served last. */
  const current = new Int32Array(engines).fill(NO_LANE);
  const last = Int32Array.from({ length: engines }, (_, engine) => engine);

  /** Starts the next lane in turn whose doorbell has rung. True if there was one. */
  function startNext(engine: number): boolean {
    let lane = last[engine]!;
    for (let turn = 0; turn < lanes; turn += engines) {
      lane = lane + engines < lanes ? lane + engines : engine;
      if (loadDoorbell(memory, lane) === ready[lane]) continue;
      current[engine] = last[engine] = lane;
      startSlot(card, memory, engine, slotOf(memory, lane, ready[lane]!));
      return true;
    }
    return false;
  }

  function interrupt(engine: number): void {
    const outcome = card.service(engine);
    const lane = current[engine]!;
    if (outcome === "running" || lane === NO_LANE) return;
    current[engine] = NO_LANE;
    // Match: an engine completes in order, so it is the lane's oldest.
    const position = ready[lane]!;
    const slot = slotOf(memory, lane, position);
    noteMoved(memory, slot, outcome);
    stepSlot(memory, slot, EVENT_DEVICE_DONE);
    const next = (position + 1) | 0;
    ready[lane] = next;
    if (loadSubmitted(memory, lane) !== next) {
      // The next of this lane goes into the device right here: insert first, doorbell last.
      stepEngine(memory, lane, outcome === "failed" ? STARTED_AFTER_ERROR : STARTED_AGAIN);
      enterDevice(memory, lane, next);
      ringDoorbell(memory, lane, next);
      publishReady(memory, lane, next);
    } else {
      publishReady(memory, lane, next);
      // Idle first, then look again: what was published before that look is started by us, what comes after by its
      // dispatcher.
      if (outcome === "failed") stepEngine(memory, lane, AT_REST_AFTER_ERROR);
      else releaseToken(memory, lane);
      startAgain(memory, lane, next);
    }
    startNext(engine);
    readied(lane);
  }

  return {
    card,
    pass(): number {
      let steps = 0;
      for (let engine = 0; engine < engines; engine++) if (current[engine] === NO_LANE && startNext(engine)) steps++;
      while (steps < MOMENTS && card.clock.step()) steps++;
      if (steps === 0) {
        for (let engine = 0; engine < engines; engine++) {
          assert(current[engine] === NO_LANE, `Engine ${engine} of the card is silent with a transfer in it`);
        }
      }
      return steps;
    },
    hasWork(): boolean {
      if (card.clock.pendingCount > 0) return true;
      for (let lane = 0; lane < lanes; lane++) if (loadDoorbell(memory, lane) !== ready[lane]) return true;
      return false;
    },
  };
}
