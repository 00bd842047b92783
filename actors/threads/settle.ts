/**
 * What became of every request that was out when a Worker was lost. To be asked when all Workers have ended: then the
 * memory is the owner's alone, and each slot's row says how far its request came.
 *
 * ```text
 * completed               status and byte count stand in the table; only the owner had not been told
 * ready to complete       the device is done: the list goes back, it completes as the device ended
 * in the device           the device is gone: the list goes back, STATUS_DEVICE_HARDWARE_ERROR
 * in work-to-do           the list goes back unused, STATUS_CANCELLED
 * not yet dispatched      STATUS_CANCELLED
 * ```
 * The way out is taken through the charts' tables like the way in, so a list that would stay out has a name.
 */
import { DEVICE_ERROR, PENDING } from "../../fastpath/2_validate.ts";
import { completeStatus } from "../../fastpath/7_complete.ts";
import { NTSTATUS } from "../../machines/ntstatus.ts";
import { EVENT_DEVICE_DONE, EVENT_DISPATCH, EVENT_FAIL, EVENT_FINISH, EVENT_START } from "../../fastpath/lives.ts";
import { CONTROL_WORDS, DONE, SUBMITTED } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { slotOf, stepSlot } from "./slot_steps.ts";

const CANCELLED = NTSTATUS.STATUS_CANCELLED | 0;

/** Writes status and byte count of every row that is out into the table; `isOut` knows them. */
export function settle(memory: PathMemory, isOut: (row: number) => boolean): void {
  for (let lane = 0; lane < memory.channelCount; lane++) settleLane(memory, lane);
  for (let row = 0; row < memory.requestCount; row++) {
    if (isOut(row) && memory.requestStatus[row] === PENDING) end(memory, row, CANCELLED, 0);
  }
}

function settleLane(memory: PathMemory, lane: number): void {
  const { control, requestTable, arrivedRow, slotRow, slotRequest, slotMoved, slotCount } = memory;
  const queued = requestTable[arrivedRow | EVENT_DISPATCH]!;
  const inDevice = requestTable[queued | EVENT_START]!;
  const ready = requestTable[inDevice | EVENT_DEVICE_DONE]!;
  const from = control[lane * CONTROL_WORDS + DONE]!;
  const submitted = (control[lane * CONTROL_WORDS + SUBMITTED]! - from) | 0;
  // The whole ring: a dispatcher may have filled slots that it did not live to submit.
  for (let index = 0; index < slotCount; index++) {
    const slot = slotOf(memory, lane, from + index);
    const row = slotRow[slot]!;
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
    if (row === inDevice || row === queued || row === ready) stepSlot(memory, slot, EVENT_FINISH);
    // A slot that is submitted and not done speaks of a row that is out: DONE moves before the owner is shown the row.
    // One that was completed and not yet done gets the same words once more.
    if (index < submitted) end(memory, slotRequest[slot]!, status, information);
  }
}

function end(memory: PathMemory, row: number, status: number, information: number): void {
  memory.requestStatus[row] = status;
  memory.requestInformation[row] = information;
}
