/**
 * What a stage does when the table says that a step was not legal: count it, keep the first one, go on as the chart
 * does. Nothing is thrown on a hot path; whoever owns the memory reads the finding by name.
 */
import type { LifecycleNote } from "../machines/lifecycle.ts";
import { assert } from "../sim/assert.ts";
import { ROW_MASK, VERDICT_SHIFT } from "./joint_table.ts";
import type { PathLives } from "./lives.ts";
import { CHANNEL_ROW, CONTROL_WORDS, HEADER_FIRST_MISUSE, HEADER_MISUSE_COUNT } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

// The first misuse is one word, so that nobody ever sees one half of it beside another's other half:
// verdict << SUBJECT_BITS | subject. A subject is a slot (64 channels of 65 536 at the most), or one of these.
const SUBJECT_BITS = 23;
const SUBJECT_MASK = (1 << SUBJECT_BITS) - 1;
const VERDICT_MAX = 0xffff_ffff >>> SUBJECT_BITS;
/** Added to a channel: its engine. */
const ENGINE_OF = 1 << 22;
/** Added to a channel: a request of its that never had a slot. */
const REFUSED_BY = ENGINE_OF + 64;

/** Notes that a request's step was not legal. Returns the row that follows all the same. */
export function misused(memory: PathMemory, slot: number, entry: number): number {
  return note(memory, slot, entry);
}

/** Notes that a step of a channel's engine was not legal. Returns the row that follows all the same. */
export function engineMisused(memory: PathMemory, channel: number, entry: number): number {
  return note(memory, ENGINE_OF + channel, entry);
}

/** As {@link misused}, for a request that a channel refuses: it has no slot. */
export function refusalMisused(memory: PathMemory, channel: number, entry: number): number {
  return note(memory, REFUSED_BY + channel, entry);
}

function note({ header }: PathMemory, subject: number, entry: number): number {
  const verdict = entry >>> VERDICT_SHIFT;
  assert(verdict > 0 && verdict <= VERDICT_MAX, `Verdict ${verdict} does not fit beside a slot in one word`);
  Atomics.compareExchange(header, HEADER_FIRST_MISUSE, 0, (verdict << SUBJECT_BITS) | subject);
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

/** The first misuse by name, and how many there were. */
export interface PathMisuse {
  /** Steps that were not legal, up to now. */
  readonly count: number;
  /** The channel whose engine, or whose request, it was. */
  readonly channel: number;
  /** Whether it was the channel's engine or one of its requests. */
  readonly subject: "engine" | "request";
  /** The slot of the request; null if it was the engine, or a request that never had one. */
  readonly slot: number | null;
  /** What the charts said to it. */
  readonly notes: readonly LifecycleNote[];
}

/** What the stages noted, or null if every step was legal. */
export function misuseOf(memory: PathMemory, lives: PathLives): PathMisuse | null {
  const { header, slotCount } = memory;
  const first = Atomics.load(header, HEADER_FIRST_MISUSE);
  if (first === 0) return null;
  // Whoever has just noted the first may not have counted it yet.
  const count = Math.max(1, Atomics.load(header, HEADER_MISUSE_COUNT));
  const verdict = first >>> SUBJECT_BITS;
  const whose = first & SUBJECT_MASK;
  if (whose < ENGINE_OF) {
    const channel = Math.floor(whose / slotCount);
    return { count, channel, subject: "request", slot: whose, notes: lives.request.notes[verdict]! };
  }
  const isRefused = whose >= REFUSED_BY;
  const { notes } = isRefused ? lives.request : lives.channel;
  return {
    count,
    channel: whose - (isRefused ? REFUSED_BY : ENGINE_OF),
    subject: isRefused ? "request" : "engine",
    slot: null,
    notes: notes[verdict]!,
  };
}
