/**
 * The far side of the doorbell: an engine that fetches the descriptors of a slot and does what they say. It looks at
 * nothing but descriptor words, as the card does (PG195, "Descriptors").
 */
import { DESCRIPTOR_WORDS, FLAG_WRITE } from "./slots.ts";

/** Bits 31:16 of the control word. */
const MAGIC = 0xad4b;
const CONTROL_STOP = 1;
/** Bits 27:0 of the length word. */
const LENGTH_MASK = 0x0fff_ffff;
/** What the engine reports when a descriptor is no descriptor: it stops with "magic stopped". */
export const MAGIC_STOPPED = -1;
/** What the engine reports when an address is outside the memory it reaches: it stops with a read or write error. */
export const ACCESS_ERROR = -2;

/**
 * Follows the list that begins at word `at`, for a channel of this direction. Returns the bytes moved, or
 * {@link MAGIC_STOPPED} or {@link ACCESS_ERROR}.
 */
export type Engine = (descriptors: Int32Array, at: number, direction: number) => number;

/** An engine that counts bytes and moves none. */
export function consumeDescriptors(descriptors: Int32Array, at: number): number {
  let movedBytes = 0;
  for (;; at += DESCRIPTOR_WORDS) {
    const control = descriptors[at]!;
    if (control >>> 16 !== MAGIC) return MAGIC_STOPPED;
    movedBytes = (movedBytes + descriptors[at + 1]!) | 0;
    if ((control & CONTROL_STOP) !== 0) return movedBytes;
  }
}

/**
 * An engine that moves bytes. Host memory and the card's stand in one array, so that nothing is made for a transfer:
 * host addresses count from its beginning, the card's from `cardOffset`.
 */
export function createMovingEngine(bytes: Uint8Array, cardOffset: number): Engine {
  const hostLimit = cardOffset;
  const cardLimit = bytes.length - cardOffset;

  return function moveDescriptors(descriptors, at, direction) {
    let movedBytes = 0;
    for (;; at += DESCRIPTOR_WORDS) {
      const control = descriptors[at]!;
      if (control >>> 16 !== MAGIC) return MAGIC_STOPPED;
      const lengthBytes = descriptors[at + 1]! & LENGTH_MASK;
      const source = descriptors[at + 2]! >>> 0;
      const target = descriptors[at + 4]! >>> 0;
      const sourceLimit = direction === FLAG_WRITE ? hostLimit : cardLimit;
      const targetLimit = direction === FLAG_WRITE ? cardLimit : hostLimit;
      const isFar = (descriptors[at + 3]! | descriptors[at + 5]!) !== 0;
      if (isFar || source + lengthBytes > sourceLimit || target + lengthBytes > targetLimit) return ACCESS_ERROR;
      const from = direction === FLAG_WRITE ? source : source + cardOffset;
      bytes.copyWithin(direction === FLAG_WRITE ? target + cardOffset : target, from, from + lengthBytes);
      movedBytes = (movedBytes + lengthBytes) | 0;
      if ((control & CONTROL_STOP) !== 0) return movedBytes;
    }
  };
}
