/** The life of an MDL: locking, mapping and freeing are three things, and each has its pair. */

import { assertEquals } from "@std/assert";
import { mdlMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const LOCK = { type: "MM_PROBE_AND_LOCK_PAGES" } as const;
const UNLOCK = { type: "MM_UNLOCK_PAGES" } as const;
const BUILD = { type: "MM_BUILD_MDL_FOR_NON_PAGED_POOL" } as const;
const SAFE = { type: "MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE" } as const;
const UNMAP = { type: "MM_UNMAP_LOCKED_PAGES" } as const;
const IO_LOCK = { type: "IO_MANAGER_LOCK" } as const;
const IO_UNLOCK = { type: "IO_MANAGER_UNLOCK" } as const;
const DMA = { type: "DMA" } as const;
const EXIT = { type: "PROCESS_EXIT" } as const;
const FREE = { type: "IO_FREE_MDL" } as const;
const map = (sameCacheType = true, userMode = false) =>
  ({ type: "MM_MAP_LOCKED_PAGES_SPECIFY_CACHE", sameCacheType, userMode }) as const;

const mdl = () => watch(mdlMachine);

Deno.test("MDL: lock, DMA, unlock, free is clean; DMA without the lock is DmaOnUnlockedBuffer", () => {
  mdl().goes("freed", LOCK, DMA, UNLOCK, FREE);
  mdl().breaks("DmaOnUnlockedBuffer", DMA).goes("described", LOCK, UNLOCK).breaks("DmaOnUnlockedBuffer", DMA);
});

Deno.test("MDL: locking makes it resident and brings no mapping", () => {
  const life = mdl().goes("locked", LOCK);
  assertEquals(life.has("resident"), true);
  life.breaks("MdlMisuse", UNMAP, "0xB6").is("locked");
});

Deno.test("MDL: the I/O manager locks and unlocks direct I/O; a driver's unlock is named [S1-26]", () => {
  mdl().goes("described", IO_LOCK, DMA, IO_UNLOCK);
  for (const way of [[], [SAFE], [map()]]) {
    const life = mdl();
    for (const event of [IO_LOCK, ...way]) life.send(event);
    const { state } = life;
    life.breaks("DriverUnlockedDirectIo", UNLOCK).breaks("DriverUnlockedDirectIo", FREE).is(state);
    assertEquals(life.has("resident"), true);
  }
});

Deno.test("MDL: MmMapLockedPages is paired with MmUnmapLockedPages, else MissingUnmap [S1-27]", () => {
  mdl().goes("described", LOCK, map(), UNMAP, UNLOCK);
  mdl().goes("lockedMapped", LOCK, map()).breaks("MissingUnmap", UNLOCK).is("described");
  mdl().goes("described", IO_LOCK, map(), UNMAP, IO_UNLOCK);
  mdl().goes("lockedByIoManagerMapped", IO_LOCK, map()).breaks("MissingUnmap", IO_UNLOCK).is("described");
});

Deno.test("MDL: MmGetSystemAddressForMdlSafe maps, does not lock, and needs locked pages [S1-28]", () => {
  mdl().breaks("DmaOnUnlockedBuffer", SAFE, "mapped-unlocked").breaks("DmaOnUnlockedBuffer", DMA).is("described");
  mdl().breaks("DmaOnUnlockedBuffer", map(), "mapped-unlocked").is("described");
  const life = mdl().goes("lockedSafeMapped", LOCK, SAFE, SAFE).goes("described", UNLOCK);
  assertEquals(life.has("resident"), false);
  mdl().goes("described", IO_LOCK, SAFE, SAFE, IO_UNLOCK);
});

Deno.test("MDL: the mapping of MmGetSystemAddressForMdlSafe may be taken away, but need not", () => {
  mdl().goes("locked", LOCK, SAFE, UNMAP).goes("described", UNLOCK);
  mdl().goes("lockedByIoManager", IO_LOCK, SAFE, UNMAP).goes("described", IO_UNLOCK);
});

Deno.test("MDL: only one system mapping at a time: the second is 0xC4/0xB2, an unmap too many 0xC4/0xB6", () => {
  for (const lock of [LOCK, IO_LOCK]) {
    for (const first of [SAFE, map()]) {
      const life = mdl();
      for (const event of [lock, first]) life.send(event);
      life.breaks("MdlMisuse", map(), "0xB2");
    }
    const life = mdl();
    life.send(lock);
    life.breaks("MdlMisuse", UNMAP, "0xB6");
  }
  mdl().goes("lockedMapped", LOCK, map(), SAFE);
});

Deno.test("MDL: a mapping with another cache attribute is CacheAttributeConflict [S1-18]", () => {
  mdl().goes("locked", LOCK).breaks("CacheAttributeConflict", map(false)).is("lockedMapped");
  mdl().goes("lockedByIoManager", IO_LOCK).breaks("CacheAttributeConflict", map(false));
});

Deno.test("MDL: a process that goes with pages locked is ProcessExitWithLockedPages [S1-29]", () => {
  mdl().goes("described", EXIT).goes("described", LOCK, UNLOCK, EXIT);
  const exits = (lock: typeof LOCK | typeof IO_LOCK, kind?: string): void => {
    for (const way of [[lock], [lock, SAFE], [lock, map()]]) {
      const life = mdl();
      for (const event of way) life.send(event);
      life.breaks("ProcessExitWithLockedPages", EXIT, kind);
    }
  };
  exits(LOCK);
  // The driver has nothing to unlock there: it completes the request.
  exits(IO_LOCK, "directIo");
});

Deno.test("MDL: unlocked without lock is 0xC4/0x7C, non-paged pool unlocked 0xC4/0x7D, freed mapped 0xC4/0xB8", () => {
  mdl().breaks("MdlMisuse", UNLOCK, "0x7C").breaks("MdlMisuse", UNMAP, "0xB6").is("described");
  mdl().goes("nonPaged", BUILD, DMA, SAFE).breaks("MdlMisuse", UNLOCK, "0x7D").goes("freed", FREE);
  mdl().goes("lockedSafeMapped", LOCK, SAFE).breaks("MdlMisuse", FREE, "0xB8").is("freed");
  mdl().goes("lockedMapped", LOCK, map()).breaks("MdlMisuse", FREE, "0xB8").is("freed");
});

Deno.test("MDL: freed with its pages locked, or used when it is gone, is named", () => {
  mdl().goes("locked", LOCK).breaks("MdlMisuse", FREE, "freed-locked").breaks("MdlMisuse", DMA, "freed")
    .goes("freed", EXIT);
});

Deno.test("MDL: non-paged pool has its system address from birth; only a process may see it through another", () => {
  mdl().goes("nonPaged", BUILD).breaks("MdlMisuse", map(), "0xB2").goes("nonPagedMapped", map(true, true))
    .goes("nonPaged", UNMAP);
  const seen = () => mdl().goes("nonPagedMapped", BUILD, map(true, true), DMA, SAFE);
  seen().breaks("MissingUnmap", EXIT).is("nonPaged");
  seen().breaks("MdlMisuse", map(true, true), "0xB2").breaks("MdlMisuse", UNLOCK, "0x7D").is("nonPagedMapped");
  seen().breaks("MdlMisuse", FREE, "0xB8").is("freed");
  mdl().goes("nonPaged", BUILD, EXIT).breaks("CacheAttributeConflict", map(false, true)).is("nonPagedMapped");
  mdl().goes("nonPaged", BUILD).breaks("MdlMisuse", UNMAP, "0xB6").is("nonPaged");
});
