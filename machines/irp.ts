/**
 * The life of one request, in the order of the folder listing: dispatched, pending, mapped, queued, in the device,
 * ready to complete, unmapped, completed; and the ways out by refusal and by cancel.
 *
 * A request travels with a list of its own (`mapped` …) or without one (`bare` …: common buffer, static list). Only a
 * request with a list must put it before it completes. Windows DDI: IoMarkIrpPending, IoCompleteRequest,
 * IoSetCancelRoutine; S2-20 … S2-24, X-3.
 */
import { emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams } from "./lifecycle.ts";

/** What happens to a request. */
export type IrpEvent =
  | { type: "MARK_PENDING" }
  | { type: "MAP" }
  | { type: "QUEUE" }
  | { type: "START" }
  | { type: "NEXT_PIECE" }
  | { type: "DEVICE_DONE" }
  | { type: "PUT" }
  | { type: "FAIL" }
  | { type: "CANCEL" }
  | { type: "COMPLETE" };

/** The states of a request. */
export type IrpState =
  | "dispatched"
  | "pending"
  | "bareQueued"
  | "mapped"
  | "mappedQueued"
  | "inDevice"
  | "bareInDevice"
  | "readyToComplete"
  | "bareReady"
  | "unmapped"
  | "failed"
  | "cancelled"
  | "completed";

/** `holdsList`: must put a list before completion. `inDevice`: the device owns its memory. `ended`: no more events. */
export type IrpTag = "holdsList" | "inDevice" | "ended";

