/**
 * The memory descriptor list as data: which frames lie behind a virtual buffer. Names are those of the DDI. The
 * lifecycle (what may follow what) is not here but in the MDL's chart; these are the plain operations that an actor
 * performs once its chart has said yes, so an illegal order here is a bug of ours and is asserted.
 *
 * The page array has 4 KiB granularity for large pages too. The virtual address of an MDL is an index into it, not an
 * address to dereference (Windows DDI, MmGetMdlVirtualAddress, MapTransfer).
 */
import { assert } from "../assert.ts";
import { byteOffset, PAGE_SIZE, spanPages } from "../units.ts";
import type { Address } from "../units.ts";
import { ACCESS_OK, ACCESS_UNMAPPED } from "./address_space.ts";
import type { AddressSpace } from "./address_space.ts";
import type { CacheType, Region, RegionKind } from "./region.ts";
import type { RunList, RunPolicy } from "./run_list.ts";

const FEW_PAGES = 16;

/** A memory descriptor list. `pfns` are valid while locked or built for non-paged pool. */
export class Mdl {
  /** The buffer's address rounded **down** to its page. */
  readonly startVa: Address;
  /** Where in its first page the buffer begins. */
  readonly byteOffset: number;
  /** Bytes of the buffer. */
  readonly byteCount: number;
  /** One frame number a 4 KiB page; zeros until pages are locked or the MDL is built for non-paged pool. */
  readonly pfns: Uint32Array;
  /** The next MDL of the chain. Each one is independent. */
  next: Mdl | null = null;
  /** Locks that this MDL holds: 0 or 1. */
  lockCount = 0;
  /** The system mapping of a locked buffer, or of non-paged pool its own address; or -1. */
  mappedSystemVa: Address | -1 = -1;
  /** Built by MmBuildMdlForNonPagedPool: born locked, never to be unlocked. */
  bornNonPaged = false;
  /** The cache attribute that the pages have had since they were allocated. */
  cache: CacheType = "cached";
  /** Which lock of its world this was, and its place among those that hold: for whoever keeps them. */
  lockNumber = 0;
  /** See {@link Mdl.lockNumber}. */
  lockPlace = 0;
  /** What kind of memory lies behind it, once known. */
  kind: RegionKind | null = null;
  /** Whose pages are locked. */
  region: Region | null = null;
  /** The further mapping behind {@link Mdl.mappedSystemVa}, if there is one. */
  mapping: Region | null = null;

  /** For {@link ioAllocateMdl}. */
  constructor(va: Address, lengthBytes: number) {
    this.byteOffset = byteOffset(va);
    this.startVa = va - this.byteOffset;
    this.byteCount = lengthBytes;
    this.pfns = new Uint32Array(spanPages(va, lengthBytes));
  }

  /** True if the frames are known and stay: locked, or non-paged. */
  get locked(): boolean {
    return this.lockCount > 0 || this.bornNonPaged;
  }
}

/** Where a byte of a chain is. */
export interface MdlPosition {
  /** The MDL that holds the byte; null if there is none. */
  mdl: Mdl | null;
  /** Bytes from the start of that MDL's buffer. */
  offset: number;
}

/**
 * Makes an MDL for a buffer; neither locks nor fills it. With `chainTo` it becomes the last of that chain
 * (IoAllocateMdl with SecondaryBuffer TRUE).
 *
 * @throws {RangeError} if the length is 0 or 4 GiB and more (the DDI takes a ULONG).
 */
export function ioAllocateMdl(va: Address, lengthBytes: number, chainTo: Mdl | null = null): Mdl {
  if (!Number.isSafeInteger(lengthBytes) || lengthBytes <= 0 || lengthBytes > 0xffff_ffff) {
    throw new RangeError(`Cannot describe ${lengthBytes} bytes by one MDL: expected 1 to 2^32 - 1`);
  }
  const mdl = new Mdl(va, lengthBytes);
  let last = chainTo;
  while (last !== null && last.next !== null) last = last.next;
  if (last !== null) last.next = mdl;
  return mdl;
}

/** StartVa + ByteOffset. */
export function mmGetMdlVirtualAddress(mdl: Mdl): Address {
  return mdl.startVa + mdl.byteOffset;
}

/** Bytes that one MDL describes; a chain has {@link mdlChainByteCount}. */
export function mmGetMdlByteCount(mdl: Mdl): number {
  return mdl.byteCount;
}

/** Where in its first page the buffer begins. */
export function mmGetMdlByteOffset(mdl: Mdl): number {
  return mdl.byteOffset;
}

/** Fills the MDL of a buffer in non-paged memory: it is locked from now on and already has a system address. */
export function mmBuildMdlForNonPagedPool(space: AddressSpace, mdl: Mdl): void {
  const va = mmGetMdlVirtualAddress(mdl);
  const region = space.regionAt(va);
  assert(region !== null && region.covers(va, mdl.byteCount), `Cannot describe ${va.toString(16)}: nothing is there`);
  assert(!region.pageable && region.kind !== "user", `Cannot describe ${region.kind} memory as non-paged`);
  assert(!mdl.locked, "Cannot build an MDL for non-paged pool when its pages are locked");
  fill(mdl, region);
  mdl.bornNonPaged = true;
  mdl.mappedSystemVa = va;
}

/** How locking ended. Windows raises an exception where this returns a status. */
export type LockStatus = "STATUS_SUCCESS" | "STATUS_ACCESS_VIOLATION" | "STATUS_IN_PAGE_ERROR";

