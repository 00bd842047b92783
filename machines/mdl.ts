/**
 * The life of one memory descriptor list: described, locked, mapped, and back. "Pinned" means locked, and does not
 * include a mapping for the device (S3-12). Windows DDI: IoAllocateMdl, MmProbeAndLockPages, MmUnlockPages,
 * MmGetSystemAddressForMdlSafe, MmMapLockedPagesSpecifyCache, MmUnmapLockedPages, IoFreeMdl; S1-26 … S1-29.
 */
import { emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams } from "./lifecycle.ts";

/** The calls on an MDL. `IO_MANAGER_*` is what the I/O system does for METHOD_xx_DIRECT requests. */
export type MdlEvent =
  | { type: "MM_PROBE_AND_LOCK_PAGES" }
  | { type: "MM_UNLOCK_PAGES" }
  | { type: "MM_BUILD_MDL_FOR_NON_PAGED_POOL" }
  | { type: "MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE" }
  | { type: "MM_MAP_LOCKED_PAGES_SPECIFY_CACHE"; sameCacheType: boolean; userMode?: boolean }
  | { type: "MM_UNMAP_LOCKED_PAGES" }
  | { type: "IO_MANAGER_LOCK" }
  | { type: "IO_MANAGER_UNLOCK" }
  | { type: "DMA" }
  | { type: "PROCESS_EXIT" }
  | { type: "IO_FREE_MDL" };

/** The states of an MDL. */
export type MdlState =
  | "described"
  | "nonPaged"
  | "nonPagedMapped"
  | "locked"
  | "lockedSafeMapped"
  | "lockedMapped"
  | "lockedByIoManager"
  | "lockedByIoManagerSafeMapped"
  | "lockedByIoManagerMapped"
  | "freed";

/** `resident`: the pages cannot move or be paged out, so DMA is legal. */
export type MdlTag = "resident";

