/** The DPC on a thread of its own: drains ready-to-complete of its lanes. One pass may stand for many interrupts. */
import { loadReady } from "../../fastpath/6_dpc.ts";
import { CONTROL_WORDS, DONE } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { createComplete } from "./complete.ts";
import type { Outbox } from "./outbox.ts";
import type { Turn } from "./turn.ts";

/** The turn of a DPC. `freed` hears of each lane that has free slots again. */
export function createDpcTurn(
  memory: PathMemory,
  lanes: readonly number[],
  outbox: Outbox,
  freed: (lane: number) => void,
): Turn {
  const complete = createComplete(memory, outbox);
  // Own cursor in a plain array; nobody else writes it.
  const done = Int32Array.from(lanes, (lane) => Atomics.load(memory.control, lane * CONTROL_WORDS + DONE));

  return {
    pass(): number {
      for (let index = 0; index < lanes.length; index++) {
        const lane = lanes[index]!;
        const to = loadReady(memory, lane);
        if (to === done[index]) continue;
        complete(lane, done[index]!, to);
        done[index] = to;
        freed(lane);
      }
      return outbox.publish();
    },
    hasWork: () => lanes.some((lane, index) => loadReady(memory, lane) !== done[index]),
  };
}
