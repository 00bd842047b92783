/**
 * The life of one SCATTER_GATHER_LIST: who may read it, who owns the memory it describes, when it goes back.
 *
 * The same chart serves lists that the HAL allocates (Get…) and lists in the caller's buffer (Build…): the difference
 * is who frees the memory after `put`, which is no matter of states. Windows DDI: GetScatterGatherListEx,
 * BuildScatterGatherListEx, PutScatterGatherList; S0-3, S0-19, S1-12, S1-13.
 */
import { emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams } from "./lifecycle.ts";

/** What happens to a list. `FILL` is the grant; the others are the driver's calls and the device's doings. */
export type ScatterGatherListEvent =
  | { type: "REQUEST" }
  | { type: "FILL" }
  | { type: "CANCEL" }
  | { type: "READ" }
  | { type: "DOORBELL" }
  | { type: "DEVICE_DONE" }
  | { type: "PUT_SCATTER_GATHER_LIST" }
  | { type: "DRIVER_UNLOAD" };

/** The states of a list. */
export type ScatterGatherListState = "empty" | "requested" | "filled" | "deviceOwned" | "deviceDone" | "put";

/** `live`: elements may be read and the memory is mapped. `deviceOwned`: the device may touch the memory now. */
export type ScatterGatherListTag = "live" | "deviceOwned";

/** The lifecycle of a scatter/gather list. */
export const scatterGatherListMachine: Lifecycle<
  Record<string, never>,
  ScatterGatherListEvent,
  ScatterGatherListState,
  ScatterGatherListTag
> = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as ScatterGatherListEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as ScatterGatherListTag,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
  },
}).createMachine({
  id: "scatterGatherList",
  description: "One scatter/gather list, from the request for it until its map registers are back.",
  context: {},
  initial: "empty",
  on: {
    CANCEL: {
      description: "Nothing of this list waits: the call answers FALSE and the list stays what it is.",
      meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
    },
    DRIVER_UNLOAD: { description: "The driver goes, and the list holds nothing." },
    "*": {
      description: "Anything a list does not know.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    empty: {
      description: "Memory for a list, nothing in it.",
      on: {
        REQUEST: {
          target: "requested",
          description: "An asynchronous Get or Build returned STATUS_SUCCESS; the execution routine is still to come.",
          meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
        },
        FILL: {
          target: "filled",
          description: "Map registers granted, elements written: the list is valid.",
          meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
        },
        READ: {
          description: "There is no list yet.",
          actions: { type: "misuse", params: { rule: "SglUsedBeforeCallback" } },
        },
        DOORBELL: {
          description: "The device was started on a list that does not exist.",
          actions: { type: "misuse", params: { rule: "SglUsedBeforeCallback" } },
        },
        PUT_SCATTER_GATHER_LIST: {
          description: "Nothing was ever granted here.",
          actions: { type: "misuse", params: { rule: "PutUnknown" } },
        },
      },
    },
    requested: {
      description: "Asked for asynchronously and waiting for the channel or for map registers.",
      on: {
        FILL: {
          target: "filled",
          description: "The grant came; AdapterListControl runs now, at DISPATCH_LEVEL.",
          meta: { ddi: "AdapterListControl", irql: "= DISPATCH_LEVEL" },
        },
        CANCEL: {
          target: "empty",
          description: "Taken back while waiting: the routine will not run.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
        REQUEST: {
          description: "The buffer already waits for a grant.",
          actions: { type: "misuse", params: { rule: "SglBufferInUse" } },
        },
        READ: {
          description: "A return of STATUS_SUCCESS is not the list: the routine has not run.",
          actions: { type: "misuse", params: { rule: "SglUsedBeforeCallback" } },
        },
        DOORBELL: {
          description: "The device was started before the routine ran.",
          actions: { type: "misuse", params: { rule: "SglUsedBeforeCallback" } },
        },
        PUT_SCATTER_GATHER_LIST: {
          description: "Put before the grant.",
          actions: { type: "misuse", params: { rule: "PutBeforeCallback" } },
        },
      },
    },
    filled: {
      description: "Valid and mapped; the driver may copy the elements into descriptors.",
      tags: ["live"],
      on: {
        DRIVER_UNLOAD: {
          description: "The driver has gone, and the list was never put.",
          actions: { type: "misuse", params: { rule: "MissingPut" } },
        },
        READ: { target: "filled", description: "The driver reads elements." },
        DOORBELL: { target: "deviceOwned", description: "The device was started on this memory." },
        PUT_SCATTER_GATHER_LIST: {
          target: "put",
          description: "Given back without use: legal, for instance on an error path.",
          meta: { ddi: "PutScatterGatherList", irql: "= DISPATCH_LEVEL" },
        },
        REQUEST: {
          description: "A second request into a buffer that holds a live list destroys the HAL's private part.",
          actions: { type: "misuse", params: { rule: "SglBufferInUse" } },
        },
        FILL: {
          description: "A second build into a buffer that holds a live list destroys the HAL's private part.",
          actions: { type: "misuse", params: { rule: "SglBufferInUse" } },
        },
      },
    },
    deviceOwned: {
      description: "The device may read or write the memory at any moment.",
      tags: ["live", "deviceOwned"],
      on: {
        DRIVER_UNLOAD: {
          description: "The driver has gone, and the list was never put.",
          actions: { type: "misuse", params: { rule: "MissingPut" } },
        },
        READ: { target: "deviceOwned", description: "Reading elements is still fine; touching the buffer is not." },
        DOORBELL: { target: "deviceOwned", description: "The next piece of the same list was started." },
        DEVICE_DONE: { target: "deviceDone", description: "Interrupt or write-back said that the device is finished." },
        PUT_SCATTER_GATHER_LIST: {
          target: "put",
          description: "Memory taken from under a running device: corruption, or an IOMMU fault.",
          actions: { type: "misuse", params: { rule: "PutWhileDeviceActive" } },
        },
        REQUEST: {
          description: "A second request into a buffer that holds a live list.",
          actions: { type: "misuse", params: { rule: "SglBufferInUse" } },
        },
        FILL: {
          description: "A second build into a buffer that holds a live list.",
          actions: { type: "misuse", params: { rule: "SglBufferInUse" } },
        },
      },
    },
    deviceDone: {
      description: "The device is finished; the data reaches the CPU's view at the latest with Put.",
      tags: ["live"],
      on: {
        DRIVER_UNLOAD: {
          description: "The driver has gone, and the list was never put.",
          actions: { type: "misuse", params: { rule: "MissingPut" } },
        },
        READ: { target: "deviceDone", description: "The elements are still valid." },
        DEVICE_DONE: { target: "deviceDone", description: "Said twice, by write-back and by interrupt." },
        DOORBELL: { target: "deviceOwned", description: "A live list may be used again, until it is put." },
        PUT_SCATTER_GATHER_LIST: {
          target: "put",
          description: "Flushes, frees the map registers, frees the list's memory if the HAL made it.",
          meta: { ddi: "PutScatterGatherList", irql: "= DISPATCH_LEVEL" },
        },
        REQUEST: {
          description: "A second request into a buffer that holds a live list.",
          actions: { type: "misuse", params: { rule: "SglBufferInUse" } },
        },
        FILL: {
          description: "A second build into a buffer that holds a live list.",
          actions: { type: "misuse", params: { rule: "SglBufferInUse" } },
        },
      },
    },
    put: {
      description: "Gone: a HAL-made list is freed memory, a caller's buffer may be built into again.",
      on: {
        REQUEST: {
          target: "requested",
          description: "The caller's buffer is used for the next asynchronous list.",
          meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
        },
        FILL: {
          target: "filled",
          description: "The caller's buffer is used for the next list.",
          meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
        },
        DEVICE_DONE: { target: "put", description: "The device ends late; PutWhileDeviceActive has named it already." },
        READ: {
          description: "Use after free (HAL-made) or stale elements (caller's buffer).",
          actions: { type: "misuse", params: { rule: "SglReadAfterPut" } },
        },
        DOORBELL: {
          description: "The device was started on addresses that are no longer mapped.",
          actions: { type: "misuse", params: { rule: "SglReadAfterPut" } },
        },
        PUT_SCATTER_GATHER_LIST: {
          description: "Put twice: pool corruption without Driver Verifier, 0xE6/0x06 with it.",
          actions: { type: "misuse", params: { rule: "SglDoublePut" } },
        },
      },
    },
  },
});
