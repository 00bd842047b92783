/**
 * The life of one grant of the Classic model: AllocateAdapterChannel, the AdapterControl routine, MapTransfer and
 * FlushAdapterBuffers, and the way the map registers go back. Windows DDI of those names; S2-4, S2-7, S2-11, S4-11.
 */
import { assign, emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams } from "./lifecycle.ts";

/** What a grant counts. */
export interface AdapterChannelContext {
  /** MapTransfer calls not covered by a flush yet. */
  mappings: number;
}

/** The calls on one grant. One flush may cover several MapTransfer calls; `mappings` says how many. */
export type AdapterChannelEvent =
  | { type: "ALLOCATE_ADAPTER_CHANNEL" }
  | { type: "GRANT" }
  | { type: "CANCEL" }
  | { type: "RETURN_KEEP_OBJECT" }
  | { type: "RETURN_DEALLOCATE_OBJECT" }
  | { type: "RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS" }
  | { type: "MAP_TRANSFER" }
  | { type: "FLUSH_ADAPTER_BUFFERS"; mappings: number }
  | { type: "FREE_ADAPTER_CHANNEL" }
  | { type: "FREE_MAP_REGISTERS" };

/** The states of a grant. */
export type AdapterChannelState = "idle" | "queued" | "inControl" | "kept" | "registersOnly";

/** `mayMap`: MapTransfer is legal. */
export type AdapterChannelTag = "mayMap";

/** The lifecycle of a Classic adapter channel grant. */
export const adapterChannelMachine: Lifecycle<
  AdapterChannelContext,
  AdapterChannelEvent,
  AdapterChannelState,
  AdapterChannelTag
