/**
 * The life of one WDFDMATRANSACTION. The numbers behind the states' names are those that bug check 0x10D shows as its
 * third parameter when a call comes in the wrong state; findings carry them as their kind.
 *
 * Where the pages of the DDI and KMDF's public source disagree, the source wins: Execute in a wrong state bug-checks
 * (the page promises STATUS_INVALID_DEVICE_REQUEST), a second Release succeeds (STATUS_INVALID_DEVICE_STATE), a final
 * length beyond the fragment fails the transaction with TRUE (FALSE). Windows DDI, WdfDmaTransaction*; S1-23, S1-24.
 */
import { emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** How far a transaction is when the device says that a transfer is over. */
export interface WdfDmaCompletion {
  /** Bytes that the device moved; the whole fragment where the call does not say. */
  transferredLength: number;
  /** Bytes of the fragment that the device was given. */
  fragmentLength: number;
  /** Bytes of the transaction behind this fragment. */
  remainingLength: number;
  /** The transaction must not take more than one transfer. */
  requireSingleTransfer: boolean;
}

/** The calls of the driver, and `…_FAILED` for what the framework found out while serving one. */
export type WdfDmaTransactionEvent =
  | { type: "WDF_DMA_TRANSACTION_INITIALIZE" }
  | { type: "INITIALIZE_FAILED" }
  | { type: "WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES"; requiredMapRegisters: number }
  | { type: "WDF_DMA_TRANSACTION_FREE_RESOURCES" }
  | { type: "WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION" }
  | { type: "WDF_DMA_TRANSACTION_GET_TRANSFER_INFO" }
  | { type: "WDF_DMA_TRANSACTION_EXECUTE" }
  | { type: "TRANSFER_FAILED" }
  | { type: "WDF_DMA_TRANSACTION_DMA_COMPLETED" } & WdfDmaCompletion
  | { type: "WDF_DMA_TRANSACTION_DMA_COMPLETED_WITH_LENGTH" } & WdfDmaCompletion
  | { type: "WDF_DMA_TRANSACTION_DMA_COMPLETED_FINAL" } & WdfDmaCompletion
  | { type: "WDF_DMA_TRANSACTION_CANCEL"; cancelled: boolean }
  | { type: "WDF_DMA_TRANSACTION_RELEASE" }
  | { type: "WDF_OBJECT_DELETE" };

/** The states of a transaction, 1 to 8 in this order. */
export type WdfDmaTransactionState =
  | "created"
  | "reserved"
  | "initialized"
  | "transfer"
  | "transferCompleted"
  | "transferFailed"
  | "released"
  | "deleted";

/** `cancellable`: WdfDmaTransactionCancel asks the HAL. */
export type WdfDmaTransactionTag = "cancellable";

/** The lifecycle of a WDFDMATRANSACTION. */
export const wdfDmaTransactionMachine: Lifecycle<
  Record<string, never>,
  WdfDmaTransactionEvent,
  WdfDmaTransactionState,
  WdfDmaTransactionTag
> = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as WdfDmaTransactionEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as WdfDmaTransactionTag,
  },
  guards: {
    withoutCount: ({ event }) =>
      event.type === "WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES" && event.requiredMapRegisters === 0,
    beyondFragment: ({ event }) => "fragmentLength" in event && event.transferredLength > event.fragmentLength,
    residueOfSingle: ({ event }) =>
      "fragmentLength" in event && event.requireSingleTransfer &&
      event.remainingLength + event.fragmentLength > event.transferredLength,
    moreToDo: ({ event }) =>
      "fragmentLength" in event && event.remainingLength + event.fragmentLength > event.transferredLength,
    cancelled: ({ event }) => event.type === "WDF_DMA_TRANSACTION_CANCEL" && event.cancelled,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
  },
}).createMachine({
  id: "wdfDmaTransaction",
  description: "One I/O request's data on its way, cut into as many transfers as device and map registers demand.",
  context: {},
  initial: "created",
  on: {
    "*": {
      description: "Never reached: every state names what does not belong there.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    created: {
      description: "State 1: made, knows no buffer.",
      on: {
        WDF_DMA_TRANSACTION_INITIALIZE: {
          target: "initialized",
          description: "Buffer, direction, length and EvtProgramDma are given.",
          meta: { ddi: "WdfDmaTransactionInitialize", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES: [
          {
            guard: "withoutCount",
            description: "No count, and no buffer to take it from.",
            actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "1" } },
          },
          {
            target: "reserved",
            description: "Map registers are asked for ahead of the transfer.",
            meta: { ddi: "WdfDmaTransactionAllocateResources", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION: {
          description: "Now or not at all, until Release (S0-24).",
          meta: { ddi: "WdfDmaTransactionSetImmediateExecution", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_RELEASE: {
          target: "released",
          description: "Nothing to release.",
          meta: { ddi: "WdfDmaTransactionRelease", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_OBJECT_DELETE: {
          target: "deleted",
          description: "Deleted without use.",
          meta: { ddi: "WdfObjectDelete", irql: "<= DISPATCH_LEVEL" },
        },
        "*": {
          description: "Everything else needs a buffer: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "1" } },
        },
      },
    },
    reserved: {
      description: "State 2: map registers are kept for it, or on their way.",
      tags: ["cancellable"],
      on: {
        WDF_DMA_TRANSACTION_INITIALIZE: {
          target: "initialized",
          description: "The transfer will use the registers that are kept.",
          meta: { ddi: "WdfDmaTransactionInitialize", irql: "<= DISPATCH_LEVEL" },
        },
        TRANSFER_FAILED: { target: "transferFailed", description: "The HAL refused the registers." },
        WDF_DMA_TRANSACTION_FREE_RESOURCES: {
          target: "released",
          description: "The registers go back unused.",
          meta: { ddi: "WdfDmaTransactionFreeResources", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_CANCEL: [
          {
            guard: "cancelled",
            target: "transferFailed",
            description: "TRUE: the waiting request was taken back.",
            meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
          },
          {
            description: "FALSE: the registers were granted already.",
            meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_RELEASE: {
          target: "released",
          description: "The transaction is released, its registers stay until FreeResources or deletion.",
          meta: { ddi: "WdfDmaTransactionRelease", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_OBJECT_DELETE: {
          target: "deleted",
          description: "Deleted; the registers go back.",
          meta: { ddi: "WdfObjectDelete", irql: "<= DISPATCH_LEVEL" },
        },
        "*": {
          description: "Anything else: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "2" } },
        },
      },
    },
    initialized: {
      description: "State 3: ready to execute.",
      tags: ["cancellable"],
      on: {
        INITIALIZE_FAILED: {
          target: "released",
          description: "One transfer is demanded and not enough, the buffer is too fragmented, or memory is short.",
        },
        WDF_DMA_TRANSACTION_GET_TRANSFER_INFO: {
          description: "How many map registers and elements it will take.",
          meta: { ddi: "WdfDmaTransactionGetTransferInfo", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES: {
          target: "reserved",
          description: "A count of 0 means: as many as the buffer needs. The buffer is forgotten.",
          meta: { ddi: "WdfDmaTransactionAllocateResources", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION: {
          description: "Now or not at all, until Release (S0-24).",
          meta: { ddi: "WdfDmaTransactionSetImmediateExecution", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_EXECUTE: {
          target: "transfer",
          description: "Before the HAL is asked, since EvtProgramDma may run inside the call.",
          meta: { ddi: "WdfDmaTransactionExecute", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_FREE_RESOURCES: {
          target: "released",
          description: "Kept registers go back, and the buffer is forgotten.",
          meta: { ddi: "WdfDmaTransactionFreeResources", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_CANCEL: [
          {
            guard: "cancelled",
            target: "transferFailed",
            description: "TRUE although nothing waits: the HAL latches it for the next allocation.",
            meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
          },
          {
            description: "FALSE: nothing to cancel.",
            meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_RELEASE: {
          target: "released",
          description: "Released without use.",
          meta: { ddi: "WdfDmaTransactionRelease", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_OBJECT_DELETE: {
          target: "deleted",
          description: "Deleted without use.",
          meta: { ddi: "WdfObjectDelete", irql: "<= DISPATCH_LEVEL" },
        },
        "*": {
          description: "Anything else: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "3" } },
        },
      },
    },
    transfer: {
      description: "State 4: a fragment waits for resources, or the device has it.",
      tags: ["cancellable"],
      on: {
        TRANSFER_FAILED: { target: "transferFailed", description: "The HAL refused this fragment." },
        WDF_DMA_TRANSACTION_DMA_COMPLETED: [
          {
            guard: "residueOfSingle",
            target: "transferFailed",
            description: "Bytes are left, and one transfer was all it may take.",
            actions: { type: "refuse", params: { status: "STATUS_WDF_TOO_MANY_TRANSFERS" } },
            meta: { ddi: "WdfDmaTransactionDmaCompleted", irql: "<= DISPATCH_LEVEL" },
          },
          {
            guard: "moreToDo",
            target: "transfer",
            description: "FALSE: the next fragment is on its way.",
            actions: { type: "refuse", params: { status: "STATUS_MORE_PROCESSING_REQUIRED" } },
            meta: { ddi: "WdfDmaTransactionDmaCompleted", irql: "<= DISPATCH_LEVEL" },
          },
          {
            target: "transferCompleted",
            description: "TRUE: that was the last byte.",
            meta: { ddi: "WdfDmaTransactionDmaCompleted", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_DMA_COMPLETED_WITH_LENGTH: [
          {
            guard: "beyondFragment",
            target: "transferFailed",
            description: "TRUE: more bytes than the device was given.",
            actions: { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            meta: { ddi: "WdfDmaTransactionDmaCompletedWithLength", irql: "<= DISPATCH_LEVEL" },
          },
          {
            guard: "residueOfSingle",
            target: "transferFailed",
            description: "Bytes are left, and one transfer was all it may take.",
            actions: { type: "refuse", params: { status: "STATUS_WDF_TOO_MANY_TRANSFERS" } },
            meta: { ddi: "WdfDmaTransactionDmaCompletedWithLength", irql: "<= DISPATCH_LEVEL" },
          },
          {
            guard: "moreToDo",
            target: "transfer",
            description: "FALSE: the rest follows from where the device stopped; 0 bytes repeat the fragment.",
            actions: { type: "refuse", params: { status: "STATUS_MORE_PROCESSING_REQUIRED" } },
            meta: { ddi: "WdfDmaTransactionDmaCompletedWithLength", irql: "<= DISPATCH_LEVEL" },
          },
          {
            target: "transferCompleted",
            description: "TRUE: that was the last byte.",
            meta: { ddi: "WdfDmaTransactionDmaCompletedWithLength", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_DMA_COMPLETED_FINAL: [
          {
            guard: "beyondFragment",
            target: "transferFailed",
            description: "TRUE: more bytes than the device was given. The page says FALSE.",
            actions: { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            meta: { ddi: "WdfDmaTransactionDmaCompletedFinal", irql: "<= DISPATCH_LEVEL" },
          },
          {
            guard: "residueOfSingle",
            target: "transferFailed",
            description: "Bytes are left, and one transfer was all it may take.",
            actions: { type: "refuse", params: { status: "STATUS_WDF_TOO_MANY_TRANSFERS" } },
            meta: { ddi: "WdfDmaTransactionDmaCompletedFinal", irql: "<= DISPATCH_LEVEL" },
          },
          {
            target: "transferCompleted",
            description: "TRUE: the device's last word, whatever is left.",
            meta: { ddi: "WdfDmaTransactionDmaCompletedFinal", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_CANCEL: [
          {
            guard: "cancelled",
            target: "transferFailed",
            description: "TRUE: it still waited, EvtProgramDma will not run.",
            meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
          },
          {
            description: "FALSE: EvtProgramDma ran or is about to.",
            meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_RELEASE: {
          target: "released",
          description: "Memory taken from under the device: bug check with the verifier on, else it proceeds.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "4" } },
        },
        WDF_OBJECT_DELETE: {
          target: "deleted",
          description: "Memory taken from under the device: bug check with the verifier on, else it proceeds.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "4" } },
        },
        "*": {
          description: "Anything else: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "4" } },
        },
      },
    },
    transferCompleted: {
      description: "State 5: done, nothing held; the driver still owns the request.",
      tags: ["cancellable"],
      on: {
        WDF_DMA_TRANSACTION_CANCEL: {
          description: "FALSE: nothing waits any more.",
          meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_FREE_RESOURCES: {
          target: "released",
          description: "Kept registers go back.",
          meta: { ddi: "WdfDmaTransactionFreeResources", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_RELEASE: {
          target: "released",
          description: "Ready to be initialised again.",
          meta: { ddi: "WdfDmaTransactionRelease", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_OBJECT_DELETE: {
          target: "deleted",
          description: "Deleted after use.",
          meta: { ddi: "WdfObjectDelete", irql: "<= DISPATCH_LEVEL" },
        },
        "*": {
          description: "Anything else: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "5" } },
        },
      },
    },
    transferFailed: {
      description: "State 6: refused, cancelled or failed; nothing held.",
      tags: ["cancellable"],
      on: {
        WDF_DMA_TRANSACTION_CANCEL: {
          description: "Failed already.",
          meta: { ddi: "WdfDmaTransactionCancel", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_FREE_RESOURCES: {
          target: "released",
          description: "Kept registers go back.",
          meta: { ddi: "WdfDmaTransactionFreeResources", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_RELEASE: {
          target: "released",
          description: "Ready to be initialised again.",
          meta: { ddi: "WdfDmaTransactionRelease", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_OBJECT_DELETE: {
          target: "deleted",
          description: "Deleted after use.",
          meta: { ddi: "WdfObjectDelete", irql: "<= DISPATCH_LEVEL" },
        },
        "*": {
          description: "Anything else: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "6" } },
        },
      },
    },
    released: {
      description: "State 7: as new, except that registers of AllocateResources may still be kept.",
      on: {
        WDF_DMA_TRANSACTION_INITIALIZE: {
          target: "initialized",
          description: "The next request uses the same object.",
          meta: { ddi: "WdfDmaTransactionInitialize", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES: [
          {
            guard: "withoutCount",
            description: "No count, and no buffer to take it from.",
            actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "7" } },
          },
          {
            target: "reserved",
            description: "Map registers are asked for ahead of the transfer.",
            meta: { ddi: "WdfDmaTransactionAllocateResources", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        WDF_DMA_TRANSACTION_FREE_RESOURCES: {
          target: "released",
          description: "Kept registers go back.",
          meta: { ddi: "WdfDmaTransactionFreeResources", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION: {
          description: "Now or not at all, until Release (S0-24).",
          meta: { ddi: "WdfDmaTransactionSetImmediateExecution", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_DMA_TRANSACTION_RELEASE: {
          description: "Released already: harmless. The page says STATUS_INVALID_DEVICE_STATE.",
          meta: { ddi: "WdfDmaTransactionRelease", irql: "<= DISPATCH_LEVEL" },
        },
        WDF_OBJECT_DELETE: {
          target: "deleted",
          description: "Deleted after use.",
          meta: { ddi: "WdfObjectDelete", irql: "<= DISPATCH_LEVEL" },
        },
        "*": {
          description: "Anything else: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "7" } },
        },
      },
    },
    deleted: {
      description: "State 8: the handle is invalid.",
      on: {
        "*": {
          description: "The object is gone: bug check 0x10D, first parameter 8.",
          actions: { type: "misuse", params: { rule: "WdfTransactionWrongState", misuseKind: "8" } },
        },
      },
    },
  },
});
