/**
 * Virtual memory as the CPU sees it: allocations of every kind, further mappings of the same frames, and access by
 * virtual address through the cache model. One process and one system space; that is all a DMA story needs.
 */
import { assert } from "../assert.ts";
import { bytesToPages, LARGE_PAGE_SIZE, PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import { framesFor } from "./allocation.ts";
import type { AllocateOptions, AllocationRefusal } from "./allocation.ts";
import type { CpuCache } from "./cache.ts";
import type { PhysicalMemory } from "./physical.ts";
import { Pager } from "./pager.ts";
import { NOT_RESIDENT, Region } from "./region.ts";
import type { CacheType } from "./region.ts";
import { VaMap } from "./va_map.ts";

/**
 * How a CPU access ended: 0 done; 1 nothing is mapped there; 2 the page is out and paging is not allowed now (bug
 * check 0xD1); 3 the memory is read-only; 4 the page could not be brought back because no frame is free.
 */
export type AccessStatus = 0 | 1 | 2 | 3 | 4;

/** The access was done. */
export const ACCESS_OK = 0;
/** Nothing is mapped there. Nothing was copied. */
export const ACCESS_UNMAPPED = 1;
/** The page is out, and the CPU runs at DISPATCH_LEVEL or above. */
export const ACCESS_NOT_RESIDENT = 2;
/** A write to read-only memory. Nothing was copied. */
export const ACCESS_READ_ONLY = 3;
/** The page is out and no frame is free to bring it back. */
export const ACCESS_IN_PAGE_ERROR = 4;

/** A further mapping of frames. */
export interface MapOptions {
  /** Whose address space the mapping appears in. */
  readonly to: "system" | "user";
  /** One frame a page; only as many as the length needs are mapped. */
  readonly pfns: Uint32Array;
  /** Where in the first page the memory begins. */
  readonly byteOffset: number;
  /** Bytes from `byteOffset` on. */
  readonly lengthBytes: number;
  /** The attribute that the frames have had since they were allocated. */
  readonly cache: CacheType;
}

/** Limits and rights of the address space. */
export interface AddressSpaceOptions {
  /** The process holds SeLockMemoryPrivilege, which large pages need (S1-31). Default false, as for most people. */
  readonly lockMemoryPrivilege?: boolean;
  /** Pages that may be mapped into the system at one time: what makes MmGetSystemAddressForMdlSafe fail. */
  readonly systemMappingPages?: number;
}

/** Virtual memory of one process and of the system. */
export class AddressSpace {
  /** Pages out, pages in. */
  readonly pager: Pager;
  /** See {@link AddressSpaceOptions}. */
  lockMemoryPrivilege: boolean;
  readonly #memory: PhysicalMemory;
  readonly #cache: CpuCache;
  readonly #map = new VaMap();
  #systemPagesLeft: number;

  /** An empty address space over this memory, seen through this cache. */
  constructor(memory: PhysicalMemory, cache: CpuCache, options: AddressSpaceOptions = {}) {
    this.#memory = memory;
    this.#cache = cache;
    this.lockMemoryPrivilege = options.lockMemoryPrivilege ?? false;
    this.#systemPagesLeft = options.systemMappingPages ?? Infinity;
    this.pager = new Pager(memory, cache, this.#map);
  }

  /** User pages that are locked now; more than 0 when the process exits is bug check 0x76. */
  get lockedUserPages(): number {
    return this.#map.all().reduce((sum, region) => sum + (region.kind === "user" ? region.lockedPages : 0), 0);
  }

  /**
   * Allocates memory, as VirtualAlloc, ExAllocatePool2 or MmAllocateContiguousMemory would. Contents are zeros.
   * Large pages need the privilege and a whole number of them, and start on a 2 MiB boundary (S1-31).
   *
   * @throws {RangeError} if a number cannot be an allocation of anything.
   */
  allocate(lengthBytes: number, options: AllocateOptions): Region | AllocationRefusal {
    const frames = framesFor(this.#memory, lengthBytes, options, this.lockMemoryPrivilege);
    if (frames.kind === "refused") return frames;
    const { pfns, large, placement } = frames;
    const region = new Region({
      kind: options.kind,
      va: this.#map.reserve(options.kind, pfns.length, large) + (options.byteOffset ?? 0),
      lengthBytes,
      pageSize: large ? LARGE_PAGE_SIZE : PAGE_SIZE,
      cache: options.cache ?? "cached",
      pfns,
      placement,
    }, this.#memory);
    this.#map.add(region);
    return region;
  }

  /** Frees an allocation. Frames that are locked stay allocated until their last unlock. */
  free(region: Region): void {
    if (!region.ownsFrames) assert(false, `Cannot free the mapping at ${region.va.toString(16)}: unmap it`);
    this.#map.remove(region);
    this.pager.forget(region);
    for (let page = 0; page < region.pageCount && !this.#cache.coherent; page++) {
      if (region.lockCount(page) === 0) this.#cache.drop(region.pfns[page]!);
    }
    region.release();
  }

  /** Maps frames once more. Null if the system has no addresses left (MmMapLockedPagesSpecifyCache returns NULL). */
  map(options: MapOptions): Region | null {
    const pageCount = bytesToPages(options.byteOffset + options.lengthBytes);
    assert(pageCount > 0 && pageCount <= options.pfns.length, "Cannot map more bytes than there are pages");
    if (options.to === "system") {
      if (pageCount > this.#systemPagesLeft) return null;
      this.#systemPagesLeft -= pageCount;
    }
    const kind = options.to === "system" ? "systemMapping" : "userMapping";
    const region = new Region({
      kind,
      va: this.#map.reserve(kind, pageCount, false) + options.byteOffset,
      lengthBytes: options.lengthBytes,
      pageSize: PAGE_SIZE,
      cache: options.cache,
      pfns: options.pfns.slice(0, pageCount),
      placement: {},
    }, this.#memory);
    this.#map.add(region);
    return region;
  }

  /** Takes a further mapping away. */
  unmap(region: Region): void {
    if (region.ownsFrames) assert(false, `Cannot unmap the allocation at ${region.va.toString(16)}: free it`);
    this.#map.remove(region);
    if (region.kind === "systemMapping") this.#systemPagesLeft += region.pageCount;
    region.release();
  }

  /** The region at a virtual address, or null. */
  regionAt(va: Address): Region | null {
    return this.#map.find(va);
  }

  /** The physical address behind a virtual one; -1 where nothing is mapped or the page is out. */
  physicalAddress(va: Address): Address | -1 {
    const region = this.#map.find(va);
    const pfn = region?.pfns[Math.floor((va - region.baseVa) / PAGE_SIZE)];
    return pfn === undefined || pfn === NOT_RESIDENT ? -1 : pfn * PAGE_SIZE + (va & (PAGE_SIZE - 1));
  }

  /** A CPU read of `lengthBytes` at `va`. */
  read(va: Address, target: Uint8Array, targetOffset: number, lengthBytes: number): AccessStatus {
    return this.#access(va, target, targetOffset, lengthBytes, false);
  }

  /** A CPU write of `lengthBytes` at `va`. */
  write(va: Address, source: Uint8Array, sourceOffset: number, lengthBytes: number): AccessStatus {
    return this.#access(va, source, sourceOffset, lengthBytes, true);
  }

  /** A CPU load of a little-endian 32-bit word at a multiple of 4; -1 if the page cannot be read now. */
  read32(va: Address): number {
    const region = this.#map.find(va);
    if (region === null) return -1;
    const pfn = this.#resident(region, Math.floor((va - region.baseVa) / PAGE_SIZE));
    if (pfn < 0) return -1;
    const at = pfn * PAGE_SIZE + (va & (PAGE_SIZE - 1));
    return region.cache === "cached" ? this.#cache.read32(at) : this.#memory.read32(at);
  }

  /** A CPU store of a little-endian 32-bit word at a multiple of 4. */
  write32(va: Address, value: number): AccessStatus {
    const region = this.#map.find(va);
    if (region === null) return ACCESS_UNMAPPED;
    if (region.kind === "image") return ACCESS_READ_ONLY;
    const pfn = this.#resident(region, Math.floor((va - region.baseVa) / PAGE_SIZE));
    if (pfn < 0) return this.#why();
    const at = pfn * PAGE_SIZE + (va & (PAGE_SIZE - 1));
    if (region.cache === "cached") this.#cache.write32(at, value);
    else this.#memory.write32(at, value);
    return ACCESS_OK;
  }

  /**
   * Brings every page of a range in, as probing does. {@link ACCESS_OK} if all are resident now; the range must lie in
   * one region.
   */
  probe(va: Address, lengthBytes: number): AccessStatus {
    const region = this.#map.find(va);
    return region === null ? ACCESS_UNMAPPED : this.probeRegion(region, va, lengthBytes);
  }

  /** The same where the region is known already. */
  probeRegion(region: Region, va: Address, lengthBytes: number): AccessStatus {
    if (!region.covers(va, lengthBytes)) return ACCESS_UNMAPPED;
    const last = Math.floor((va + Math.max(lengthBytes, 1) - 1 - region.baseVa) / PAGE_SIZE);
    for (let page = Math.floor((va - region.baseVa) / PAGE_SIZE); page <= last; page++) {
      if (this.#resident(region, page) < 0) return this.#why();
    }
    return ACCESS_OK;
  }

  #access(va: Address, bytes: Uint8Array, offset: number, lengthBytes: number, write: boolean): AccessStatus {
    const region = this.#map.find(va);
    if (region === null || !region.covers(va, lengthBytes)) return ACCESS_UNMAPPED;
    if (write && region.kind === "image") return ACCESS_READ_ONLY;
    const memory = region.cache === "cached" ? this.#cache : this.#memory;
    let page = Math.floor((va - region.baseVa) / PAGE_SIZE);
    let inPage = va & (PAGE_SIZE - 1);
    let at = offset;
    let left = lengthBytes;
    while (left > 0) {
      const pfn = this.#resident(region, page++);
      if (pfn < 0) return this.#why();
      let piece = Math.min(left, PAGE_SIZE - inPage);
      // Neighbouring frames go in one copy.
      for (let next = pfn + 1; piece < left && region.pfns[page] === next; next++, page++) {
        piece = Math.min(left, piece + PAGE_SIZE);
      }
      if (write) memory.write(pfn * PAGE_SIZE + inPage, bytes, at, piece);
      else memory.read(pfn * PAGE_SIZE + inPage, bytes, at, piece);
      inPage = 0;
      at += piece;
      left -= piece;
    }
    return ACCESS_OK;
  }

  /** The frame of a page, which is brought in if need be and if that is allowed; or -1. */
  #resident(region: Region, page: number): number {
    if (region.pfns[page] === NOT_RESIDENT) {
      if (!this.pager.pagingAllowed || !this.pager.pageIn(region, page)) return -1;
    }
    return region.pfns[page]!;
  }

  #why(): AccessStatus {
    return this.pager.pagingAllowed ? ACCESS_IN_PAGE_ERROR : ACCESS_NOT_RESIDENT;
  }
}
