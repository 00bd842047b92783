/** Steps of a slot's request and of a lane's engine through the tables; what is not legal is noted by name. */
import { ROW_MASK } from "../../fastpath/joint_table.ts";
import { engineMisused, misused } from "../../fastpath/misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";

/** The slot of a lane's position. */
export function slotOf(memory: PathMemory, lane: number, position: number): number {
  return lane * memory.slotCount + (position & (memory.slotCount - 1));
}

/** One event in the joint life of a slot's request and list. The slot is the caller's. */
export function stepSlot(memory: PathMemory, slot: number, event: number): void {
  const row = memory.requestTable[memory.slotRow[slot]! | event]!;
  memory.slotRow[slot] = row > ROW_MASK ? misused(memory, slot, row) : row;
}

/**
 * Events in the life of a lane's engine, one behind the other, shown to others in one store: a dispatcher must never
 * see an engine idle, or stopped on an error, that its holder is about to start again. The caller holds the token.
 */
export function stepEngine(memory: PathMemory, lane: number, events: readonly number[]): void {
  const at = lane * CONTROL_WORDS + CHANNEL_ROW;
  let row = memory.control[at]!;
  for (const event of events) {
    row = memory.channelTable[row | event]!;
    if (row > ROW_MASK) row = engineMisused(memory, lane, row);
  }
  Atomics.store(memory.control, at, row);
}