/** The lifecycle of a request. */
export const irpMachine: Lifecycle<Record<string, never>, IrpEvent, IrpState, IrpTag> = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as IrpEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as IrpTag,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
  },
}).createMachine({
  id: "irp",
  description: "One I/O request packet on its way through the driver.",
  context: {},
  initial: "dispatched",
  on: {
    "*": {
      description: "Anything a request does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    dispatched: {
      description: "The dispatch routine has it and validates length, direction, alignment, locked pages.",
      on: {
        MARK_PENDING: {
          target: "pending",
          description: "Valid: marked pending, STATUS_PENDING is returned.",
          meta: { ddi: "IoMarkIrpPending", irql: "<= DISPATCH_LEVEL" },
        },
        FAIL: { target: "failed", description: "Not valid: completed at once with a status." },
        COMPLETE: {
          target: "completed",
          description: "Nothing to do, for instance zero bytes: completed in the dispatch routine.",
          meta: { ddi: "IoCompleteRequest", irql: "<= DISPATCH_LEVEL" },
        },
        CANCEL: { target: "cancelled", description: "Cancelled before the driver took it." },
      },
    },
    pending: {
      description: "The driver owns it; nothing is obtained yet.",
      on: {
        MAP: {
          target: "mapped",
          description: "List and map registers are there.",
          meta: { ddi: "GetScatterGatherList", irql: "= DISPATCH_LEVEL" },
        },
        QUEUE: { target: "bareQueued", description: "The device is busy: queued without a list (the typical driver)." },
        START: { target: "bareInDevice", description: "Started from a common buffer or a static list." },
        FAIL: { target: "failed", description: "Resources are refused for good." },
        COMPLETE: {
          target: "completed",
          description: "Completed without any transfer.",
          meta: { ddi: "IoCompleteRequest", irql: "<= DISPATCH_LEVEL" },
        },
        CANCEL: { target: "cancelled", description: "Cancelled while the driver held it." },
      },
    },
    bareQueued: {
      description: "In work-to-do, without a list: resources are asked for when the device is free.",
      on: {
        MAP: {
          target: "mapped",
          description: "Its turn: list and map registers are there.",
          meta: { ddi: "GetScatterGatherList", irql: "= DISPATCH_LEVEL" },
        },
        START: { target: "bareInDevice", description: "Started from a common buffer or a static list." },
        FAIL: { target: "failed", description: "Resources are refused for good." },
        CANCEL: { target: "cancelled", description: "Cancelled in the queue." },
      },
    },
    mapped: {
      description: "Holds its list; the device may be programmed with it.",
      tags: ["holdsList"],
      on: {
        START: { target: "inDevice", description: "Inserted into waiting-for-device, then the doorbell." },
        QUEUE: {
          target: "mappedQueued",
          description: "The device is busy: into work-to-do with its list (pre-allocate, then queue; S2-12).",
          meta: { ddi: "ExInterlockedInsertTailList", irql: "any" },
        },
        PUT: {
          target: "unmapped",
          description: "Given back unused, on a way out.",
          meta: { ddi: "PutScatterGatherList", irql: "= DISPATCH_LEVEL" },
        },
        FAIL: { target: "readyToComplete", description: "Cannot go on: the list goes back first." },
        CANCEL: { target: "readyToComplete", description: "Cancelled with its list: the list goes back first." },
        COMPLETE: {
          target: "completed",
          description: "Completed with its list still out.",
          actions: { type: "misuse", params: { rule: "CompletedBeforePut" } },
        },
      },
    },
    mappedQueued: {
      description: "In work-to-do, with its list ready.",
      tags: ["holdsList"],
      on: {
        START: { target: "inDevice", description: "Popped, inserted into waiting-for-device, then the doorbell." },
        FAIL: { target: "readyToComplete", description: "The device is gone: the list goes back first." },
        CANCEL: { target: "readyToComplete", description: "Cancelled in the queue: the list goes back first." },
        COMPLETE: {
          target: "completed",
          description: "Completed with its list still out.",
          actions: { type: "misuse", params: { rule: "CompletedBeforePut" } },
        },
      },
    },
    inDevice: {
      description: "In waiting-for-device: the device owns its memory.",
      tags: ["holdsList", "inDevice"],
      on: {
        NEXT_PIECE: { target: "inDevice", description: "One piece is done, the next was started." },
        DEVICE_DONE: { target: "readyToComplete", description: "Matched in the ISR and moved to ready-to-complete." },
        PUT: {
          target: "unmapped",
          description: "The list taken from under the device.",
          actions: { type: "misuse", params: { rule: "PutWhileDeviceActive" } },
        },
        FAIL: { target: "readyToComplete", description: "The device was reset or is gone: it will not end by itself." },
        CANCEL: { target: "inDevice", description: "Too late: the device owns it. It completes in its time." },
        COMPLETE: {
          target: "completed",
          description: "Completed while the device works: memory is unlocked under it.",
          actions: { type: "misuse", params: { rule: "CompletedBeforePut" } },
        },
      },
    },
    bareInDevice: {
      description: "In waiting-for-device, with memory that is not its own list.",
      tags: ["inDevice"],
      on: {
        NEXT_PIECE: { target: "bareInDevice", description: "One piece is done, the next was started." },
        DEVICE_DONE: { target: "bareReady", description: "Matched in the ISR and moved to ready-to-complete." },
        FAIL: { target: "bareReady", description: "The device was reset or is gone: it will not end by itself." },
        CANCEL: { target: "bareInDevice", description: "Too late." },
        COMPLETE: {
          target: "completed",
          description: "Completed while the device works.",
          actions: { type: "misuse", params: { rule: "CompletedBeforePut" } },
        },
      },
    },
    readyToComplete: {
      description: "In ready-to-complete: the DPC will put the list and complete.",
      tags: ["holdsList"],
      on: {
        PUT: {
          target: "unmapped",
          description: "List and map registers are back (or, in the Classic model, flushed and freed).",
          meta: { ddi: "PutScatterGatherList", irql: "= DISPATCH_LEVEL" },
        },
        QUEUE: {
          target: "mappedQueued",
          description:
            "One round of several is done; the rest waits for the device again, with the list it still holds.",
        },
        CANCEL: { target: "readyToComplete", description: "Too late: it is done." },
        COMPLETE: {
          target: "completed",
          description: "Completed with its list still out.",
          actions: { type: "misuse", params: { rule: "CompletedBeforePut" } },
        },
      },
    },
    bareReady: {
      description: "In ready-to-complete, with nothing to give back.",
      on: {
        QUEUE: {
          target: "bareQueued",
          description: "One round of several is done; the rest waits for the device again.",
        },
        CANCEL: { target: "bareReady", description: "Too late: it is done." },
        COMPLETE: {
          target: "completed",
          description: "Status and byte count to the requester.",
          meta: { ddi: "IoCompleteRequest", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    unmapped: {
      description: "Its list is back; only the status is left to say, or the rest to be done in another round.",
      on: {
        MAP: {
          target: "mapped",
          description: "The next round of a request that was split.",
          meta: { ddi: "GetScatterGatherList", irql: "= DISPATCH_LEVEL" },
        },
        QUEUE: { target: "bareQueued", description: "The rest waits for the device again." },
        DEVICE_DONE: { target: "unmapped", description: "The device ends late; PutWhileDeviceActive has named it." },
        CANCEL: { target: "unmapped", description: "Too late: it is done." },
        COMPLETE: {
          target: "completed",
          description: "Status and byte count to the requester.",
          meta: { ddi: "IoCompleteRequest", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    failed: {
      description: "Has nothing and will be completed with an error status.",
      on: {
        CANCEL: { target: "failed", description: "Too late: it has failed." },
        COMPLETE: {
          target: "completed",
          description: "Error status, Information 0.",
          meta: { ddi: "IoCompleteRequest", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    cancelled: {
      description: "Taken out of the driver's hands; completed with STATUS_CANCELLED.",
      on: {
        MAP: {
          target: "readyToComplete",
          description: "The grant could not be taken back in time: the list came all the same and goes back first.",
          meta: { ddi: "AdapterListControl", irql: "= DISPATCH_LEVEL" },
        },
        CANCEL: { target: "cancelled", description: "Again." },
        COMPLETE: {
          target: "completed",
          description: "STATUS_CANCELLED, Information 0.",
          meta: { ddi: "IoCompleteRequest", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    completed: {
      description: "Gone from the driver.",
      tags: ["ended"],
      on: {
        COMPLETE: {
          description: "Completed twice: bug check 0x44.",
          actions: { type: "misuse", params: { rule: "IrpCompletedTwice" } },
        },
        "*": {
          description: "Touched after completion.",
          actions: { type: "misuse", params: { rule: "IrpTouchedAfterCompletion" } },
        },
      },
    },
  },
});
