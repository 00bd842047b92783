/**
 * The life of one common buffer: memory that driver and device share all the time. Windows DDI: AllocateCommonBuffer
 * and its relatives, FreeCommonBuffer; S0-26, S1-4.
 */
import { emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams } from "./lifecycle.ts";

/** `FREE_COMMON_BUFFER` says whether the five values are those of the allocation. */
export type CommonBufferEvent =
  | { type: "ALLOCATE_COMMON_BUFFER" }
  | { type: "FREE_COMMON_BUFFER"; sameLength: boolean; sameAddresses: boolean }
  | { type: "DEVICE_ACCESS" }
  | { type: "OVERRUN" };

/** The states of a common buffer. */
export type CommonBufferState = "absent" | "allocated" | "freed";

/** `shared`: the device may touch it. */
export type CommonBufferTag = "shared";

/** The lifecycle of a common buffer. */
export const commonBufferMachine: Lifecycle<
  Record<string, never>,
  CommonBufferEvent,
  CommonBufferState,
  CommonBufferTag
> = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as CommonBufferEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as CommonBufferTag,
  },
  guards: {
    otherLength: ({ event }) => event.type === "FREE_COMMON_BUFFER" && !event.sameLength,
    otherAddresses: ({ event }) => event.type === "FREE_COMMON_BUFFER" && !event.sameAddresses,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
  },
}).createMachine({
  id: "commonBuffer",
  description: "Memory contiguous for the device, visible to both sides without build or flush.",
  context: {},
  initial: "absent",
  on: {
    "*": {
      description: "Anything a common buffer does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    absent: {
      description: "Not allocated.",
      on: {
        ALLOCATE_COMMON_BUFFER: {
          target: "allocated",
          description: "Memory, a virtual and a logical address.",
          meta: { ddi: "AllocateCommonBuffer", irql: "= PASSIVE_LEVEL" },
        },
        FREE_COMMON_BUFFER: {
          description: "Freed without being allocated.",
          actions: { type: "misuse", params: { rule: "PutUnknown" } },
        },
        DEVICE_ACCESS: {
          description: "The device touched memory that nobody shared with it.",
          actions: { type: "misuse", params: { rule: "DeviceAccessOutsideMapping" } },
        },
      },
    },
    allocated: {
      description: "Shared by driver and device. Store order, fences and doorbells are the only discipline.",
      tags: ["shared"],
      on: {
        DEVICE_ACCESS: { target: "allocated", description: "The device reads or writes: always allowed." },
        OVERRUN: {
          description: "Bytes beyond the length were written.",
          actions: { type: "misuse", params: { rule: "BufferOverrun" } },
        },
        FREE_COMMON_BUFFER: [
          {
            guard: "otherLength",
            target: "freed",
            description: "Freed with another length.",
            actions: { type: "misuse", params: { rule: "FreeSizeMismatch" } },
          },
          {
            guard: "otherAddresses",
            target: "freed",
            description: "Freed with another virtual or logical address.",
            actions: { type: "misuse", params: { rule: "FreeVaMismatch" } },
          },
          {
            target: "freed",
            description: "All five values as allocated.",
            meta: { ddi: "FreeCommonBuffer", irql: "= PASSIVE_LEVEL" },
          },
        ],
      },
    },
    freed: {
      description: "Gone.",
      on: {
        FREE_COMMON_BUFFER: {
          description: "Freed twice.",
          actions: { type: "misuse", params: { rule: "CommonBufferDoubleFree" } },
        },
        DEVICE_ACCESS: {
          description: "The device was not done.",
          actions: { type: "misuse", params: { rule: "DeviceAccessOutsideMapping" } },
        },
      },
    },
  },
});
