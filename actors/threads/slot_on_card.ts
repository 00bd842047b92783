/**
 * A slot and the card: claimed and started at its first descriptor, or skipped because its requester took it back; and
 * what it moved when the card is done with it.
 */
import { CONTROL_STOP } from "../../fastpath/3_map.ts";
import { claimRequest } from "../../fastpath/claims.ts";
import { MAGIC_STOPPED } from "../../fastpath/device.ts";
import { EVENT_CANCEL, EVENT_DEVICE_DONE, EVENT_START } from "../../fastpath/lives.ts";
import { DESCRIPTOR_WORDS } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { stepSlot } from "../../fastpath/steps.ts";
import { assert } from "../../sim/assert.ts";
import { DESCRIPTOR_ADDRESS } from "./shared_parts.ts";
import type { Outcome, WorkerCard } from "./worker_card.ts";

/** What {@link PathMemory.slotMoved} holds for a transfer that was not carried out: any negative number. */
const NOTHING_MOVED = MAGIC_STOPPED;

/** Claims a slot's request for the device. False: it was cancelled, and is ready to complete; the card never saw it. */
export function claimSlot(claims: Int32Array, memory: PathMemory, slot: number): boolean {
  if (claimRequest(claims, memory.slotRequest[slot]!)) {
    stepSlot(memory, slot, EVENT_START);
    return true;
  }
  memory.slotMoved[slot] = NOTHING_MOVED;
  stepSlot(memory, slot, EVENT_CANCEL);
  return false;
}

/** Rings an engine for the list in a slot. */
export function startSlot(card: WorkerCard, memory: PathMemory, engine: number, slot: number): void {
  const firstWord = slot * memory.descriptorsPerSlot * DESCRIPTOR_WORDS;
  card.start(engine, DESCRIPTOR_ADDRESS + firstWord * 4, countOf(memory, slot) - 1);
}

/** The device is done with a slot: notes what its transfer came to, bytes, or that it failed. */
export function finishSlot(memory: PathMemory, slot: number, outcome: Outcome): void {
  memory.slotMoved[slot] = outcome === "failed" ? NOTHING_MOVED : bytesOf(memory, slot);
  stepSlot(memory, slot, EVENT_DEVICE_DONE);
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
