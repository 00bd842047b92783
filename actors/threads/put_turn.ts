/** The last stage of seed 000's pipeline: puts the list of each slot that comes from the transfer stage, completes. */
import { RingConsumer } from "../../fastpath/ring.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { createComplete } from "./complete.ts";
import { openEngineQueues } from "./engine_queue.ts";
import type { Outbox } from "./outbox.ts";
import type { SharedParts } from "./shared_parts.ts";
import type { Turn } from "./turn.ts";

/** The turn of the last stage. `freed` is called when slots are free again. */
export function createPutTurn(parts: SharedParts, memory: PathMemory, outbox: Outbox, freed: () => void): Turn {
  const { slotCount } = memory;
  const moved = new RingConsumer(parts.moved);
  const complete = createComplete(parts, memory, outbox);
  const queues = openEngineQueues(parts.queues, slotCount);
  const slots = new Int32Array(64);

  return {
    pass(): number {
      // The places are free before the slots are: the next transfer in a slot comes through the same ring.
      const count = moved.shiftMany(slots, 0, slots.length);
      for (let index = 0; index < count; index++) {
        const slot = slots[index]!;
        complete(queues[Math.floor(slot / slotCount)]!, slot & (slotCount - 1));
      }
      if (count > 0) freed();
      outbox.publish();
      return count;
    },
    hasWork: () => moved.available() > 0,
  };
}
