/**
 * A look-up table as an FPGA has it: one entry for each 64 KiB of a buffer, with the logical address of that block.
 * Entries come from the elements of lists by arithmetic, which is right only inside an element that is aligned to a
 * block and whole blocks long (S1-8).
 */
import { assert } from "../../sim/assert.ts";
import type { Address } from "../../sim/units.ts";
import type { HostPieces } from "../device/device.ts";

/** Bytes of the buffer behind one entry. */
export const LUT_BLOCK_BYTES: number = 64 * 1024;

/** The table, and the ways between a place in the buffer, a slot and an address. Computed once, at startup (S1-9). */
export class Lut {
  readonly #entries: Float64Array;
  readonly #slots = new Map<Address, number>();

  /** The table with these entries. */
  constructor(entries: readonly Address[]) {
    this.#entries = Float64Array.from(entries);
    entries.forEach((entry, slot) => this.#slots.set(entry, slot));
  }

  /** Entries. */
  get slotCount(): number {
    return this.#entries.length;
  }

  /** The slot of the block that holds byte `offset` of the buffer. */
  slotAt(offset: number): number {
    return Math.floor(offset / LUT_BLOCK_BYTES);
  }

  /** The logical address of a slot's block. */
  address(slot: number): Address {
    const entry = this.#entries[slot];
    assert(entry !== undefined, `Cannot read slot ${slot} of ${this.slotCount}`);
    return entry;
  }

  /** Where in the buffer a logical address of the device leads; -1 if it leads nowhere in it. */
  offsetAt(address: Address): number {
    const inBlock = address % LUT_BLOCK_BYTES;
    const slot = this.#slots.get(address - inBlock);
    return slot === undefined ? -1 : slot * LUT_BLOCK_BYTES + inBlock;
  }
}

/** An element from which no entries can be made. */
export interface BadElement {
  /** Which list. */
  readonly list: number;
  /** Which element of it. */
  readonly element: number;
  /** Its logical address. */
  readonly address: Address;
  /** Its length. */
  readonly lengthBytes: number;
}

/** The table of a buffer whose pieces are given in order; or every element that does not make whole entries. */
export function buildLut(
  pieces: readonly HostPieces[],
): { readonly lut: Lut } | { readonly bad: readonly BadElement[] } {
  const entries: Address[] = [];
  const bad: BadElement[] = [];
  pieces.forEach(({ numberOfElements, addresses, lengths }, list) => {
    for (let element = 0; element < numberOfElements; element++) {
      const address = addresses[element]!;
      const lengthBytes = lengths[element]!;
      if (address % LUT_BLOCK_BYTES !== 0 || lengthBytes % LUT_BLOCK_BYTES !== 0) {
        bad.push({ list, element, address, lengthBytes });
      }
      for (let block = 0; block < lengthBytes; block += LUT_BLOCK_BYTES) entries.push(address + block);
    }
  });
  return bad.length > 0 ? { bad } : { lut: new Lut(entries) };
}
