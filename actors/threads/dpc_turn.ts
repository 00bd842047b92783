/**
 * A DPC on a thread of its own: drains ready-to-complete of every engine. One pass may stand for many interrupts, and
 * there may be more than one DPC: each claims one request at a time, so that one that stops keeps no more than that.
 * Work-to-do is not its business: the ISR has looked there, on the card's thread, which stops with the card only.
 */
import { claimReady, COMPLETED, NONE, RETIRED } from "../../fastpath/helped_ring.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { createComplete } from "./complete.ts";
import { openEngineQueues } from "./engine_queue.ts";
import type { EngineQueue } from "./engine_queue.ts";
import type { Outbox } from "./outbox.ts";
import type { SharedParts } from "./shared_parts.ts";
import { dpcOf } from "./sizes.ts";
import type { Turn } from "./turn.ts";

/** Requests that one pass takes from one engine. */
const BURST = 64;
/** In one of so many passes, a power of two, it looks at the others' engines even if its own leave it no time. */
const OTHERS_EVERY = 16;

/** The turn of one of `dpcCount` DPCs. `freed`: slots are free again. */
export function createDpcTurn(
  parts: SharedParts,
  memory: PathMemory,
  dpc: number,
  outbox: Outbox,
  freed: () => void,
): Turn {
  const complete = createComplete(parts, memory, outbox);
  const queues = openEngineQueues(parts.queues, memory.slotCount);
  // They meet where one has nothing left of its own, and from time to time: the other might have stopped.
  const own = queues.filter(({ engine }) => dpcOf(parts.sizes, engine) === dpc);
  const others = queues.filter((queue) => !own.includes(queue));

  /** By engine: how many it had finished when all of them were claimed. */
  const seen = new Int32Array(queues.length);
  let passes = 0;

  function passEngine(queue: EngineQueue): number {
    const { ring, engine } = queue;
    const completed = Atomics.load(ring.words, ring.at + COMPLETED);
    if (completed === seen[engine]) return 0;
    for (let count = 0; count < BURST; count++) {
      const number = claimReady(ring);
      if (number === NONE) {
        seen[engine] = completed;
        return count;
      }
      complete(queue, number);
    }
    return BURST;
  }

  function passAll(some: readonly EngineQueue[]): number {
    let handled = 0;
    for (const queue of some) handled += passEngine(queue);
    return handled;
  }

  return {
    pass(): number {
      let handled = passAll(own);
      if (handled === 0 || (passes++ & (OTHERS_EVERY - 1)) === 0) handled += passAll(others);
      if (handled > 0) freed();
      outbox.publish();
      return handled;
    },
    hasWork: () =>
      queues.some(({ ring: { words, at } }) =>
        Atomics.load(words, at + COMPLETED) !== Atomics.load(words, at + RETIRED)
      ),
  };
}
