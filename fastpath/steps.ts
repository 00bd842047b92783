/** Steps through the tables where a call each is not too much; what is not legal is noted by name. */
import { ROW_MASK } from "./joint_table.ts";
import { engineMisused, misused } from "./misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** One event in the joint life of a slot's request and list. The slot is the caller's. */
export function stepSlot(memory: PathMemory, slot: number, event: number): void {
  const row = memory.requestTable[memory.slotRow[slot]! | event]!;
  memory.slotRow[slot] = row > ROW_MASK ? misused(memory, slot, row) : row;
}

/**
 * Events in the life of a channel's engine, which is the caller's, one behind the other. Its row moves by one store,
 * however many they are: in between it would look idle, and where there is a token somebody would take it.
 */
export function stepEngine(memory: PathMemory, channel: number, events: readonly number[]): void {
  const at = channel * CONTROL_WORDS + CHANNEL_ROW;
  let row = memory.control[at]!;
  for (const event of events) {
    row = memory.channelTable[row | event]!;
    if (row > ROW_MASK) row = engineMisused(memory, channel, row);
  }
  memory.control[at] = row;
}
