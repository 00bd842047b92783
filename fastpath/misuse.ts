/**
 * What a stage does when the table says that a step was not legal: count it, keep the first one, go on as the chart
 * does. Nothing is thrown on a hot path; whoever owns the memory reads the finding by name.
 */
import type { LifecycleNote } from "../machines/lifecycle.ts";
import { ROW_MASK, VERDICT_SHIFT } from "./joint_table.ts";
import type { PathLives } from "./lives.ts";
import { CHANNEL_ROW, CONTROL_WORDS, HEADER_FIRST_SLOT, HEADER_FIRST_VERDICT, HEADER_MISUSE_COUNT } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** What {@link HEADER_FIRST_SLOT} holds if the misuse was of a channel's engine: `ENGINE_OF - channel`. */
const ENGINE_OF = -1;

/** Notes that a request's step was not legal. Returns the row that follows all the same. */
export function misused(memory: PathMemory, slot: number, entry: number): number {
  const { header } = memory;
  if (Atomics.compareExchange(header, HEADER_FIRST_VERDICT, 0, entry >>> VERDICT_SHIFT) === 0) {
    Atomics.store(header, HEADER_FIRST_SLOT, slot);
  }
  Atomics.add(header, HEADER_MISUSE_COUNT, 1);
  return entry & ROW_MASK;
}

/**
 * Looks through the slots from `from` up to `to` for steps that were not legal, notes them, and leaves plain rows
 * behind. The hot loops store what the table gave them and only remember whether any of it was a verdict.
 */
export function reportMisuse(memory: PathMemory, channel: number, from: number, to: number): void {
  const { slotRow, slotCount } = memory;
  for (let position = from; position !== to; position = (position + 1) | 0) {
    const slot = channel * slotCount + (position & (slotCount - 1));
    const row = slotRow[slot]!;
    if (row > ROW_MASK) slotRow[slot] = misused(memory, slot, row);
  }
}

/** Notes it if the last step of a channel's engine was not legal, and leaves a plain row behind. */
export function reportEngineMisuse(memory: PathMemory, channel: number): void {
  const at = channel * CONTROL_WORDS + CHANNEL_ROW;
  const row = memory.control[at]!;
  if (row > ROW_MASK) memory.control[at] = engineMisused(memory, channel, row);
}

/** Notes that a step of a channel's engine was not legal. Returns the row that follows all the same. */
export function engineMisused(memory: PathMemory, channel: number, entry: number): number {
  return misused(memory, ENGINE_OF - channel, entry);
}

/** The first misuse by name, and how many there were. */
export interface PathMisuse {
  /** Steps that were not legal. */
  readonly count: number;
  /** The channel whose engine, or whose request, it was. */
  readonly channel: number;
  /** The slot of the request, or null if it was the engine. */
  readonly slot: number | null;
  /** What the charts said to it. */
  readonly notes: readonly LifecycleNote[];
}

/** What the stages noted, or null if every step was legal. */
export function misuseOf(
  memory: PathMemory,
  lives: PathLives,
): PathMisuse | null {
  const { header, slotCount } = memory;
  const count = Atomics.load(header, HEADER_MISUSE_COUNT);
  if (count === 0) return null;
  const verdict = Atomics.load(header, HEADER_FIRST_VERDICT);
  const slot = Atomics.load(header, HEADER_FIRST_SLOT);
  const ofEngine = slot <= ENGINE_OF;
  const channel = ofEngine ? ENGINE_OF - slot : Math.floor(slot / slotCount);
  const { notes } = ofEngine ? lives.channel : lives.request;
  return { count, channel, slot: ofEngine ? null : slot, notes: notes[verdict]! };
}
