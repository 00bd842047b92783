/**
 * Step 7: status and byte count to the requester (IoCompleteRequest).
 */
import { DEVICE_ERROR, SUCCESS } from "./2_validate.ts";
import { ROW_MASK } from "./joint_table.ts";
import { EVENT_REFUSE } from "./lives.ts";
import { refusalMisused } from "./misuse.ts";
import type { PathMemory } from "./slots.ts";

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const SUCCEEDED = SUCCESS;
const FAILED = DEVICE_ERROR;

/** What the engine's report means to the requester. */
export function completeStatus(movedBytes: number): number {
  return movedBytes < 0 ? FAILED : SUCCEEDED;
}

/** Completes a request that never got a slot of this channel: dispatched, failed, completed; Information is 0. */
export function refuse(memory: PathMemory, channel: number, request: number, status: number): void {
  const row = memory.requestTable[memory.arrivedRow | EVENT_REFUSE]!;
  if (row > ROW_MASK) refusalMisused(memory, channel, row);
  memory.requestStatus[request] = status;
  memory.requestInformation[request] = 0;
}
