/**
 * The memory manager's and I/O manager's routines on MDLs. Doors: the MDL's chart decides and names misuse, then the
 * simulated memory is locked, mapped or flushed. Windows DDI of the routines' names; S1-26 … S1-31, S3-12, S3-13.
 *
 * "Pinned" is locked, no more: a locked MDL is not mapped for any device (S3-12), and mapping never locks (S1-28).
 */
import {
  lockProbedPages,
  mapMdl,
  mmBuildMdlForNonPagedPool,
  mmGetMdlVirtualAddress,
  unlockMdlPages,
  unmapMdl,
} from "../../sim/memory/mdl.ts";
import type { LockStatus, Mdl } from "../../sim/memory/mdl.ts";
import { ACCESS_OK, ACCESS_UNMAPPED } from "../../sim/memory/address_space.ts";
import type { HostMemory } from "../../sim/memory/host_memory.ts";
import type { Region } from "../../sim/memory/region.ts";
import { HARDWARE_RUNS, RunList } from "../../sim/memory/run_list.ts";
import { assert } from "../../sim/assert.ts";
import { APC_LEVEL, DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { IrqlState } from "../../sim/kernel/irql.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import { lasting } from "../lasting_event.ts";
import type { Lives } from "../life.ts";
import type { CallDoor } from "./door.ts";
import { LivingMdl, MdlLives } from "./living_mdl.ts";
import { LockedMdls } from "./locked_mdls.ts";
import { hexText } from "../../trace/event.ts";

/** LOCK_OPERATION: what will be done to the memory. Devices that write need IoWriteAccess or IoModifyAccess. */
export type LockOperation = "IoReadAccess" | "IoWriteAccess" | "IoModifyAccess";

/** KPROCESSOR_MODE: on whose behalf, or into whose address space. */
export type AccessMode = "KernelMode" | "UserMode";

/** MEMORY_CACHING_TYPE, as far as DMA meets it. */
export type MemoryCachingType = "MmCached" | "MmNonCached" | "MmWriteCombined";

// One event object each: a request locks, asks and unlocks, and none of that should make garbage.
const LOCK = lasting("MM_PROBE_AND_LOCK_PAGES");
const UNLOCK = lasting("MM_UNLOCK_PAGES");
const IO_MANAGER_LOCK = lasting("IO_MANAGER_LOCK");
const IO_MANAGER_UNLOCK = lasting("IO_MANAGER_UNLOCK");
const BUILD = lasting("MM_BUILD_MDL_FOR_NON_PAGED_POOL");
const MAP_SAFE = lasting("MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE");
const UNMAP = lasting("MM_UNMAP_LOCKED_PAGES");
const DMA = lasting("DMA");
const FREE = lasting("IO_FREE_MDL");
const PROCESS_EXIT = lasting("PROCESS_EXIT");

/** An MDL describes less than this: 4 GiB - PAGE_SIZE (IoAllocateMdl, Windows 7 and later). */
const MDL_BYTES_MAX = 0xffff_ffff - PAGE_SIZE + 1;

/** The MDL routines of one world. */
export class MdlRoutines {
  readonly #memory: HostMemory;
  readonly #irql: IrqlState;
  readonly #door: CallDoor;
  readonly #lives: MdlLives;
  readonly #locked = new LockedMdls();
  readonly #runs = new RunList();
  #released: (mdl: Mdl, call: "MmUnlockPages" | "IoFreeMdl") => void = () => {};

  /** The MDL routines of one world. */
  constructor(memory: HostMemory, irql: IrqlState, lives: Lives, door: CallDoor) {
    this.#memory = memory;
    this.#irql = irql;
    this.#door = door;
    this.#lives = new MdlLives(lives);
  }

  /** Says who wants to hear that a driver has unlocked pages or freed an MDL, as it may: who maps them for devices. */
  tellOfRelease(listener: (mdl: Mdl, call: "MmUnlockPages" | "IoFreeMdl") => void): void {
    this.#released = listener;
  }

  /**
   * IoAllocateMdl: describes a buffer, neither locks nor fills. With `secondaryTo` it becomes the last of that chain.
   * Null if the length is beyond 4 GiB - PAGE_SIZE.
   */
  ioAllocateMdl(virtualAddress: Address, length: number, secondaryTo: Mdl | null = null): LivingMdl | null {
    this.#door.checkIrql("IoAllocateMdl", "<= DISPATCH_LEVEL", "mdl");
    if (!(length > 0 && length <= MDL_BYTES_MAX)) return null;
    const mdl = new LivingMdl(virtualAddress, length, this.#lives.create());
    if (this.#door.tracing) this.#door.introduce(mdl.life.name, this.#door.pointers.of(mdl)!);
    let last = secondaryTo;
    while (last !== null && last.next !== null) last = last.next;
    if (last !== null) last.next = mdl;
    if (this.#door.tracing) {
      const args = { VirtualAddress: hexText(virtualAddress), Length: length, SecondaryBuffer: last !== null };
      this.#door.record("IoAllocateMdl", args, this.#door.pointers.of(mdl));
    }
    return mdl;
  }

  /** IoFreeMdl. Pages that are still locked stay so for ever: the chart names it. */
  ioFreeMdl(mdl: Mdl): void {
    this.#enter("IoFreeMdl", mdl);
    if (this.#lives.of(mdl).send(FREE).misuses.length === 0) this.#released(mdl, "IoFreeMdl");
    this.#record("IoFreeMdl", mdl);
  }

  /** MmBuildMdlForNonPagedPool: the pages never move, so the MDL is locked from birth and has a system address. */
  mmBuildMdlForNonPagedPool(mdl: Mdl): void {
    this.#enter("MmBuildMdlForNonPagedPool", mdl);
    const { misuses } = this.#lives.of(mdl).send(BUILD);
    if (misuses.length === 0) mmBuildMdlForNonPagedPool(this.#memory.space, mdl);
    this.#record("MmBuildMdlForNonPagedPool", mdl);
  }

  /**
   * MmProbeAndLockPages: brings the pages in and keeps them where they are. Windows raises an exception where this
   * returns something else than STATUS_SUCCESS; the MDL is then as it was.
   */
  mmProbeAndLockPages(mdl: Mdl, accessMode: AccessMode, operation: LockOperation): LockStatus {
    this.#enter("MmProbeAndLockPages", mdl);
    if (this.#irql.level > APC_LEVEL && this.#isPageable(mdl)) {
      this.#door.misuse(
        "IrqlTooHigh",
        "MmProbeAndLockPages",
        this.#lives.of(mdl).name,
        "pageable memory: <= APC_LEVEL",
        "pageable",
      );
    }
    const probed = this.#probe(mdl, operation);
    const status = typeof probed === "string" ? probed : this.#lock(mdl, probed, LOCK);
    if (this.#door.tracing) {
      const args = { MemoryDescriptorList: this.#door.pointers.of(mdl), AccessMode: accessMode, Operation: operation };
      this.#door.record("MmProbeAndLockPages", args, status);
    }
    return status;
  }

  /** MmUnlockPages: the pages may move again; a mapping by MmGetSystemAddressForMdlSafe goes too. */
  mmUnlockPages(mdl: Mdl): void {
    this.#enter("MmUnlockPages", mdl);
    if (this.#lives.of(mdl).send(UNLOCK).misuses.length === 0) this.#released(mdl, "MmUnlockPages");
    this.#unlockIfLeft(mdl);
    this.#record("MmUnlockPages", mdl);
  }

  /** What the I/O manager does before a METHOD_xx_DIRECT request reaches the driver (S1-26). */
  ioManagerLock(mdl: Mdl, operation: LockOperation): LockStatus {
    const probed = this.#probe(mdl, operation);
    return typeof probed === "string" ? probed : this.#lock(mdl, probed, IO_MANAGER_LOCK);
  }

  /** What the I/O manager does when a METHOD_xx_DIRECT request has completed. */
  ioManagerUnlock(mdl: Mdl): void {
    this.#lives.of(mdl).send(IO_MANAGER_UNLOCK);
    this.#unlockIfLeft(mdl);
  }

  /**
   * MmGetSystemAddressForMdlSafe: a system address with the buffer's page offset, the same at every call; null if the
   * pages are not locked or the system has no addresses left. Maps, never locks (S1-28).
   */
  mmGetSystemAddressForMdlSafe(mdl: Mdl): Address | null {
    this.#enter("MmGetSystemAddressForMdlSafe", mdl);
    const life = this.#lives.of(mdl);
    let va = -1;
    if (!life.has("resident")) {
      life.send(MAP_SAFE);
    } else if ((va = mapMdl(this.#memory.space, mdl)) >= 0) {
      // A request that finds no address changes nothing, so the life hears of it only once the mapping is there.
      life.send(MAP_SAFE);
    }
    const address = va < 0 ? null : va;
    if (this.#door.tracing) {
      this.#door.record("MmGetSystemAddressForMdlSafe", { Mdl: this.#door.pointers.of(mdl) }, hexOrNull(address));
    }
    return address;
  }

  /**
   * MmMapLockedPagesSpecifyCache: a mapping of the driver's own, to be taken away by MmUnmapLockedPages before the
   * unlock (S1-27). The pages keep the cache attribute they have; asking for another one is a misuse (S1-18).
   */
  mmMapLockedPagesSpecifyCache(mdl: Mdl, accessMode: AccessMode, cacheType: MemoryCachingType): Address | null {
    this.#enter("MmMapLockedPagesSpecifyCache", mdl);
    const userMode = accessMode === "UserMode";
    const sameCacheType = (cacheType === "MmCached") === (mdl.cache === "cached");
    const life = this.#lives.of(mdl);
    const before = life.state;
    life.send({ type: "MM_MAP_LOCKED_PAGES_SPECIFY_CACHE", sameCacheType, userMode });
    let address: Address | null = null;
    if (life.state !== before) {
      address = userMode ? this.#mapToUser(mdl) : mapMdl(this.#memory.space, mdl);
      if (address === null || address < 0) {
        address = null;
        life.send(UNMAP);
      }
    }
    if (this.#door.tracing) {
      const args = { MemoryDescriptorList: this.#door.pointers.of(mdl), AccessMode: accessMode, CacheType: cacheType };
      this.#door.record("MmMapLockedPagesSpecifyCache", args, hexOrNull(address));
    }
    return address;
  }

  /** MmUnmapLockedPages: takes a mapping away. `baseAddress` is what the mapping routine returned. */
  mmUnmapLockedPages(baseAddress: Address, mdl: Mdl): void {
    this.#enter("MmUnmapLockedPages", mdl);
    const life = this.#lives.of(mdl);
    const before = life.state;
    const user = mdl instanceof LivingMdl ? mdl.userMapping : null;
    life.send(UNMAP);
    if (life.state !== before) {
      const mapped = user !== null ? user.va : mdl.mappedSystemVa;
      if (mapped !== baseAddress) {
        const details = `mapped at ${hexText(mapped)}, unmapped at ${hexText(baseAddress)}`;
        this.#door.misuse("MdlMisuse", "MmUnmapLockedPages", life.name, details, "wrong-address");
      }
      if (user !== null) this.#unmapFromUser(mdl as LivingMdl);
      else unmapMdl(this.#memory.space, mdl);
    }
    if (this.#door.tracing) {
      const args = { BaseAddress: hexText(baseAddress), MemoryDescriptorList: this.#door.pointers.of(mdl) };
      this.#door.record("MmUnmapLockedPages", args);
    }
  }

  /**
   * KeFlushIoBuffers: makes a buffer's bytes agree between CPU and RAM on platforms where devices do not snoop; nothing
   * at all where they do (S2-2). Before a device reads: cleans. Before a device writes: cleans and invalidates, so that
   * no dirty line can land on the device's bytes later.
   */
  keFlushIoBuffers(mdl: Mdl, readOperation: boolean, dmaOperation: boolean): void {
    this.#enter("KeFlushIoBuffers", mdl);
    if (!this.#memory.cache.coherent && mdl.locked) {
      this.#runs.clear();
      const { byteOffset, byteCount, pfns } = mdl;
      this.#runs.addPages(pfns, 0, byteOffset, byteCount, HARDWARE_RUNS);
      for (let run = 0; run < this.#runs.count; run++) {
        const at = this.#runs.address(run);
        const length = this.#runs.length(run);
        if (readOperation) this.#memory.cache.flush(at, length);
        else this.#memory.cache.clean(at, length);
      }
    }
    if (this.#door.tracing) {
      const args = { Mdl: this.#door.pointers.of(mdl), ReadOperation: readOperation, DmaOperation: dmaOperation };
      this.#door.record("KeFlushIoBuffers", args);
    }
  }

  /**
   * The question of the HAL before it maps anything: may a device touch these bytes? Asks every MDL that the range
   * touches; one whose pages may move is named `DmaOnUnlockedBuffer` (0xE6/0x0E). True if all may.
   */
  mayDma(chain: Mdl, offset = 0, length: number = Infinity): boolean {
    let may = true;
    let start = 0;
    for (let mdl: Mdl | null = chain; mdl !== null && start < offset + length; mdl = mdl.next) {
      if (start + mdl.byteCount > offset && this.#lives.of(mdl).send(DMA).misuses.length > 0) may = false;
      start += mdl.byteCount;
    }
    return may;
  }

  /** The life of an MDL: its state, and since when. */
  lifeOf(mdl: Mdl): LivingMdl["life"] {
    return this.#lives.of(mdl);
  }

  /**
   * The process ends. Every MDL that still locks pages of it is named `ProcessExitWithLockedPages` (bug check 0x76,
   * first parameter 0; S1-29). Returns how many user pages are locked.
   */
  processExit(): number {
    this.#door.tell("process-exit");
    for (const mdl of this.#locked.inOrder()) if (mdl.kind === "user") this.#lives.of(mdl).send(PROCESS_EXIT);
    return this.#memory.space.lockedUserPages;
  }

  #enter(call: string, mdl: Mdl): void {
    if (this.#irql.level > DISPATCH_LEVEL) this.#door.checkIrql(call, "<= DISPATCH_LEVEL", this.#lives.of(mdl).name);
  }

  #record(call: string, mdl: Mdl): void {
    if (this.#door.tracing) this.#door.record(call, { MemoryDescriptorList: this.#door.pointers.of(mdl) });
  }

  #isPageable(mdl: Mdl): boolean {
    return this.#memory.space.regionAt(mmGetMdlVirtualAddress(mdl))?.pageable ?? false;
  }

  /** What probing finds, before anything changes: the region whose pages are there now, or why not. */
  #probe(mdl: Mdl, operation: LockOperation): Region | LockStatus {
    const { space } = this.#memory;
    const va = mmGetMdlVirtualAddress(mdl);
    const region = space.regionAt(va);
    if (region === null || (operation !== "IoReadAccess" && region.kind === "image")) return "STATUS_ACCESS_VIOLATION";
    space.pager.pagingAllowed = this.#irql.level < DISPATCH_LEVEL;
    const probed = space.probeRegion(region, va, mdl.byteCount);
    space.pager.pagingAllowed = true;
    if (probed === ACCESS_OK) return region;
    return probed === ACCESS_UNMAPPED ? "STATUS_ACCESS_VIOLATION" : "STATUS_IN_PAGE_ERROR";
  }

  /** Locks what was probed just now. */
  #lock(mdl: Mdl, probed: Region, event: typeof LOCK | typeof IO_MANAGER_LOCK): LockStatus {
    const { misuses } = this.#lives.of(mdl).send(event);
    if (misuses.length > 0) return "STATUS_SUCCESS";
    lockProbedPages(probed, mdl);
    this.#locked.add(mdl);
    return "STATUS_SUCCESS";
  }

  /** Memory follows the life: once no state keeps the pages, they are unlocked, and what was mapped goes. */
  #unlockIfLeft(mdl: Mdl): void {
    if (mdl.lockCount === 0 || this.#lives.of(mdl).state !== "described") return;
    if (mdl instanceof LivingMdl && mdl.userMapping !== null) this.#unmapFromUser(mdl);
    unlockMdlPages(this.#memory.space, mdl);
    this.#locked.remove(mdl);
  }

  #mapToUser(mdl: Mdl): Address | null {
    assert(mdl instanceof LivingMdl, "Cannot map an MDL into a process that IoAllocateMdl did not make");
    const { pfns, byteOffset, byteCount: lengthBytes, cache } = mdl;
    mdl.userMapping = this.#memory.space.map({ to: "user", pfns, byteOffset, lengthBytes, cache });
    return mdl.userMapping?.va ?? null;
  }

  #unmapFromUser(mdl: LivingMdl): void {
    if (mdl.userMapping !== null) this.#memory.space.unmap(mdl.userMapping);
    mdl.userMapping = null;
  }
}

function hexOrNull(value: number | null): string | null {
  return value === null ? null : hexText(value);
}
