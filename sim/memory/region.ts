/**
 * One range of virtual addresses and the frames behind it: an allocation, or one more mapping of somebody's frames.
 */
import { assert } from "../assert.ts";
import { PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import type { PhysicalMemory } from "./physical.ts";
import type { Placement } from "./ram.ts";

/**
 * Where memory comes from. `user` is a process's own; `nonpaged` and `paged` are kernel pools; `stack` is a kernel
 * stack; `image` is code and constants of a driver, which is read-only.
 */
export type MemoryKind = "user" | "nonpaged" | "paged" | "stack" | "image";

/** What a region is: an allocation, or a second view of frames that belong to another one. */
export type RegionKind = MemoryKind | "systemMapping" | "userMapping";

/** The cache attribute of memory. It is fixed when memory is allocated; a different mapping is wrong (S1-18). */
export type CacheType = "cached" | "noncached";

/** Stands in {@link Region.pfns} for a page that is paged out. */
export const NOT_RESIDENT = 0xffff_ffff;

/** What {@link AddressSpace.allocate} and {@link AddressSpace.map} fix about a region. */
export interface RegionDescription {
  /** What the region is. */
  readonly kind: RegionKind;
  /** Address of the first byte; need not be page aligned. */
  readonly va: Address;
  /** Bytes from `va` on. */
  readonly lengthBytes: number;
  /** 4096, or 2 MiB for large pages. `pfns` counts 4 KiB pages in both cases. */
  readonly pageSize: number;
  /** How the CPU's cache treats it. */
  readonly cache: CacheType;
  /** One frame a 4 KiB page. */
  readonly pfns: Uint32Array;
  /** Where its frames had to lie; the pager holds to it. */
  readonly placement: Placement;
}

/** A range of virtual addresses. Pages are 4 KiB in `pfns`, also where they are large ones. */
export class Region implements RegionDescription {
  /** What the region is. */
  readonly kind: RegionKind;
  readonly va: Address;
  /** Bytes from `va` on. */
  readonly lengthBytes: number;
  readonly pageSize: number;
  /** How the CPU's cache treats it. */
  readonly cache: CacheType;
  /** Frame of each page, {@link NOT_RESIDENT} where paged out. Live: the pager changes it. */
  readonly pfns: Uint32Array;
  /** Where its frames had to lie; the pager holds to it. */
  readonly placement: Placement;
  /** `va` rounded down to its page. */
  readonly baseVa: Address;
  /** Number of 4 KiB pages. */
  readonly pageCount: number;
  readonly #memory: PhysicalMemory;
  #locks: Uint16Array | null = null;
  #lockedPages = 0;
  #mapped = true;

  /** For {@link AddressSpace}: `memory` takes the frames back. */
  constructor(description: RegionDescription, memory: PhysicalMemory) {
    this.kind = description.kind;
    this.va = description.va;
    this.lengthBytes = description.lengthBytes;
    this.pageSize = description.pageSize;
    this.cache = description.cache;
    this.pfns = description.pfns;
    this.placement = description.placement;
    this.baseVa = description.va - description.va % PAGE_SIZE;
    this.pageCount = description.pfns.length;
    this.#memory = memory;
  }

  /** False once the region was freed or unmapped. */
  get mapped(): boolean {
    return this.#mapped;
  }

  /** How many pages are locked at least once. */
  get lockedPages(): number {
    return this.#lockedPages;
  }

  /** True if frames belong to this region; false for a second mapping. */
  get ownsFrames(): boolean {
    return this.kind !== "systemMapping" && this.kind !== "userMapping";
  }

  /** True if the system may take unlocked pages away: user memory in small pages, and paged pool. */
  get pageable(): boolean {
    return this.kind === "paged" || (this.kind === "user" && this.pageSize === PAGE_SIZE);
  }

  /** True if these bytes lie on the region's pages. Pages are whole: a few bytes beyond `lengthBytes` may be there. */
  covers(va: Address, lengthBytes: number): boolean {
    return va >= this.baseVa && va + lengthBytes <= this.baseVa + this.pageCount * PAGE_SIZE;
  }

  /** How often a page is locked. */
  lockCount(page: number): number {
    return this.#locks === null ? 0 : this.#locks[page]!;
  }

  /** Locks resident pages: they neither move nor go to the page file until unlocked as often. */
  lock(firstPage: number, count: number): void {
    this.#locks ??= new Uint16Array(this.pageCount);
    for (let page = firstPage; page < firstPage + count; page++) {
      if (this.pfns[page] === NOT_RESIDENT) assert(false, `Cannot lock page ${page}: it is paged out`);
      if (this.#locks[page] === 0xffff) assert(false, `Cannot lock page ${page} more than 65 535 times`);
      if (this.#locks[page]!++ === 0) this.#lockedPages++;
    }
  }

  /** Takes one lock of each page back. Frames of a region that was freed meanwhile are given back now. */
  unlock(firstPage: number, count: number): void {
    for (let page = firstPage; page < firstPage + count; page++) {
      if (this.lockCount(page) === 0) assert(false, `Cannot unlock page ${page}: it is not locked`);
      if (--this.#locks![page]! > 0) continue;
      this.#lockedPages--;
      if (!this.#mapped && this.ownsFrames) this.#memory.freeContiguous(this.pfns[page]!, 1);
    }
  }

  /** Ends the region. Locked frames stay allocated until their last unlock; all others are given back. */
  release(): void {
    if (!this.#mapped) assert(false, `Cannot free the region at ${this.va.toString(16)} twice`);
    this.#mapped = false;
    if (!this.ownsFrames) return;
    for (let page = this.pageCount - 1; page >= 0; page--) {
      if (this.pfns[page] !== NOT_RESIDENT && this.lockCount(page) === 0) {
        this.#memory.freeContiguous(this.pfns[page]!, 1);
      }
    }
  }
}