/** The lifecycle of an MDL. */
export const mdlMachine: Lifecycle<Record<string, never>, MdlEvent, MdlState, MdlTag> = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as MdlEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as MdlTag,
  },
  guards: {
    otherCacheType: ({ event }) => event.type === "MM_MAP_LOCKED_PAGES_SPECIFY_CACHE" && !event.sameCacheType,
    intoSystem: ({ event }) => event.type === "MM_MAP_LOCKED_PAGES_SPECIFY_CACHE" && event.userMode !== true,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
  },
}).createMachine({
  id: "mdl",
  description: "Pages of a buffer by number, and whether they may move.",
  context: {},
  initial: "described",
  on: {
    "*": {
      description: "Anything an MDL does not know here.",
      actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "unexpected" } },
    },
  },
  states: {
    described: {
      description: "A range is described; its pages may still move.",
      on: {
        MM_PROBE_AND_LOCK_PAGES: {
          target: "locked",
          description: "Probed and locked: the pages stay where they are.",
          meta: { ddi: "MmProbeAndLockPages", irql: "<= DISPATCH_LEVEL" },
        },
        IO_MANAGER_LOCK: {
          target: "lockedByIoManager",
          description: "METHOD_xx_DIRECT: the I/O manager locks before the driver sees the request.",
        },
        MM_BUILD_MDL_FOR_NON_PAGED_POOL: {
          target: "nonPaged",
          description: "Non-paged pool never moves: no lock needed.",
          meta: { ddi: "MmBuildMdlForNonPagedPool", irql: "<= DISPATCH_LEVEL" },
        },
        DMA: {
          description: "DMA on memory that may be paged out.",
          actions: { type: "misuse", params: { rule: "DmaOnUnlockedBuffer" } },
        },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          description: "The routine maps, it never locks: pages must be locked first (S1-28).",
          actions: { type: "misuse", params: { rule: "DmaOnUnlockedBuffer", misuseKind: "mapped-unlocked" } },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: {
          description: "Pages must be locked before they are mapped.",
          actions: { type: "misuse", params: { rule: "DmaOnUnlockedBuffer", misuseKind: "mapped-unlocked" } },
        },
        MM_UNLOCK_PAGES: {
          description: "Unlocked without being locked: 0xC4/0x7C, or 0x76 with p1 = 1.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0x7C" } },
        },
        MM_UNMAP_LOCKED_PAGES: {
          description: "Unmapped without being mapped: 0xC4/0xB6.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB6" } },
        },
        PROCESS_EXIT: { target: "described", description: "Nothing is locked: the process may go." },
        IO_FREE_MDL: {
          target: "freed",
          description: "Freed unlocked.",
          meta: { ddi: "IoFreeMdl", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    nonPaged: {
      description: "Describes non-paged pool: resident and mapped from birth.",
      tags: ["resident"],
      on: {
        DMA: { target: "nonPaged", description: "DMA is legal." },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "nonPaged",
          description: "The address it already has.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: [
          {
            guard: "intoSystem",
            description: "It has a system address from birth: 0xC4/0xB2.",
            actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB2" } },
          },
          {
            guard: "otherCacheType",
            target: "nonPagedMapped",
            description: "A second mapping with another cache attribute than the pages have (S1-18).",
            actions: { type: "misuse", params: { rule: "CacheAttributeConflict" } },
          },
          {
            target: "nonPagedMapped",
            description: "Kernel memory mapped into a process; must be paired with MmUnmapLockedPages.",
            meta: { ddi: "MmMapLockedPagesSpecifyCache", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        MM_UNMAP_LOCKED_PAGES: {
          description: "Unmapped without being mapped: 0xC4/0xB6.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB6" } },
        },
        MM_UNLOCK_PAGES: {
          description: "Unlock of a non-paged-pool MDL: 0xC4/0x7D.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0x7D" } },
        },
        PROCESS_EXIT: { target: "nonPaged", description: "Kernel memory: no matter." },
        IO_FREE_MDL: {
          target: "freed",
          description: "Freed.",
          meta: { ddi: "IoFreeMdl", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    nonPagedMapped: {
      description: "Non-paged pool that a process sees too, through a mapping that must be taken away first.",
      tags: ["resident"],
      on: {
        DMA: { target: "nonPagedMapped", description: "DMA is legal." },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "nonPagedMapped",
          description: "The system address it has from birth.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        MM_UNMAP_LOCKED_PAGES: {
          target: "nonPaged",
          description: "The process's mapping goes.",
          meta: { ddi: "MmUnmapLockedPages", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: {
          description: "Mapped twice: 0xC4/0xB2.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB2" } },
        },
        MM_UNLOCK_PAGES: {
          description: "Unlock of a non-paged-pool MDL: 0xC4/0x7D.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0x7D" } },
        },
        PROCESS_EXIT: {
          target: "nonPaged",
          description: "The process goes with a driver's mapping still in it.",
          actions: { type: "misuse", params: { rule: "MissingUnmap" } },
        },
        IO_FREE_MDL: {
          target: "freed",
          description: "Freed while mapped: 0xC4/0xB8.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB8" } },
        },
      },
    },
    locked: {
      description: "The driver locked the pages and must unlock them.",
      tags: ["resident"],
      on: {
        DMA: { target: "locked", description: "DMA is legal." },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "lockedSafeMapped",
          description: "Mapped into system space; goes away with the unlock.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: [
          {
            guard: "otherCacheType",
            target: "lockedMapped",
            description: "A second mapping with another cache attribute than the pages have (S1-18).",
            actions: { type: "misuse", params: { rule: "CacheAttributeConflict" } },
          },
          {
            target: "lockedMapped",
            description: "Mapped; must be paired with MmUnmapLockedPages (S1-27).",
            meta: { ddi: "MmMapLockedPagesSpecifyCache", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        MM_UNLOCK_PAGES: {
          target: "described",
          description: "The pages may move again.",
          meta: { ddi: "MmUnlockPages", irql: "<= DISPATCH_LEVEL" },
        },
        MM_UNMAP_LOCKED_PAGES: {
          description: "Unmapped without being mapped: 0xC4/0xB6.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB6" } },
        },
        PROCESS_EXIT: {
          description: "The process goes with pages still locked: bug check 0x76 (S1-29).",
          actions: { type: "misuse", params: { rule: "ProcessExitWithLockedPages" } },
        },
        IO_FREE_MDL: {
          target: "freed",
          description: "The MDL is gone, its pages stay locked for ever.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "freed-locked" } },
        },
      },
    },
    lockedSafeMapped: {
      description: "Locked, with the system mapping that MmGetSystemAddressForMdlSafe makes once.",
      tags: ["resident"],
      on: {
        DMA: { target: "lockedSafeMapped", description: "DMA is legal." },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "lockedSafeMapped",
          description: "Asked again: the same address.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: {
          description: "Only one system mapping per MDL: 0xC4/0xB2.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB2" } },
        },
        MM_UNMAP_LOCKED_PAGES: {
          target: "locked",
          description: "Allowed, and not needed: the mapping would go with the unlock.",
          meta: { ddi: "MmUnmapLockedPages", irql: "<= DISPATCH_LEVEL" },
        },
        MM_UNLOCK_PAGES: {
          target: "described",
          description: "Unlocking releases the mapping too.",
          meta: { ddi: "MmUnlockPages", irql: "<= DISPATCH_LEVEL" },
        },
        PROCESS_EXIT: {
          description: "The process goes with pages still locked.",
          actions: { type: "misuse", params: { rule: "ProcessExitWithLockedPages" } },
        },
        IO_FREE_MDL: {
          target: "freed",
          description: "Freed while mapped: 0xC4/0xB8.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB8" } },
        },
      },
    },
    lockedMapped: {
      description: "Locked, with a mapping of its own that must be taken away first.",
      tags: ["resident"],
      on: {
        DMA: { target: "lockedMapped", description: "DMA is legal." },
        MM_UNMAP_LOCKED_PAGES: {
          target: "locked",
          description: "The mapping goes.",
          meta: { ddi: "MmUnmapLockedPages", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: {
          description: "Mapped twice: 0xC4/0xB2.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB2" } },
        },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "lockedMapped",
          description: "The mapping that is there.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        MM_UNLOCK_PAGES: {
          target: "described",
          description: "Unlocked with the mapping still there.",
          actions: { type: "misuse", params: { rule: "MissingUnmap" } },
        },
        PROCESS_EXIT: {
          description: "The process goes with pages still locked.",
          actions: { type: "misuse", params: { rule: "ProcessExitWithLockedPages" } },
        },
        IO_FREE_MDL: {
          target: "freed",
          description: "Freed while mapped: 0xC4/0xB8.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB8" } },
        },
      },
    },
    lockedByIoManager: {
      description: "Direct I/O: locked before the driver saw it, unlocked when the request completes (S1-26).",
      tags: ["resident"],
      on: {
        DMA: { target: "lockedByIoManager", description: "DMA is legal." },
        IO_MANAGER_UNLOCK: { target: "described", description: "The request completed." },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "lockedByIoManagerSafeMapped",
          description: "Mapped; the mapping goes with the unlock.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: [
          {
            guard: "otherCacheType",
            target: "lockedByIoManagerMapped",
            description: "A second mapping with another cache attribute than the pages have (S1-18).",
            actions: { type: "misuse", params: { rule: "CacheAttributeConflict" } },
          },
          {
            target: "lockedByIoManagerMapped",
            description: "Mapped; must be paired with MmUnmapLockedPages.",
            meta: { ddi: "MmMapLockedPagesSpecifyCache", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        MM_UNMAP_LOCKED_PAGES: {
          description: "Unmapped without being mapped: 0xC4/0xB6.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB6" } },
        },
        MM_UNLOCK_PAGES: {
          description: "The driver unlocks what it did not lock.",
          actions: { type: "misuse", params: { rule: "DriverUnlockedDirectIo" } },
        },
        PROCESS_EXIT: {
          description: "The request is still pending: the process cannot go while its pages are locked.",
          actions: { type: "misuse", params: { rule: "ProcessExitWithLockedPages", misuseKind: "directIo" } },
        },
        IO_FREE_MDL: {
          description: "The MDL belongs to the I/O manager.",
          actions: { type: "misuse", params: { rule: "DriverUnlockedDirectIo" } },
        },
      },
    },
    lockedByIoManagerSafeMapped: {
      description: "Direct I/O with the system mapping that MmGetSystemAddressForMdlSafe makes once.",
      tags: ["resident"],
      on: {
        DMA: { target: "lockedByIoManagerSafeMapped", description: "DMA is legal." },
        IO_MANAGER_UNLOCK: { target: "described", description: "The request completed; the mapping goes along." },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "lockedByIoManagerSafeMapped",
          description: "Asked again: the same address.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: {
          description: "Only one system mapping per MDL: 0xC4/0xB2.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB2" } },
        },
        MM_UNMAP_LOCKED_PAGES: {
          target: "lockedByIoManager",
          description: "Allowed, and not needed: the mapping would go with the unlock.",
          meta: { ddi: "MmUnmapLockedPages", irql: "<= DISPATCH_LEVEL" },
        },
        MM_UNLOCK_PAGES: {
          description: "The driver unlocks what it did not lock.",
          actions: { type: "misuse", params: { rule: "DriverUnlockedDirectIo" } },
        },
        PROCESS_EXIT: {
          description: "The request is still pending: the process cannot go while its pages are locked.",
          actions: { type: "misuse", params: { rule: "ProcessExitWithLockedPages", misuseKind: "directIo" } },
        },
        IO_FREE_MDL: {
          description: "The MDL belongs to the I/O manager.",
          actions: { type: "misuse", params: { rule: "DriverUnlockedDirectIo" } },
        },
      },
    },
    lockedByIoManagerMapped: {
      description: "Direct I/O with a mapping of the driver's own.",
      tags: ["resident"],
      on: {
        DMA: { target: "lockedByIoManagerMapped", description: "DMA is legal." },
        MM_UNMAP_LOCKED_PAGES: {
          target: "lockedByIoManager",
          description: "The mapping goes.",
          meta: { ddi: "MmUnmapLockedPages", irql: "<= DISPATCH_LEVEL" },
        },
        MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: {
          description: "Mapped twice: 0xC4/0xB2.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "0xB2" } },
        },
        MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: {
          target: "lockedByIoManagerMapped",
          description: "The mapping that is there.",
          meta: { ddi: "MmGetSystemAddressForMdlSafe", irql: "<= DISPATCH_LEVEL" },
        },
        IO_FREE_MDL: {
          description: "The MDL belongs to the I/O manager.",
          actions: { type: "misuse", params: { rule: "DriverUnlockedDirectIo" } },
        },
        IO_MANAGER_UNLOCK: {
          target: "described",
          description: "Completed with the driver's mapping still there.",
          actions: { type: "misuse", params: { rule: "MissingUnmap" } },
        },
        MM_UNLOCK_PAGES: {
          description: "The driver unlocks what it did not lock.",
          actions: { type: "misuse", params: { rule: "DriverUnlockedDirectIo" } },
        },
        PROCESS_EXIT: {
          description: "The request is still pending: the process cannot go while its pages are locked.",
          actions: { type: "misuse", params: { rule: "ProcessExitWithLockedPages", misuseKind: "directIo" } },
        },
      },
    },
    freed: {
      description: "Gone.",
      on: {
        PROCESS_EXIT: { target: "freed", description: "A process that ends uses no MDL." },
        "*": {
          description: "Any use of a freed MDL.",
          actions: { type: "misuse", params: { rule: "MdlMisuse", misuseKind: "freed" } },
        },
      },
    },
  },
});
