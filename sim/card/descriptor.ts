/**
 * The 32-byte scatter/gather descriptor (PG195, "Descriptors"), little-endian, 32-byte aligned, in host memory:
 *
 * ```text
 *        31       16 15 14 13       8 7        0
 * 0x00  |  0xAD4B   |  0  | nxt_adj  | control |   control: 0 Stop, 1 Completed, 4 EOP
 * 0x04  |  0  |        length, 27:0           |   bytes
 * 0x08  |        source address, low          |   H2C: host; C2H: card (stream: where the result goes)
 * 0x0C  |        source address, high         |
 * 0x10  |      destination address, low       |   H2C: card (stream: unused); C2H: host
 * 0x14  |      destination address, high      |
 * 0x18  |    next descriptor address, low     |   read only in the last descriptor of a block
 * 0x1C  |    next descriptor address, high    |
 * ```
 */
import { highHalf, lowHalf } from "../units.ts";
import type { Address } from "../units.ts";

/** Bytes in one descriptor. */
export const DESCRIPTOR_BYTES = 32;
/** 32-bit words in one descriptor. */
export const DESCRIPTOR_WORDS = 8;
/** Bits 31:16 of the control word. */
export const DESCRIPTOR_MAGIC = 0xad4b;
/** The longest one descriptor can be. */
export const DESCRIPTOR_LENGTH_MAX = 0x0fff_ffff;
/** The most descriptors that can stand contiguously behind another: a 6-bit count. */
export const ADJACENT_MAX = 63;

/** Do not fetch past this descriptor. */
export const CONTROL_STOP: number = 1 << 0;
/** Log descriptor_completed (and so interrupt, or write back) when this one is done. */
export const CONTROL_COMPLETED: number = 1 << 1;
/** H2C stream: the last beat of a packet. */
export const CONTROL_EOP: number = 1 << 4;

/** Word indices. */
export const WORD_CONTROL = 0;
/** Word index of the length. */
export const WORD_LENGTH = 1;
/** Word index of bits 31:0 of the source address; bits 63:32 follow. */
export const WORD_SOURCE = 2;
/** Word index of bits 31:0 of the destination address; bits 63:32 follow. */
export const WORD_DESTINATION = 4;
/** Word index of bits 31:0 of the next descriptor's address; bits 63:32 follow. */
export const WORD_NEXT = 6;

/** What a driver writes. */
export interface DescriptorFields {
  /** Stop, Completed, EOP. */
  readonly control: number;
  /** nxt_adj: how many descriptors stand contiguously behind the *next* one. */
  readonly nextAdjacent: number;
  /** Bytes to move, 0 to 2^28 - 1. */
  readonly lengthBytes: number;
  /** Where they come from: host memory for H2C, card memory for C2H. */
  readonly sourceAddress: Address;
  /** Where they go. */
  readonly destinationAddress: Address;
  /** Where the next descriptor lies; not read after Stop. */
  readonly nextAddress: Address;
  /** Default {@link DESCRIPTOR_MAGIC}; anything else is a test of the card. */
  readonly magic?: number;
}

/** Writes one descriptor as the card reads it. Says nothing about wrong values: finding those is the card's job. */
export function writeDescriptor(view: DataView, offset: number, fields: DescriptorFields): void {
  const magic = fields.magic ?? DESCRIPTOR_MAGIC;
  view.setUint32(offset, ((magic << 16) | ((fields.nextAdjacent & 0x3f) << 8) | (fields.control & 0xff)) >>> 0, true);
  view.setUint32(offset + 0x04, fields.lengthBytes, true);
  view.setUint32(offset + 0x08, lowHalf(fields.sourceAddress), true);
  view.setUint32(offset + 0x0c, highHalf(fields.sourceAddress), true);
  view.setUint32(offset + 0x10, lowHalf(fields.destinationAddress), true);
  view.setUint32(offset + 0x14, highHalf(fields.destinationAddress), true);
  view.setUint32(offset + 0x18, lowHalf(fields.nextAddress), true);
  view.setUint32(offset + 0x1c, highHalf(fields.nextAddress), true);
}

/**
 * How many of `remaining` descriptors may stand contiguously behind the one at `nextAddress` in one block, so that no
 * block crosses 4 KiB: blocks end at multiples of 64 descriptors (2 KiB). `remaining` counts the one at `nextAddress`.
 */
export function adjacentCount(nextAddress: Address, remaining: number): number {
  if (remaining <= 1) return 0;
  const room = ADJACENT_MAX - (Math.floor(lowHalf(nextAddress) % 4096 / DESCRIPTOR_BYTES) % (ADJACENT_MAX + 1));
  return Math.min(room, remaining - 1);
}
