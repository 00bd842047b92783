/**
 * The life of one DMA_ADAPTER: obtained, used by one builder at a time, put.
 *
 * The adapter has exactly one channel. A routine-less synchronous Build holds it until FreeAdapterObject; a form with
 * a routine holds it until the routine has returned. Lists, kept map registers and common buffers are counted, because
 * each of them keeps a reference: PutDmaAdapter is legal only when none is left. Windows DDI: IoGetDmaAdapter,
 * PutDmaAdapter, FreeAdapterObject; S0-2 … S0-7, S0-12, S2-11.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** IO_ALLOCATION_ACTION, as wdm.h names it. */
export type IoAllocationAction = "KeepObject" | "DeallocateObject" | "DeallocateObjectKeepRegisters";

/** What an adapter counts. */
export interface DmaAdapterContext {
  /** N: the most map registers one transfer may use. Fixed for life by IoGetDmaAdapter. */
  numberOfMapRegisters: number;
  /** Lists built and not put. Each keeps a reference (S0-7). */
  lists: number;
  /** Allocations of map registers kept after AdapterControl (DeallocateObjectKeepRegisters). */
  keptRegisters: number;
  /** Common buffers allocated and not freed. */
  commonBuffers: number;
  /** Asynchronous requests in line for the channel or for map registers. */
  waiting: number;
  /** True right after a refused request: FreeAdapterObject is then tolerated with a warning. */
  refusedLast: boolean;
}

/** What a caller asks of the channel. The facts that live elsewhere (pool, memory) come with the event. */
export interface ChannelDemand {
  /** R: map registers that this transfer needs. */
  registers: number;
  /** DMA_SYNCHRONOUS_CALLBACK: now or not at all. */
  synchronous: boolean;
  /** An execution routine was given, so the channel is released when it returns. */
  withRoutine: boolean;
  /** The pool has the registers that would really be taken, and nobody waits for it. */
  registersAvailable: boolean;
  /** The routine needs no pool memory, or got it. */
  memoryAvailable: boolean;
}

/** The calls and happenings of an adapter's life. `CALL` is any routine that needs the adapter and changes nothing. */
export type DmaAdapterEvent =
  | { type: "IO_GET_DMA_ADAPTER" }
  | { type: "CALL" }
  | { type: "BUILD_SCATTER_GATHER_LIST" } & ChannelDemand
  | { type: "ALLOCATE_ADAPTER_CHANNEL" } & ChannelDemand
  | { type: "GRANT"; form: "list" | "channel" }
  | { type: "CANCEL_ADAPTER_CHANNEL" }
  | { type: "ROUTINE_RETURNED"; action: IoAllocationAction }
  | { type: "FREE_ADAPTER_OBJECT"; action: IoAllocationAction }
  | { type: "FREE_ADAPTER_CHANNEL" }
  | { type: "FREE_MAP_REGISTERS" }
  | { type: "PUT_SCATTER_GATHER_LIST" }
  | { type: "ALLOCATE_COMMON_BUFFER" }
  | { type: "FREE_COMMON_BUFFER" }
  | { type: "PUT_DMA_ADAPTER" }
  | { type: "DRIVER_UNLOAD" };

/** The states of an adapter. `live` says who holds the channel. */
export type DmaAdapterState =
  | "absent"
  | { live: "free" | "heldByList" | "heldByChannel" | "inListRoutine" | "inChannelRoutine" | "kept" }
  | "released";

/** `channelHeld`: nobody else may build on this adapter now. */
export type DmaAdapterTag = "live" | "channelHeld";

/** What IoGetDmaAdapter fixed. */
export interface DmaAdapterInput {
  /** N, as returned through NumberOfMapRegisters. */
  numberOfMapRegisters: number;
}

/** The lifecycle of a DMA adapter. */
export const dmaAdapterMachine: Lifecycle<
  DmaAdapterContext,
  DmaAdapterEvent,
  DmaAdapterState,
  DmaAdapterTag,
  DmaAdapterInput
