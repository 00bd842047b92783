/**
 * What became of every request that was out when a Worker was lost. To be asked when all Workers have ended: then the
 * memory is the owner's alone, and the lives of the slots say how far their requests came, whoever had them in hand.
 *
 * ```text
 * completed, claimed by a DPC      status and byte count stand in the table; only the owner had not been told
 * ready to complete                the device is done: the list goes back, it completes as the device ended
 * in the device                    the device is gone: the list goes back, STATUS_DEVICE_HARDWARE_ERROR
 * in the ring, before or behind the doorbell; filled by a dispatcher
 *                                  the list goes back unused, STATUS_CANCELLED
 * not yet dispatched               STATUS_CANCELLED
 * cancelled in time, anywhere      STATUS_CANCELLED
 * ```
 * The way out is taken through the charts' tables like the way in, so a list that would stay out has a name.
 */
import { DEVICE_ERROR, PENDING } from "../../fastpath/2_validate.ts";
import { completeStatus } from "../../fastpath/7_complete.ts";
import { isCancelled } from "../../fastpath/claims.ts";
import { EVENT_DEVICE_DONE, EVENT_DISPATCH, EVENT_FAIL, EVENT_FINISH, EVENT_START } from "../../fastpath/lives.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { stepSlot } from "../../fastpath/steps.ts";
import { CANCELLED } from "./cancelled.ts";
import type { SharedParts } from "./shared_parts.ts";

/** Writes status and byte count of every row that is out into the table; `isOut` knows them. */
export function settle(parts: SharedParts, memory: PathMemory, isOut: (row: number) => boolean): void {
  const claims = new Int32Array(parts.claims);
  // A slot that is not free speaks of a row that is out: its life ends before the row is shown to the owner.
  memory.slotRow.forEach((row, slot) => {
    if (row !== memory.freeRow) settleSlot(memory, slot, row);
  });
  for (let row = 0; row < memory.requestCount; row++) {
    if (isOut(row) && (memory.requestStatus[row] === PENDING || isCancelled(claims, row))) {
      end(memory, row, CANCELLED, 0);
    }
  }
}

function settleSlot(memory: PathMemory, slot: number, row: number): void {
  const { requestTable, arrivedRow, slotRequest, slotMoved } = memory;
  const queued = requestTable[arrivedRow | EVENT_DISPATCH]!;
  const inDevice = requestTable[queued | EVENT_START]!;
  const moved = slotMoved[slot]!;
  let [status, information] = [completeStatus(moved), moved < 0 ? 0 : moved];
  if (row === inDevice) {
    // A card that nobody serves touches no memory any more.
    stepSlot(memory, slot, EVENT_DEVICE_DONE);
    [status, information] = [DEVICE_ERROR, 0];
  } else if (row === queued) {
    stepSlot(memory, slot, EVENT_FAIL);
    [status, information] = [CANCELLED, 0];
  }
  stepSlot(memory, slot, EVENT_FINISH);
  end(memory, slotRequest[slot]!, status, information);
}

function end(memory: PathMemory, row: number, status: number, information: number): void {
  memory.requestStatus[row] = status;
  memory.requestInformation[row] = information;
}
