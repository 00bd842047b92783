/** A slot's list on the card: started at its first descriptor, and what it moved when the card is done with it. */
import { CONTROL_STOP } from "../../fastpath/3_map.ts";
import { MAGIC_STOPPED } from "../../fastpath/device.ts";
import { DESCRIPTOR_WORDS } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { assert } from "../../sim/assert.ts";
import { DESCRIPTOR_ADDRESS } from "./shared_parts.ts";
import type { Outcome, WorkerCard } from "./worker_card.ts";

/** What {@link PathMemory.slotMoved} holds for a transfer that the engine gave up: any negative number. */
const FAILED = MAGIC_STOPPED;

/** Rings an engine for the list in a slot. */
export function startSlot(card: WorkerCard, memory: PathMemory, engine: number, slot: number): void {
  const firstWord = slot * memory.descriptorsPerSlot * DESCRIPTOR_WORDS;
  card.start(engine, DESCRIPTOR_ADDRESS + firstWord * 4, countOf(memory, slot) - 1);
}

/** Notes in the slot what its transfer came to: bytes, or that it failed. */
export function noteMoved(memory: PathMemory, slot: number, outcome: Outcome): void {
  memory.slotMoved[slot] = outcome === "failed" ? FAILED : bytesOf(memory, slot);
}

/** Descriptors of a slot's list: up to the one that stops. A list without one would keep the Worker here for ever. */
function countOf({ descriptors, descriptorsPerSlot }: PathMemory, slot: number): number {
  const first = slot * descriptorsPerSlot * DESCRIPTOR_WORDS;
  for (let index = 0; index < descriptorsPerSlot; index++) {
    if ((descriptors[first + index * DESCRIPTOR_WORDS]! & CONTROL_STOP) !== 0) return index + 1;
  }
  assert(false, `The list in slot ${slot} does not end`);
}

function bytesOf(memory: PathMemory, slot: number): number {
  const { descriptors, descriptorsPerSlot } = memory;
  const first = slot * descriptorsPerSlot * DESCRIPTOR_WORDS;
  const count = countOf(memory, slot);
  let bytes = 0;
  for (let index = 0; index < count; index++) bytes += descriptors[first + index * DESCRIPTOR_WORDS + 1]!;
  return bytes;
}