/**
 * Brings the pages in, locks them and fills the page array (MmProbeAndLockPages). `deviceWrites` asks for write
 * access (IoWriteAccess), which code and constants do not grant.
 */
export function lockMdlPages(space: AddressSpace, mdl: Mdl, deviceWrites: boolean): LockStatus {
  assert(!mdl.locked, "Cannot lock the pages of an MDL twice");
  const va = mmGetMdlVirtualAddress(mdl);
  const region = space.regionAt(va);
  if (region === null || (deviceWrites && region.kind === "image")) return "STATUS_ACCESS_VIOLATION";
  const probed = space.probe(va, mdl.byteCount);
  if (probed !== ACCESS_OK) return probed === ACCESS_UNMAPPED ? "STATUS_ACCESS_VIOLATION" : "STATUS_IN_PAGE_ERROR";
  lockProbedPages(region, mdl);
  return "STATUS_SUCCESS";
}

/** The part of {@link lockMdlPages} after probing: every page of the MDL is resident in `region`. */
export function lockProbedPages(region: Region, mdl: Mdl): void {
  assert(!mdl.locked, "Cannot lock the pages of an MDL twice");
  region.lock((mdl.startVa - region.baseVa) / PAGE_SIZE, mdl.pfns.length);
  fill(mdl, region);
  mdl.lockCount = 1;
}

/** Takes the lock back, and the system mapping of MmGetSystemAddressForMdlSafe with it (MmUnlockPages). */
export function unlockMdlPages(space: AddressSpace, mdl: Mdl): void {
  assert(mdl.lockCount > 0 && mdl.region !== null, "Cannot unlock an MDL whose pages are not locked");
  if (mdl.mapping !== null) unmapMdl(space, mdl);
  mdl.region.unlock((mdl.startVa - mdl.region.baseVa) / PAGE_SIZE, mdl.pfns.length);
  mdl.lockCount = 0;
  mdl.region = null;
}

/**
 * Maps locked pages into the system, with the same page offset and the pages' own cache attribute
 * (MmMapLockedPagesSpecifyCache ignores another one). Repeated calls return the same address. -1 if the system has no
 * addresses left. Never locks.
 */
export function mapMdl(space: AddressSpace, mdl: Mdl): Address | -1 {
  assert(mdl.locked, "Cannot map an MDL whose pages are not locked");
  if (mdl.mappedSystemVa >= 0) return mdl.mappedSystemVa;
  const { pfns, byteOffset, byteCount, cache } = mdl;
  const mapping = space.map({ to: "system", pfns, byteOffset, lengthBytes: byteCount, cache });
  if (mapping === null) return -1;
  mdl.mapping = mapping;
  return mdl.mappedSystemVa = mapping.va;
}

/** Takes the system mapping away (MmUnmapLockedPages). */
export function unmapMdl(space: AddressSpace, mdl: Mdl): void {
  assert(mdl.mapping !== null, "Cannot unmap an MDL that is not mapped");
  space.unmap(mdl.mapping);
  mdl.mapping = null;
  mdl.mappedSystemVa = -1;
}

/** Bytes of a whole chain. */
export function mdlChainByteCount(chain: Mdl | null): number {
  let total = 0;
  for (let mdl = chain; mdl !== null; mdl = mdl.next) total += mdl.byteCount;
  return total;
}

/**
 * Finds byte `offset` of a chain and leaves the place in `into`. False (and `into.mdl` null) if the chain is shorter
 * or `offset` negative. The end of a chain is not a place in it.
 */
export function locateInMdlChain(chain: Mdl | null, offset: number, into: MdlPosition): boolean {
  let left = offset;
  for (let mdl = chain; mdl !== null && left >= 0; mdl = mdl.next) {
    if (left < mdl.byteCount) {
      into.mdl = mdl;
      into.offset = left;
      return true;
    }
    left -= mdl.byteCount;
  }
  into.mdl = null;
  into.offset = 0;
  return false;
}

/**
 * Appends the physical runs of `lengthBytes` bytes from byte `offset` of a chain to `runs`. False if the chain is too
 * short; then nothing is promised about `runs`. Every MDL touched must be locked.
 */
export function mdlRuns(
  chain: Mdl | null,
  offset: number,
  lengthBytes: number,
  policy: RunPolicy,
  runs: RunList,
): boolean {
  let skip = offset;
  let left = lengthBytes;
  for (let mdl = chain; mdl !== null && left > 0; mdl = mdl.next) {
    if (skip >= mdl.byteCount) {
      skip -= mdl.byteCount;
      continue;
    }
    assert(mdl.locked, "Cannot list the frames of an MDL whose pages are not locked");
    const piece = Math.min(left, mdl.byteCount - skip);
    const from = mdl.byteOffset + skip;
    runs.addPages(mdl.pfns, Math.floor(from / PAGE_SIZE), from % PAGE_SIZE, piece, policy);
    left -= piece;
    skip = 0;
  }
  return left === 0;
}

function fill(mdl: Mdl, region: Region): void {
  const firstPage = (mdl.startVa - region.baseVa) / PAGE_SIZE;
  const count = mdl.pfns.length;
  // A view for TypedArray.set costs more than a few pages.
  if (count > FEW_PAGES) mdl.pfns.set(region.pfns.subarray(firstPage, firstPage + count));
  else for (let page = 0; page < count; page++) mdl.pfns[page] = region.pfns[firstPage + page]!;
  mdl.region = region;
  mdl.cache = region.cache;
  mdl.kind = region.kind;
}
