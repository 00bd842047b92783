/**
 * Step 6: the DPC drains ready-to-complete: one DPC may stand for many interrupts. Every list goes back, then its
 * request completes (7), then the slots are free.
 */
import { completeStatus } from "./7_complete.ts";
import { foursOf, nothing } from "./fours.ts";
import { ROW_MASK } from "./joint_table.ts";
import { EVENT_FINISH } from "./lives.ts";
import { reportMisuse } from "./misuse.ts";
import type { PathMemory } from "./slots.ts";

/** Puts the lists and completes the requests from `from` up to `to`, which the ISR has handed on. */
export type DrainRange = (channel: number, from: number, to: number) => void;

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const FINISH = EVENT_FINISH;
const VERDICT = ROW_MASK;
const statusOf = completeStatus;

/** {@link DrainRange} over one memory. */
export function createDrainRange(memory: PathMemory): DrainRange {
  const { requestTable, slotRow, slotRequest, slotMoved, requestStatus, requestInformation } = memory;
  const { slotCount, slotMask, requestMask } = memory;
  const ringMask = slotCount - 1;

  /** Drains what did not go four at a time. */
  function drainRest(channel: number, from: number, to: number): void {
    const base = (channel * slotCount) | 0;
    let said = 0;
    for (let position = from; position !== to; position = (position + 1) | 0) {
      const slot = (base + (position & ringMask)) & slotMask;
      const row = requestTable[slotRow[slot]! | FINISH]!;
      said |= row;
      slotRow[slot] = row;
      const request = slotRequest[slot]! & requestMask;
      const movedBytes = slotMoved[slot]!;
      requestInformation[request] = movedBytes < 0 ? 0 : movedBytes;
      requestStatus[request] = statusOf(movedBytes);
    }
    if (said > VERDICT) reportMisuse(memory, channel, from, to);
  }

  const drainFours = foursOf(memory)?.drain ?? nothing;
  return function drainRange(channel, from, to) {
    const position = drainFours(channel, from, to);
    if (position !== to) drainRest(channel, position, to);
  };
}
