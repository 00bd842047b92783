/**
 * The end of a request on a thread of its own: its list goes back, status and byte count are written
 * (fastpath/6_dpc.ts, 7_complete.ts), the slot is free again, and only then the owner is shown the row. In that order a
 * slot never speaks of a row that the owner has already given to somebody else, at whatever step the thread ends.
 */
import { createDrainRange } from "../../fastpath/6_dpc.ts";
import { isCancelled } from "../../fastpath/claims.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { createCancelledEnd } from "./cancelled.ts";
import { giveSlot, slotOf } from "./engine_queue.ts";
import type { EngineQueue } from "./engine_queue.ts";
import type { Outbox } from "./outbox.ts";
import type { SharedParts } from "./shared_parts.ts";

/** Completes what a slot holds, which is the caller's alone. The owner sees it when the outbox is published. */
export type Complete = (queue: EngineQueue, number: number) => void;

/** {@link Complete} into an outbox. */
export function createComplete(parts: SharedParts, memory: PathMemory, outbox: Outbox): Complete {
  const { slotRequest } = memory;
  const claims = new Int32Array(parts.claims);
  const drainRange = createDrainRange(memory);
  const cancelled = createCancelledEnd(memory);

  return function complete(queue, number) {
    // A slot's number is a position of the first lap.
    drainRange(queue.engine, number, number + 1);
    const row = slotRequest[slotOf(memory, queue.engine, number)]!;
    if (isCancelled(claims, row)) cancelled.complete(row);
    outbox.lay(row);
    giveSlot(queue, number);
  };
}
