/** Steps of a slot's request and of an engine through the tables; what is not legal is noted by name. */
import { ROW_MASK } from "../../fastpath/joint_table.ts";
import { engineMisused, misused } from "../../fastpath/misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";

/** One event in the joint life of a slot's request and list. The slot is the caller's. */
export function stepSlot(memory: PathMemory, slot: number, event: number): void {
  const row = memory.requestTable[memory.slotRow[slot]! | event]!;
  memory.slotRow[slot] = row > ROW_MASK ? misused(memory, slot, row) : row;
}

/** Events in the life of an engine, one behind the other. The engines are the caller's: it has the card. */
export function stepEngine(memory: PathMemory, engine: number, events: readonly number[]): void {
  const at = engine * CONTROL_WORDS + CHANNEL_ROW;
  let row = memory.control[at]!;
  for (const event of events) {
    row = memory.channelTable[row | event]!;
    if (row > ROW_MASK) row = engineMisused(memory, engine, row);
  }
  memory.control[at] = row;
}
