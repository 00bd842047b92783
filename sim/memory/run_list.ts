/**
 * A reusable list of address runs: the elements that a scatter/gather list will have, or the pieces of a copy. Filled
 * again and again without making objects; neighbours are joined or not, and cut where a device or a document says so.
 */
import { assert } from "../assert.ts";
import { PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import { FOUR_GIB } from "./ram.ts";

/** Where runs are joined and where they are cut. */
export interface RunPolicy {
  /** Join a piece to the run before it if it follows directly. False: one run a page. */
  readonly coalesce: boolean;
  /** The longest run in bytes. */
  readonly maxLengthBytes: number;
  /** No run crosses a multiple of this: a power of two, or more than any address. */
  readonly boundaryBytes: number;
}

/**
 * Neighbours joined, never across 4 GiB, and lengths that fit the 32-bit Length of a SCATTER_GATHER_ELEMENT. The
 * rule that two pages join only within the same 4 GiB is that of the open HAL re-implementation; Windows' own is not
 * documented.
 */
export const HARDWARE_RUNS: RunPolicy = { coalesce: true, maxLengthBytes: 0xffff_f000, boundaryBytes: FOUR_GIB };

/** One run a page. */
export const PAGE_RUNS: RunPolicy = { coalesce: false, maxLengthBytes: PAGE_SIZE, boundaryBytes: FOUR_GIB };

/** Pairs of address and length. */
export class RunList {
  /** Start of each run; valid below {@link RunList.count}. */
  addresses: Float64Array<ArrayBuffer>;
  /** Bytes of each run; valid below {@link RunList.count}. */
  lengths: Float64Array<ArrayBuffer>;
  #count = 0;
  #totalBytes = 0;

  /** `capacity` runs fit before the list has to grow. */
  constructor(capacity = 64) {
    this.addresses = new Float64Array(capacity);
    this.lengths = new Float64Array(capacity);
  }

  /** How many runs there are. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of all runs together. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Empties the list; the room stays. */
  clear(): void {
    this.#count = 0;
    this.#totalBytes = 0;
  }

  /** Start of one run. */
  address(index: number): Address {
    if (!(index >= 0 && index < this.#count)) assert(false, `Cannot read run ${index} of ${this.#count}`);
    return this.addresses[index]!;
  }

  /** Bytes of one run. */
  length(index: number): number {
    if (!(index >= 0 && index < this.#count)) assert(false, `Cannot read run ${index} of ${this.#count}`);
    return this.lengths[index]!;
  }

  /** Adds a piece, joined and cut as the policy says. */
  add(start: Address, lengthBytes: number, policy: RunPolicy): void {
    this.#totalBytes += lengthBytes;
    let at = start;
    let left = lengthBytes;
    const last = this.#count - 1;
    if (policy.coalesce && last >= 0 && this.addresses[last]! + this.lengths[last]! === at) {
      const room = Math.min(policy.maxLengthBytes - this.lengths[last]!, roomTo(at, policy.boundaryBytes));
      // At a boundary there is no room in the run that ends there.
      const joined = roomTo(at, policy.boundaryBytes) === policy.boundaryBytes ? 0 : Math.max(0, Math.min(left, room));
      this.lengths[last]! += joined;
      at += joined;
      left -= joined;
    }
    while (left > 0) {
      const piece = Math.min(left, policy.maxLengthBytes, roomTo(at, policy.boundaryBytes));
      this.#push(at, piece);
      at += piece;
      left -= piece;
    }
  }

  /** Adds `lengthBytes` bytes of the given pages, from `byteOffset` into page `firstPage` on. */
  addPages(pfns: Uint32Array, firstPage: number, byteOffset: number, lengthBytes: number, policy: RunPolicy): void {
    let page = firstPage;
    let inPage = byteOffset;
    let left = lengthBytes;
    while (left > 0) {
      const pfn = pfns[page++]!;
      let piece = Math.min(left, PAGE_SIZE - inPage);
      if (policy.coalesce) {
        for (let next = pfn + 1; piece < left && pfns[page] === next; next++, page++) {
          piece = Math.min(left, piece + PAGE_SIZE);
        }
      }
      this.add(pfn * PAGE_SIZE + inPage, piece, policy);
      inPage = 0;
      left -= piece;
    }
  }

  #push(start: Address, lengthBytes: number): void {
    if (this.#count === this.addresses.length) {
      const addresses = new Float64Array(this.#count * 2 + 1);
      const lengths = new Float64Array(this.#count * 2 + 1);
      addresses.set(this.addresses);
      lengths.set(this.lengths);
      this.addresses = addresses;
      this.lengths = lengths;
    }
    this.addresses[this.#count] = start;
    this.lengths[this.#count++] = lengthBytes;
  }
}

function roomTo(at: Address, boundaryBytes: number): number {
  // The remainder without a division of doubles: quotients by a power of two are exact.
  return boundaryBytes - (at - Math.floor(at / boundaryBytes) * boundaryBytes);
}
