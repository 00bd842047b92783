/**
 * The queue of one engine: its list slots, and the ring that they go through. Every dispatcher takes slots here, every
 * DPC gives them back, and whoever stops between two steps keeps the one slot that it has in hand, nothing else
 * (fastpath/helped_ring.ts, fastpath/free_rows.ts).
 *
 * ```text
 * free ─ takeSlot ─► dispatcher fills ─ queueSlot ─► ring ─ the card ─► claimReady ─► DPC completes ─ giveSlot ─► free
 * ```
 * A slot is a number from 0 here; the slot of the path's memory is {@link slotOf}. The ring has as many places as there
 * are slots, and a slot goes back after its place does: so the ring is never full.
 */
import { freeRowsWords, giveRow, openFreeRows, takeRow } from "../../fastpath/free_rows.ts";
import type { FreeRows } from "../../fastpath/free_rows.ts";
import { helpedRingWords, insertRequest, NONE, openHelpedRing, startOldest } from "../../fastpath/helped_ring.ts";
import type { HelpedRing } from "../../fastpath/helped_ring.ts";
import { NO_ROW } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { assert } from "../../sim/assert.ts";

/** One engine's queue. */
export interface EngineQueue {
  /** The engine. */
  readonly engine: number;
  /** Slots on their way, by number. */
  readonly ring: HelpedRing;
  /** Slots that nobody has. */
  readonly free: FreeRows;
}

/** No slot is free. */
export const NO_SLOT: number = NO_ROW;

const LINE_WORDS = 16;

/** Makes the memory of so many queues; every slot is free. */
export function createEngineQueues(engines: number, slotCount: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(engines * queueWords(slotCount) * 4);
  open(buffer, slotCount, true);
  return buffer;
}

/** The queues of all engines, by engine. */
export function openEngineQueues(buffer: SharedArrayBuffer, slotCount: number): readonly EngineQueue[] {
  return open(buffer, slotCount, false);
}

function open(buffer: SharedArrayBuffer, slotCount: number, empty: boolean): readonly EngineQueue[] {
  const words = new Int32Array(buffer);
  const each = queueWords(slotCount);
  return Array.from({ length: words.length / each }, (_, engine) => {
    const at = engine * each;
    const ring = openHelpedRing(words, at, slotCount, empty);
    return { engine, ring, free: openFreeRows(words, at + lines(helpedRingWords(slotCount)), slotCount, empty) };
  });
}

/** Takes a slot, or {@link NO_SLOT}. */
export function takeSlot({ free }: EngineQueue): number {
  return takeRow(free);
}

/** Puts a filled slot at the end of work-to-do and starts the oldest. True if that rang the doorbell. */
export function queueSlot({ engine, ring }: EngineQueue, number: number): boolean {
  if (insertRequest(ring, number) === NONE) assert(false, `The ring of engine ${engine} is full with a slot in hand`);
  return startOldest(ring);
}

/** Gives a slot back that nobody else knows any more. */
export function giveSlot({ free }: EngineQueue, number: number): void {
  giveRow(free, number);
}

/** Where a slot stands in the path's columns. */
export function slotOf({ slotCount }: PathMemory, engine: number, number: number): number {
  return engine * slotCount + number;
}

function queueWords(slotCount: number): number {
  return lines(helpedRingWords(slotCount)) + lines(freeRowsWords(slotCount));
}

function lines(words: number): number {
  return Math.ceil(words / LINE_WORDS) * LINE_WORDS;
}
