/**
 * The end of a request on a thread of its own: lists go back, status and byte count are written (fastpath/6_dpc.ts,
 * 7_complete.ts), the slots are free again, and only then the owner is shown the rows. In that order a slot never
 * speaks of a row that the owner has already given to somebody else, at whatever step the thread ends.
 */
import { createDrainRange } from "../../fastpath/6_dpc.ts";
import { CONTROL_WORDS, DONE } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import type { Outbox } from "./outbox.ts";
import { slotOf } from "./slot_steps.ts";

/** Completes what the device has handed on, from position `from` up to `to` of a lane. The owner is shown it later. */
export type Complete = (lane: number, from: number, to: number) => void;

/** {@link Complete} into an outbox. */
export function createComplete(memory: PathMemory, outbox: Outbox): Complete {
  const { control, slotRequest } = memory;
  const drainRange = createDrainRange(memory);

  return function complete(lane, from, to) {
    drainRange(lane, from, to);
    for (let position = from; position !== to; position = (position + 1) | 0) {
      outbox.lay(slotRequest[slotOf(memory, lane, position)]!);
    }
    Atomics.store(control, lane * CONTROL_WORDS + DONE, to);
  };
}
