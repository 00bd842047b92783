/**
 * The life of one DMA transfer context: caller's memory that must be initialised before each transaction and belongs
 * to exactly one request at a time. Windows DDI: InitializeDmaTransferContext, CancelAdapterChannel,
 * CancelMappedTransfer; S0-8.
 */
import { emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** `ALLOCATE` is a channel or list routine that names this context; `GRANT`, `QUEUE`, `REFUSE` is its outcome. */
export type TransferContextEvent =
  | { type: "INITIALIZE_DMA_TRANSFER_CONTEXT" }
  | { type: "ALLOCATE" }
  | { type: "GRANT" }
  | { type: "QUEUE" }
  | { type: "REFUSE" }
  | { type: "RELEASE" }
  | { type: "CANCEL_ADAPTER_CHANNEL" }
  | { type: "CANCEL_MAPPED_TRANSFER" }
  | { type: "FLUSH" };

/** The states of a transfer context. */
export type TransferContextState =
  | "raw"
  | "initialised"
  | "asked"
  | "pending"
  | "inUse"
  | "mappedCancelled"
  | "spent"
  | "cancelLatched";

/** `busy`: the HAL may write this memory; it must neither be freed nor initialised again. */
export type TransferContextTag = "busy";

/** The lifecycle of a transfer context. */
export const transferContextMachine: Lifecycle<
  Record<string, never>,
  TransferContextEvent,
  TransferContextState,
  TransferContextTag
> = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as TransferContextEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as TransferContextTag,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
  },
}).createMachine({
  id: "transferContext",
  description: "Memory of DMA_TRANSFER_CONTEXT_SIZE_V1 bytes that stands for one transaction.",
  context: {},
  initial: "raw",
  on: {
    "*": {
      description: "Anything a context does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    raw: {
      description: "Memory nobody initialised.",
      on: {
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          target: "initialised",
          description: "Ready for one transaction.",
          meta: { ddi: "InitializeDmaTransferContext", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE: {
          description: "Used without initialising it: undefined on Windows; we refuse it.",
          actions: [
            { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            { type: "misuse", params: { rule: "TransferContextNotInitialised" } },
          ],
        },
        CANCEL_ADAPTER_CHANNEL: {
          description: "Cancelled without ever being initialised.",
          actions: { type: "misuse", params: { rule: "TransferContextNotInitialised" } },
        },
        CANCEL_MAPPED_TRANSFER: {
          description: "Cancelled without ever being initialised.",
          actions: { type: "misuse", params: { rule: "TransferContextNotInitialised" } },
        },
      },
    },
    initialised: {
      description: "Good for exactly one transaction.",
      on: {
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          target: "initialised",
          description: "Initialised again: harmless.",
          meta: { ddi: "InitializeDmaTransferContext", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE: {
          target: "asked",
          description: "A channel or list routine was called with it.",
          meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
        },
        CANCEL_ADAPTER_CHANNEL: {
          target: "cancelLatched",
          description: "A successful cancel before the allocation cancels the next allocation with it.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    asked: {
      description: "Inside the routine: granted, queued or refused next.",
      tags: ["busy"],
      on: {
        GRANT: { target: "inUse", description: "Resources at once." },
        QUEUE: { target: "pending", description: "Asynchronous and something is missing: in line." },
        REFUSE: { target: "spent", description: "Not granted; initialise it again before the next try." },
        CANCEL_ADAPTER_CHANNEL: {
          target: "asked",
          description: "From another processor, before the outcome is known: undocumented; we answer FALSE.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE: {
          description: "One context for two requests.",
          actions: [
            { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            { type: "misuse", params: { rule: "TransferContextBusy" } },
          ],
        },
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          description: "Initialised under a transaction that still uses it.",
          actions: { type: "misuse", params: { rule: "TransferContextBusy" } },
        },
      },
    },
    pending: {
      description: "In the HAL's line: its memory holds the queue link.",
      tags: ["busy"],
      on: {
        GRANT: { target: "inUse", description: "Its turn came." },
        CANCEL_ADAPTER_CHANNEL: {
          target: "spent",
          description: "Taken back: the routine will not run, the call answers TRUE.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE: {
          description: "One context for two requests.",
          actions: [
            { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            { type: "misuse", params: { rule: "TransferContextBusy" } },
          ],
        },
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          description: "Wipes the queue link: on Windows the request is lost and hangs. We name it and keep the link.",
          actions: { type: "misuse", params: { rule: "TransferContextBusy" } },
        },
      },
    },
    inUse: {
      description: "The transaction has its channel or list.",
      tags: ["busy"],
      on: {
        RELEASE: {
          target: "spent",
          description: "FreeAdapterObject was called, or the routine returned.",
          meta: { ddi: "FreeAdapterObject", irql: "<= DISPATCH_LEVEL" },
        },
        CANCEL_ADAPTER_CHANNEL: {
          target: "inUse",
          description: "Too late: the call answers FALSE, the routine comes all the same.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
        CANCEL_MAPPED_TRANSFER: {
          target: "mappedCancelled",
          description: "System DMA stopped; a flush is still due.",
          meta: { ddi: "CancelMappedTransfer", irql: "<= DISPATCH_LEVEL" },
        },
        FLUSH: {
          target: "inUse",
          description: "A piece was flushed.",
          meta: { ddi: "FlushAdapterBuffersEx", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE: {
          description: "One context for two requests.",
          actions: [
            { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            { type: "misuse", params: { rule: "TransferContextBusy" } },
          ],
        },
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          description: "Initialised under a transaction that still uses it.",
          actions: { type: "misuse", params: { rule: "TransferContextBusy" } },
        },
      },
    },
    mappedCancelled: {
      description: "The mapped transfer was stopped; FlushAdapterBuffersEx clears the mark.",
      tags: ["busy"],
      on: {
        FLUSH: {
          target: "inUse",
          description: "The mark is cleared.",
          meta: { ddi: "FlushAdapterBuffersEx", irql: "<= DISPATCH_LEVEL" },
        },
        RELEASE: {
          target: "spent",
          description: "Released without the flush that was due.",
          actions: { type: "misuse", params: { rule: "MissingFlush" } },
        },
        CANCEL_MAPPED_TRANSFER: {
          target: "mappedCancelled",
          description: "Stopped already; the flush is still due.",
          meta: { ddi: "CancelMappedTransfer", irql: "<= DISPATCH_LEVEL" },
        },
        CANCEL_ADAPTER_CHANNEL: {
          target: "mappedCancelled",
          description: "Nothing waits any more: the call answers FALSE.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE: {
          description: "One context for two requests.",
          actions: [
            { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            { type: "misuse", params: { rule: "TransferContextBusy" } },
          ],
        },
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          description: "Initialised under a transaction that still uses it.",
          actions: { type: "misuse", params: { rule: "TransferContextBusy" } },
        },
      },
    },
    spent: {
      description: "One transaction went through it. Initialise before the next (S0-8).",
      on: {
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          target: "initialised",
          description: "Ready again.",
          meta: { ddi: "InitializeDmaTransferContext", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE: {
          target: "asked",
          description: "Works on today's Windows when strictly sequential (KMDF does it), but nothing promises it.",
          actions: { type: "misuse", params: { rule: "TransferContextNotReinitialised" } },
        },
        CANCEL_ADAPTER_CHANNEL: {
          target: "spent",
          description: "Nothing to cancel: the call answers FALSE.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
    cancelLatched: {
      description: "Cancelled before use: the next allocation is cancelled at once.",
      on: {
        ALLOCATE: {
          target: "spent",
          description: "The latched cancel takes effect.",
          actions: { type: "refuse", params: { status: "STATUS_CANCELLED" } },
          meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
        },
        INITIALIZE_DMA_TRANSFER_CONTEXT: {
          target: "initialised",
          description: "Initialising clears the latch.",
          meta: { ddi: "InitializeDmaTransferContext", irql: "<= DISPATCH_LEVEL" },
        },
        CANCEL_ADAPTER_CHANNEL: {
          target: "cancelLatched",
          description: "Still latched.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
      },
    },
  },
});