> = setup({
  types: {
    context: {} as AdapterChannelContext,
    events: {} as AdapterChannelEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as AdapterChannelTag,
  },
  guards: {
    somethingMapped: ({ context }) => context.mappings > 0,
    asManyMapped: ({ context, event }) =>
      event.type === "FLUSH_ADAPTER_BUFFERS" && event.mappings > 0 && event.mappings <= context.mappings,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    addMapping: assign({ mappings: ({ context }) => context.mappings + 1 }),
    dropMappings: assign({
      mappings: ({ context, event }) =>
        context.mappings - (event.type === "FLUSH_ADAPTER_BUFFERS" ? event.mappings : 0),
    }),
    forgetMappings: assign({ mappings: 0 }),
  },
}).createMachine({
  id: "adapterChannel",
  description: "One request for the adapter channel and what is mapped through its registers.",
  context: { mappings: 0 },
  initial: "idle",
  on: {
    CANCEL: {
      description: "Nothing waits here: the call answers FALSE; a grant that came stays granted.",
      meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
    },
    "*": {
      description: "Anything a channel grant does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    idle: {
      description: "No registers.",
      on: {
        ALLOCATE_ADAPTER_CHANNEL: {
          target: "queued",
          description: "Asked for channel and registers.",
          meta: { ddi: "AllocateAdapterChannel", irql: "= DISPATCH_LEVEL" },
        },
        MAP_TRANSFER: {
          description: "Mapped without a grant.",
          actions: { type: "misuse", params: { rule: "RegisterBaseUnknown" } },
        },
        FLUSH_ADAPTER_BUFFERS: {
          description: "Nothing was ever mapped.",
          actions: { type: "misuse", params: { rule: "FlushUnmappedBuffer" } },
        },
        FREE_ADAPTER_CHANNEL: {
          description: "Nothing to free.",
          actions: { type: "misuse", params: { rule: "ChannelDoubleFree" } },
        },
        FREE_MAP_REGISTERS: {
          description: "Nothing to free.",
          actions: { type: "misuse", params: { rule: "MapRegistersDoubleFree" } },
        },
      },
    },
    queued: {
      description: "In line; one request per device object.",
      on: {
        GRANT: {
          target: "inControl",
          description: "AdapterControl runs at DISPATCH_LEVEL.",
          meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
        },
        CANCEL: {
          target: "idle",
          description: "Taken back or refused.",
          meta: { ddi: "CancelAdapterChannel", irql: "<= DISPATCH_LEVEL" },
        },
        ALLOCATE_ADAPTER_CHANNEL: {
          description: "A second request for the same device object.",
          actions: { type: "misuse", params: { rule: "SecondChannelInAdapterControl" } },
        },
        MAP_TRANSFER: {
          description: "Mapped before the grant: there is no register base yet.",
          actions: { type: "misuse", params: { rule: "RegisterBaseUnknown" } },
        },
        FLUSH_ADAPTER_BUFFERS: {
          description: "Nothing is mapped before the grant.",
          actions: { type: "misuse", params: { rule: "FlushUnmappedBuffer" } },
        },
        FREE_ADAPTER_CHANNEL: {
          description: "Freed before the grant.",
          actions: { type: "misuse", params: { rule: "ChannelDoubleFree" } },
        },
        FREE_MAP_REGISTERS: {
          description: "Freed before the grant.",
          actions: { type: "misuse", params: { rule: "MapRegistersDoubleFree" } },
        },
      },
    },
    inControl: {
      description: "AdapterControl runs: the driver maps and starts its device here.",
      tags: ["mayMap"],
      on: {
        MAP_TRANSFER: {
          target: "inControl",
          actions: "addMapping",
          description: "One physically contiguous piece mapped.",
          meta: { ddi: "MapTransfer", irql: "<= DISPATCH_LEVEL" },
        },
        FLUSH_ADAPTER_BUFFERS: [
          {
            guard: "asManyMapped",
            target: "inControl",
            actions: "dropMappings",
            description: "A finished piece flushed.",
            meta: { ddi: "FlushAdapterBuffers", irql: "<= DISPATCH_LEVEL" },
          },
          {
            description: "Nothing is mapped, or less than that.",
            actions: { type: "misuse", params: { rule: "FlushUnmappedBuffer" } },
          },
        ],
        ALLOCATE_ADAPTER_CHANNEL: {
          description: "Blocking a second time for DMA resources crashes (S2-11).",
          actions: { type: "misuse", params: { rule: "SecondChannelInAdapterControl" } },
        },
        FREE_ADAPTER_CHANNEL: {
          description: "The routine's return value releases the channel: this would be a second release.",
          actions: { type: "misuse", params: { rule: "ChannelDoubleFree" } },
        },
        FREE_MAP_REGISTERS: {
          description: "Only registers kept by the return value are freed this way.",
          actions: { type: "misuse", params: { rule: "FreeWithWrongFunction" } },
        },
        RETURN_KEEP_OBJECT: {
          target: "kept",
          description: "System DMA keeps the channel.",
          meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
        },
        RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS: {
          target: "registersOnly",
          description: "Bus master: channel free, registers kept while the device works.",
          meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
        },
        RETURN_DEALLOCATE_OBJECT: [
          {
            guard: "somethingMapped",
            target: "idle",
            description: "Registers freed under a mapping.",
            actions: ["forgetMappings", { type: "misuse", params: { rule: "FreeWhileMapped" } }],
          },
          {
            target: "idle",
            description: "Everything released.",
            meta: { ddi: "AdapterControl", irql: "= DISPATCH_LEVEL" },
          },
        ],
      },
    },
    kept: {
      description: "The channel stays with the driver until FreeAdapterChannel.",
      tags: ["mayMap"],
      on: {
        MAP_TRANSFER: {
          target: "kept",
          actions: "addMapping",
          description: "The next piece mapped.",
          meta: { ddi: "MapTransfer", irql: "<= DISPATCH_LEVEL" },
        },
        FLUSH_ADAPTER_BUFFERS: [
          {
            guard: "asManyMapped",
            target: "kept",
            actions: "dropMappings",
            description: "A finished piece flushed.",
            meta: { ddi: "FlushAdapterBuffers", irql: "<= DISPATCH_LEVEL" },
          },
          {
            description: "Nothing is mapped, or less than that.",
            actions: { type: "misuse", params: { rule: "FlushUnmappedBuffer" } },
          },
        ],
        FREE_ADAPTER_CHANNEL: [
          {
            guard: "somethingMapped",
            target: "idle",
            description: "Registers freed under a mapping.",
            actions: ["forgetMappings", { type: "misuse", params: { rule: "FreeWhileMapped" } }],
          },
          {
            target: "idle",
            description: "Channel and registers released.",
            meta: { ddi: "FreeAdapterChannel", irql: "= DISPATCH_LEVEL" },
          },
        ],
        RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS: {
          target: "registersOnly",
          description: "FreeAdapterObject says it later: as if AdapterControl had returned this.",
          meta: { ddi: "FreeAdapterObject", irql: "<= DISPATCH_LEVEL" },
        },
        FREE_MAP_REGISTERS: {
          description: "The registers go with the channel here.",
          actions: { type: "misuse", params: { rule: "FreeWithWrongFunction" } },
        },
      },
    },
    registersOnly: {
      description: "The channel is free for others; this request keeps its registers while the device works.",
      tags: ["mayMap"],
      on: {
        MAP_TRANSFER: {
          target: "registersOnly",
          actions: "addMapping",
          description: "The next piece through the same registers.",
          meta: { ddi: "MapTransfer", irql: "<= DISPATCH_LEVEL" },
        },
        FLUSH_ADAPTER_BUFFERS: [
          {
            guard: "asManyMapped",
            target: "registersOnly",
            actions: "dropMappings",
            description: "A finished piece flushed.",
            meta: { ddi: "FlushAdapterBuffers", irql: "<= DISPATCH_LEVEL" },
          },
          {
            description: "Nothing is mapped, or less than that.",
            actions: { type: "misuse", params: { rule: "FlushUnmappedBuffer" } },
          },
        ],
        FREE_MAP_REGISTERS: [
          {
            guard: "somethingMapped",
            target: "idle",
            description: "Freed before the flush.",
            actions: ["forgetMappings", { type: "misuse", params: { rule: "FreeWhileMapped" } }],
          },
          {
            target: "idle",
            description: "Registers go back.",
            meta: { ddi: "FreeMapRegisters", irql: "= DISPATCH_LEVEL" },
          },
        ],
        FREE_ADAPTER_CHANNEL: {
          description: "The channel was given back when AdapterControl returned.",
          actions: { type: "misuse", params: { rule: "ChannelDoubleFree" } },
        },
      },
    },
  },
});
