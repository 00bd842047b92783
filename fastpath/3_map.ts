/**
 * Step 3: the list, before the device is free (S2-12): the request's memory as descriptors in the slot's own columns,
 * as the card reads them (PG195, "Descriptors"):
 *
 * ```text
 * word 0  0xAD4B << 16 | nxt_adj << 8 | control     1  length     2, 3  source     4, 5  destination     6, 7  next
 * ```
 * The next-descriptor words of a slot never change; {@link prepareDescriptors} writes them once.
 */
import { DESCRIPTOR_WORDS } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

const MAGIC_BITS = 0xad4b << 16;
const NEXT_ADJACENT_SHIFT = 8;
/** Control: do not fetch past this descriptor. */
export const CONTROL_STOP: number = 1 << 0;
/** Control: interrupt when this descriptor is done. */
export const CONTROL_COMPLETED: number = 1 << 1;
/** The control word of the last descriptor of a list. */
export const LAST_DESCRIPTOR: number = MAGIC_BITS | CONTROL_STOP | CONTROL_COMPLETED;

/**
 * Writes what no transfer changes: where each descriptor's successor stands. The two words are the bus address of the
 * first descriptor of the memory, bits 31:0 and 63:32.
 */
export function prepareDescriptors(memory: PathMemory, descriptorBusLow: number, descriptorBusHigh: number): void {
  const { descriptors } = memory;
  for (let at = 0; at < descriptors.length; at += DESCRIPTOR_WORDS) {
    const nextBytes = (at + DESCRIPTOR_WORDS) * 4;
    descriptors[at + 6] = descriptorBusLow + nextBytes;
    descriptors[at + 7] = descriptorBusHigh + carry(descriptorBusLow, nextBytes);
  }
}

/** Writes one descriptor but for its next words. `at` is its first word. */
export function writeDescriptor(
  descriptors: Int32Array,
  at: number,
  control: number,
  lengthBytes: number,
  sourceLow: number,
  sourceHigh: number,
  destinationLow: number,
  destinationHigh: number,
): void {
  descriptors[at] = control;
  descriptors[at + 1] = lengthBytes;
  descriptors[at + 2] = sourceLow;
  descriptors[at + 3] = sourceHigh;
  descriptors[at + 4] = destinationLow;
  descriptors[at + 5] = destinationHigh;
}

/**
 * Writes a list of several descriptors: one for every `elementBytes`, contiguous, the last with Stop and Completed.
 * `at` is the first word of the slot's descriptors.
 */
export function writeLongList(
  descriptors: Int32Array,
  at: number,
  lengthBytes: number,
  elementBytes: number,
  sourceLow: number,
  sourceHigh: number,
  destinationLow: number,
  destinationHigh: number,
): void {
  let leftBytes = lengthBytes;
  while (leftBytes > elementBytes) {
    // Behind the *next* descriptor stand as many as are left after it: one block, so the card fetches them together.
    const adjacent = Math.ceil(leftBytes / elementBytes) - 2;
    const control = MAGIC_BITS | (adjacent << NEXT_ADJACENT_SHIFT);
    writeDescriptor(descriptors, at, control, elementBytes, sourceLow, sourceHigh, destinationLow, destinationHigh);
    at += DESCRIPTOR_WORDS;
    leftBytes -= elementBytes;
    sourceHigh = (sourceHigh + carry(sourceLow, elementBytes)) | 0;
    sourceLow = (sourceLow + elementBytes) | 0;
    destinationHigh = (destinationHigh + carry(destinationLow, elementBytes)) | 0;
    destinationLow = (destinationLow + elementBytes) | 0;
  }
  writeDescriptor(
    descriptors,
    at,
    LAST_DESCRIPTOR,
    leftBytes,
    sourceLow,
    sourceHigh,
    destinationLow,
    destinationHigh,
  );
}

function carry(low: number, addend: number): number {
  return (low >>> 0) + addend > 0xffff_ffff ? 1 : 0;
}