> = setup({
  types: {
    context: {} as DmaAdapterContext,
    events: {} as DmaAdapterEvent,
    emitted: {} as LifecycleNote,
    input: {} as DmaAdapterInput,
    meta: {} as LifecycleMeta,
    tags: {} as DmaAdapterTag,
  },
  guards: {
    withoutRoutineOrWait: ({ event }) => "synchronous" in event && !event.synchronous && !event.withRoutine,
    exceedsLimit: ({ context, event }) => "registers" in event && event.registers > context.numberOfMapRegisters,
    lacksMemory: ({ event }) => "memoryAvailable" in event && !event.memoryAvailable,
    synchronous: ({ event }) => "synchronous" in event && event.synchronous,
    synchronousWithinLimit: ({ context, event }) =>
      "synchronous" in event && event.synchronous && event.registers <= context.numberOfMapRegisters,
    onlyRegistersMissing: ({ context, event }) =>
      "synchronous" in event && event.synchronous && !event.registersAvailable && context.waiting === 0 &&
      event.registers <= context.numberOfMapRegisters &&
      (event.type === "ALLOCATE_ADAPTER_CHANNEL" || event.memoryAvailable),
    grantable: ({ context, event }) =>
      "synchronous" in event && event.registersAvailable && context.waiting === 0 &&
      event.registers <= context.numberOfMapRegisters && (event.synchronous || event.withRoutine) &&
      (event.type === "ALLOCATE_ADAPTER_CHANNEL" || event.memoryAvailable),
    grantableWithRoutine: ({ context, event }) =>
      "synchronous" in event && event.registersAvailable && context.waiting === 0 &&
      event.registers <= context.numberOfMapRegisters && event.withRoutine &&
      (event.type === "ALLOCATE_ADAPTER_CHANNEL" || event.memoryAvailable),
    someoneWaits: ({ context }) => context.waiting > 0,
    forList: ({ context, event }) => event.type === "GRANT" && event.form === "list" && context.waiting > 0,
    keepObject: ({ event }) => "action" in event && event.action === "KeepObject",
    deallocate: ({ event }) => "action" in event && event.action === "DeallocateObject",
    deallocateUnderList: ({ context, event }) =>
      "action" in event && event.action === "DeallocateObject" && context.lists > 0,
    keepRegisters: ({ event }) => "action" in event && event.action === "DeallocateObjectKeepRegisters",
    refusedJustNow: ({ context }) => context.refusedLast,
    hasList: ({ context }) => context.lists > 0,
    hasKeptRegisters: ({ context }) => context.keptRegisters > 0,
    hasCommonBuffer: ({ context }) => context.commonBuffers > 0,
    nothingLeft: ({ context }) => context.lists + context.keptRegisters + context.commonBuffers + context.waiting === 0,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
    rememberRefusal: assign({ refusedLast: true }),
    forgetRefusal: assign({ refusedLast: false }),
    joinLine: assign({ waiting: ({ context }) => context.waiting + 1, refusedLast: false }),
    leaveLine: assign({ waiting: ({ context }) => context.waiting - 1 }),
    addList: assign({ lists: ({ context }) => context.lists + 1, refusedLast: false }),
    dropList: assign({ lists: ({ context }) => context.lists - 1 }),
    keepMapRegisters: assign({ keptRegisters: ({ context }) => context.keptRegisters + 1 }),
    dropMapRegisters: assign({ keptRegisters: ({ context }) => context.keptRegisters - 1 }),
    addCommonBuffer: assign({ commonBuffers: ({ context }) => context.commonBuffers + 1 }),
    dropCommonBuffer: assign({ commonBuffers: ({ context }) => context.commonBuffers - 1 }),
    nameLeftovers: enqueueActions(({ context, enqueue }) => {
      if (context.lists > 0) enqueue.emit({ type: "misuse", rule: "PutAdapterWithSgl" });
      if (context.keptRegisters > 0) enqueue.emit({ type: "misuse", rule: "PutAdapterWithMapRegisters" });
      if (context.commonBuffers > 0) enqueue.emit({ type: "misuse", rule: "PutAdapterWithCommonBuffers" });
      if (context.waiting > 0) enqueue.emit({ type: "misuse", rule: "AdapterRefLeak" });
    }),
  },
}).createMachine({
  id: "dmaAdapter",
  description: "One DMA_ADAPTER with its single channel and everything that keeps a reference on it.",
  context: ({ input }) => ({
    numberOfMapRegisters: input.numberOfMapRegisters,
    lists: 0,
    keptRegisters: 0,
    commonBuffers: 0,
    waiting: 0,
    refusedLast: false,
  }),
  initial: "absent",
  states: {
    absent: {
      description: "Not obtained yet: calls would pass a NULL adapter.",
      on: {
        IO_GET_DMA_ADAPTER: {
          target: "live",
          description: "The device was described; N is fixed for life.",
          meta: { ddi: "IoGetDmaAdapter", irql: "= PASSIVE_LEVEL" },
        },
        DRIVER_UNLOAD: { description: "The driver goes, and never had it." },
        "*": { description: "No adapter.", actions: { type: "misuse", params: { rule: "NullAdapter" } } },
      },
    },
    live: {
      description:
        "Obtained. One holder of the channel at a time; a substate says only what differs from a held channel.",
      tags: ["live"],
      initial: "free",
      on: {
        CALL: { description: "A query, or a routine on something that the adapter made: legal as long as it lives." },
        BUILD_SCATTER_GATHER_LIST: [
          {
            guard: "withoutRoutineOrWait",
            description: "Asynchronous without an execution routine: nobody could be told.",
            actions: [{ type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } }, "rememberRefusal"],
            meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
          },
          {
            guard: "exceedsLimit",
            description: "R > N: permanent, no retry helps.",
            actions: [
              { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit" } },
              "rememberRefusal",
            ],
            meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
          },
          {
            guard: "lacksMemory",
            description: "The routine allocates and the pool said no (Get… only, S4-1).",
            actions: [
              { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory" } },
              "rememberRefusal",
            ],
            meta: { ddi: "GetScatterGatherListEx", irql: "<= DISPATCH_LEVEL" },
          },
          {
            guard: "synchronous",
            description: "The channel is held, or others wait for it: synchronous callers are never queued.",
            actions: [
              { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" } },
              "rememberRefusal",
            ],
            meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
          },
          {
            description: "Asynchronous: joins the line, STATUS_SUCCESS, the routine comes later (S2-15).",
            actions: ["joinLine", { type: "refuse", params: { status: "STATUS_PENDING" } }],
            meta: { ddi: "GetScatterGatherList", irql: "= DISPATCH_LEVEL" },
          },
        ],
        ALLOCATE_ADAPTER_CHANNEL: [
          {
            guard: "withoutRoutineOrWait",
            description: "Asynchronous without an execution routine: nobody could be told.",
            actions: [{ type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } }, "rememberRefusal"],
            meta: { ddi: "AllocateAdapterChannelEx", irql: "= DISPATCH_LEVEL" },
          },
          {
            guard: "exceedsLimit",
            description: "n > N: the callback will never run.",
            actions: [
              { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit" } },
              "rememberRefusal",
            ],
            meta: { ddi: "AllocateAdapterChannel", irql: "= DISPATCH_LEVEL" },
          },
          {
            guard: "synchronous",
            description: "The channel is held, or others wait for it: synchronous callers are never queued.",
            actions: [
              { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" } },
              "rememberRefusal",
            ],
            meta: { ddi: "AllocateAdapterChannelEx", irql: "= DISPATCH_LEVEL" },
          },
          {
            description: "Asynchronous: joins the line.",
            actions: ["joinLine", { type: "refuse", params: { status: "STATUS_PENDING" } }],
            meta: { ddi: "AllocateAdapterChannel", irql: "= DISPATCH_LEVEL" },
          },
        ],
        FREE_ADAPTER_OBJECT: [
          {
            guard: "refusedJustNow",
            description: "FreeAdapterObject although the Build just failed: tolerated with a warning.",
            actions: ["forgetRefusal", { type: "misuse", params: { rule: "FreeWithoutGrant" } }],
          },
          {
            guard: "keepObject",
            description: "KeepObject has no effect, whoever holds the channel.",
            actions: { type: "misuse", params: { rule: "FreeAdapterObjectKeepObject" } },
          },
          {
            description: "Freed twice, or freed in a callback form, where the HAL itself releases the channel.",
            actions: { type: "misuse", params: { rule: "ChannelDoubleFree" } },
          },
        ],
        FREE_ADAPTER_CHANNEL: {
          description: "Freed twice, or freed in a callback form, where the HAL itself releases the channel.",
          actions: { type: "misuse", params: { rule: "ChannelDoubleFree" } },
        },
        PUT_SCATTER_GATHER_LIST: [
          {
            guard: "hasList",
            actions: "dropList",
            description: "A list goes back; its reference is dropped.",
            meta: { ddi: "PutScatterGatherList", irql: "= DISPATCH_LEVEL" },
          },
          {
            description: "More lists put than were ever built.",
            actions: { type: "misuse", params: { rule: "SglDoublePut" } },
          },
        ],
        FREE_MAP_REGISTERS: [
          {
            guard: "hasKeptRegisters",
            actions: "dropMapRegisters",
            description: "Kept map registers go back.",
            meta: { ddi: "FreeMapRegisters", irql: "= DISPATCH_LEVEL" },
          },
          {
            description: "More map registers freed than were kept.",
            actions: { type: "misuse", params: { rule: "MapRegistersDoubleFree" } },
          },
        ],
        ALLOCATE_COMMON_BUFFER: {
          actions: "addCommonBuffer",
          description: "A common buffer keeps a reference until it is freed.",
          meta: { ddi: "AllocateCommonBuffer", irql: "= PASSIVE_LEVEL" },
        },
        FREE_COMMON_BUFFER: [
          {
            guard: "hasCommonBuffer",
            actions: "dropCommonBuffer",
            description: "A common buffer goes back.",
            meta: { ddi: "FreeCommonBuffer", irql: "= PASSIVE_LEVEL" },
          },
          {
            description: "More common buffers freed than were allocated.",
            actions: { type: "misuse", params: { rule: "CommonBufferDoubleFree" } },
          },
        ],
        CANCEL_ADAPTER_CHANNEL: [
          {
            guard: "someoneWaits",
            actions: "leaveLine",
            description: "A waiting request is taken back; its routine will not run.",
            meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
          },
          {
            description: "Nobody waits: the call answers FALSE.",
            meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
          },
        ],
        PUT_DMA_ADAPTER: {
          target: "released",
          description: "The channel is still held: FreeAdapterObject or FreeAdapterChannel was forgotten.",
          actions: ["nameLeftovers", { type: "misuse", params: { rule: "PutAdapterWithChannel" } }],
        },
        DRIVER_UNLOAD: {
          description: "The driver has gone, the adapter was never put, and its channel is still held.",
          actions: [
            { type: "misuse", params: { rule: "ChannelNeverFreed" } },
            { type: "misuse", params: { rule: "AdapterNotPut" } },
          ],
        },
        "*": {
          description: "Anything an adapter does not know here.",
          actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
        },
      },
      states: {
        free: {
          description: "Nobody holds the channel. What cannot be granted is refused or queued as when it is held.",
          on: {
            BUILD_SCATTER_GATHER_LIST: [
              {
                guard: "onlyRegistersMissing",
                description: "The map registers are held by others; a Put by anybody unblocks it.",
                actions: [
                  { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "poolExhausted" } },
                  "rememberRefusal",
                ],
                meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
              },
              {
                guard: "grantableWithRoutine",
                target: "inListRoutine",
                actions: "addList",
                description: "Granted at once; AdapterListControl runs and the channel is free when it returns.",
                meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
              },
              {
                guard: "grantable",
                target: "heldByList",
                actions: "addList",
                description: "Granted without routine: held until FreeAdapterObject (S0-4).",
                meta: { ddi: "BuildScatterGatherListEx", irql: "= DISPATCH_LEVEL" },
              },
            ],
            ALLOCATE_ADAPTER_CHANNEL: [
              {
                guard: "onlyRegistersMissing",
                description: "The map registers are held by others.",
                actions: [
                  { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "poolExhausted" } },
                  "rememberRefusal",
                ],
                meta: { ddi: "AllocateAdapterChannelEx", irql: "= DISPATCH_LEVEL" },
              },
              {
                guard: "grantableWithRoutine",
                target: "inChannelRoutine",
                actions: "forgetRefusal",
                description: "Granted at once; AdapterControl runs.",
                meta: { ddi: "AllocateAdapterChannel", irql: "= DISPATCH_LEVEL" },
              },
              {
                guard: "grantable",
                target: "heldByChannel",
                actions: "forgetRefusal",
                description: "Granted without routine: held until FreeAdapterObject.",
                meta: { ddi: "AllocateAdapterChannelEx", irql: "= DISPATCH_LEVEL" },
              },
            ],
            GRANT: [
              {
                guard: "forList",
                target: "inListRoutine",
                actions: ["leaveLine", "addList"],
                description: "The head of the line gets its list; AdapterListControl runs.",
                meta: { ddi: "AdapterListControl", irql: "= DISPATCH_LEVEL" },
              },
              {
                guard: "someoneWaits",
                target: "inChannelRoutine",
                actions: "leaveLine",
                description: "The head of the line gets the channel; AdapterControl runs.",
                meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
              },
              {
                description: "Nobody waits.",
                actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
              },
            ],
            PUT_DMA_ADAPTER: [
              {
                guard: "nothingLeft",
                target: "#dmaAdapter.released",
                description: "Everything was returned first.",
                meta: { ddi: "PutDmaAdapter", irql: "<= DISPATCH_LEVEL" },
              },
              {
                target: "#dmaAdapter.released",
                actions: "nameLeftovers",
                description: "Leftovers: the blue screen at unload (S0-2).",
              },
            ],
            DRIVER_UNLOAD: {
              description: "The driver has gone, and the adapter was never put.",
              actions: { type: "misuse", params: { rule: "AdapterNotPut" } },
            },
          },
        },
        heldByList: {
          description: "A routine-less synchronous Build holds the channel until FreeAdapterObject.",
          tags: ["channelHeld"],
          on: {
            FREE_ADAPTER_OBJECT: [
              {
                guard: "keepRegisters",
                target: "free",
                description: "The channel is free, the list keeps its registers: step 4 of the recipe (S0-16).",
                meta: { ddi: "FreeAdapterObject", irql: "<= DISPATCH_LEVEL" },
              },
              {
                guard: "deallocateUnderList",
                target: "free",
                description: "DeallocateObject frees registers that Put will free again.",
                actions: { type: "misuse", params: { rule: "RegistersFreedUnderSgl" } },
              },
              {
                guard: "deallocate",
                target: "free",
                description: "The list was put first and took its registers along: freed twice.",
                actions: { type: "misuse", params: { rule: "MapRegistersDoubleFree" } },
              },
              {
                description: "KeepObject has no effect: the channel stays held.",
                actions: { type: "misuse", params: { rule: "FreeAdapterObjectKeepObject" } },
              },
            ],
            FREE_ADAPTER_CHANNEL: [
              {
                guard: "hasList",
                target: "free",
                description: "Same as FreeAdapterObject(DeallocateObject): registers freed under a live list.",
                actions: { type: "misuse", params: { rule: "RegistersFreedUnderSgl" } },
              },
              {
                target: "free",
                description: "The list was put first and took its registers along: freed twice.",
                actions: { type: "misuse", params: { rule: "MapRegistersDoubleFree" } },
              },
            ],
            BUILD_SCATTER_GATHER_LIST: {
              guard: "synchronousWithinLimit",
              description: "A second builder before FreeAdapterObject (S0-12).",
              actions: [
                { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" } },
                { type: "misuse", params: { rule: "ChannelOverlap" } },
              ],
            },
            ALLOCATE_ADAPTER_CHANNEL: {
              guard: "synchronousWithinLimit",
              description: "A second allocation before FreeAdapterObject.",
              actions: [
                { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" } },
                { type: "misuse", params: { rule: "ChannelOverlap" } },
              ],
            },
          },
        },
        heldByChannel: {
          description: "A routine-less AllocateAdapterChannelEx holds the channel until FreeAdapterObject.",
          tags: ["channelHeld"],
          on: {
            FREE_ADAPTER_OBJECT: [
              {
                guard: "keepRegisters",
                target: "free",
                actions: "keepMapRegisters",
                description: "Channel free, registers kept until FreeMapRegisters.",
                meta: { ddi: "FreeAdapterObject", irql: "<= DISPATCH_LEVEL" },
              },
              {
                guard: "deallocate",
                target: "free",
                description: "DeallocateObject: channel and registers free.",
                meta: { ddi: "FreeAdapterObject", irql: "<= DISPATCH_LEVEL" },
              },
              {
                description: "KeepObject has no effect: the channel stays held.",
                actions: { type: "misuse", params: { rule: "FreeAdapterObjectKeepObject" } },
              },
            ],
            FREE_ADAPTER_CHANNEL: {
              target: "free",
              description: "The version 3 pattern page ends this way; same as DeallocateObject.",
              meta: { ddi: "FreeAdapterChannel", irql: "= DISPATCH_LEVEL" },
            },
            BUILD_SCATTER_GATHER_LIST: {
              guard: "synchronousWithinLimit",
              description: "A Build before FreeAdapterObject.",
              actions: [
                { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" } },
                { type: "misuse", params: { rule: "ChannelOverlap" } },
              ],
            },
            ALLOCATE_ADAPTER_CHANNEL: {
              guard: "synchronousWithinLimit",
              description: "A second allocation before FreeAdapterObject.",
              actions: [
                { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" } },
                { type: "misuse", params: { rule: "ChannelOverlap" } },
              ],
            },
          },
        },
        inListRoutine: {
          description:
            "AdapterListControl runs; the channel is free when it returns, the registers stay with the list.",
          tags: ["channelHeld"],
          on: {
            ROUTINE_RETURNED: {
              target: "free",
              description: "The HAL releases the channel itself: no FreeAdapterObject in this form.",
              meta: { ddi: "AdapterListControl", irql: "= DISPATCH_LEVEL" },
            },
          },
        },
        inChannelRoutine: {
          description: "AdapterControl runs and will say what happens to channel and registers.",
          tags: ["channelHeld"],
          on: {
            ROUTINE_RETURNED: [
              {
                guard: "keepObject",
                target: "kept",
                description: "System DMA: the channel stays with the driver.",
                meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
              },
              {
                guard: "keepRegisters",
                target: "free",
                actions: "keepMapRegisters",
                description: "Bus master: channel free, registers kept until FreeMapRegisters.",
                meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
              },
              {
                target: "free",
                description: "Bus master: everything released.",
                meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
              },
            ],
            ALLOCATE_ADAPTER_CHANNEL: {
              description: "Blocking a second time for DMA resources crashes (S2-11).",
              actions: [
                { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" } },
                { type: "misuse", params: { rule: "SecondChannelInAdapterControl" } },
              ],
            },
          },
        },
        kept: {
          description: "AdapterControl returned KeepObject (system DMA): the driver frees the channel itself.",
          tags: ["channelHeld"],
          on: {
            FREE_ADAPTER_CHANNEL: {
              target: "free",
              description: "Channel and registers are free; the line moves on.",
              meta: { ddi: "FreeAdapterChannel", irql: "= DISPATCH_LEVEL" },
            },
            FREE_ADAPTER_OBJECT: [
              {
                guard: "keepRegisters",
                target: "free",
                actions: "keepMapRegisters",
                description: "Channel free, registers kept.",
                meta: { ddi: "FreeAdapterObject", irql: "<= DISPATCH_LEVEL" },
              },
              {
                guard: "deallocate",
                target: "free",
                description: "Channel and registers are free.",
                meta: { ddi: "FreeAdapterObject", irql: "<= DISPATCH_LEVEL" },
              },
              {
                description: "KeepObject has no effect: the channel stays held.",
                actions: { type: "misuse", params: { rule: "FreeAdapterObjectKeepObject" } },
              },
            ],
          },
        },
      },
    },
    released: {
      description: "Put. The pointer is dangling.",
      on: {
        DRIVER_UNLOAD: { description: "The driver goes, and has put it: as it should be." },
        "*": {
          description: "Any call on a released adapter.",
          actions: { type: "misuse", params: { rule: "UseAfterPutAdapter" } },
        },
      },
    },
  },
});
