/** The last stage of seed 000's pipeline: puts the list of each slot that comes from the transfer stage, completes. */
import { RingConsumer } from "../../fastpath/ring.ts";
import { CONTROL_WORDS, DONE } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { createComplete } from "./complete.ts";
import type { Outbox } from "./outbox.ts";
import type { SharedParts } from "./shared_parts.ts";
import type { Turn } from "./turn.ts";

/** The turn of the last stage. `freed` hears of each lane that has a free slot again. */
export function createPutTurn(
  parts: SharedParts,
  memory: PathMemory,
  outbox: Outbox,
  freed: (lane: number) => void,
): Turn {
  const { control, channelCount: lanes, slotCount } = memory;
  const moved = new RingConsumer(parts.moved);
  const complete = createComplete(memory, outbox);
  const slots = new Int32Array(64);
  // Own cursor in a plain array; nobody else writes it.
  const done = Int32Array.from({ length: lanes }, (_, lane) => Atomics.load(control, lane * CONTROL_WORDS + DONE));

  return {
    pass(): number {
      // The places are free before the slots are: the next transfer in a slot comes through the same ring.
      const count = moved.shiftMany(slots, 0, slots.length);
      for (let index = 0; index < count; index++) {
        const lane = Math.floor(slots[index]! / slotCount);
        const from = done[lane]!;
        done[lane] = (from + 1) | 0;
        complete(lane, from, done[lane]!);
        freed(lane);
      }
      return outbox.publish();
    },
    hasWork: () => moved.available() > 0,
  };
}
