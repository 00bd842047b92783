/**
 * The life of a vector of equal common buffers. Every misuse is bug check 0x1DC, whose first parameter is the kind:
 * 1 wrong IRQL, 2 vector not empty, 3 index out of range, 4 slot already freed, 5 leaked. Windows DDI:
 * AllocateCommonBufferVector and its relatives.
 */
import { assign, emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams } from "./lifecycle.ts";

/** What a vector remembers. */
export interface CommonBufferVectorContext {
  /** How many buffers there are. */
  count: number;
  /** Indices already freed. */
  freed: readonly number[];
}

/** The calls on a vector. `LEAK` is the end of the adapter or the driver with the vector still there. */
export type CommonBufferVectorEvent =
  | { type: "GET_COMMON_BUFFER"; index: number }
  | { type: "FREE_COMMON_BUFFER"; index: number }
  | { type: "FREE_COMMON_BUFFER_VECTOR" }
  | { type: "WRONG_IRQL" }
  | { type: "LEAK" };

/** The states of a vector. */
export type CommonBufferVectorState = "allocated" | "gone";

/** How many buffers to make. */
export interface CommonBufferVectorInput {
  /** Buffers of the vector. */
  count: number;
}

/** The lifecycle of a common-buffer vector. */
export const commonBufferVectorMachine: Lifecycle<
  CommonBufferVectorContext,
  CommonBufferVectorEvent,
  CommonBufferVectorState,
  string,
  CommonBufferVectorInput
> = setup({
  types: {
    context: {} as CommonBufferVectorContext,
    events: {} as CommonBufferVectorEvent,
    emitted: {} as LifecycleNote,
    input: {} as CommonBufferVectorInput,
    meta: {} as LifecycleMeta,
  },
  guards: {
    outOfRange: ({ context, event }) => "index" in event && !(event.index >= 0 && event.index < context.count),
    alreadyFreed: ({ context, event }) => "index" in event && context.freed.includes(event.index),
    notEmpty: ({ context }) => context.freed.length < context.count,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    markFreed: assign({
      freed: ({ context, event }) => "index" in event ? [...context.freed, event.index] : context.freed,
    }),
  },
}).createMachine({
  id: "commonBufferVector",
  description: "A vector of common buffers of one size.",
  context: ({ input }) => ({ count: input.count, freed: [] }),
  initial: "allocated",
  on: {
    "*": {
      description: "Anything a vector does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    allocated: {
      description: "Made by AllocateCommonBufferVector; buffers are fetched and freed by index.",
      on: {
        GET_COMMON_BUFFER: [
          {
            guard: "outOfRange",
            description: "No such index.",
            actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "3" } },
          },
          {
            guard: "alreadyFreed",
            description: "That buffer is gone.",
            actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "4" } },
          },
          { description: "Addresses of one buffer.", meta: { ddi: "GetCommonBufferFromVectorByIndex" } },
        ],
        FREE_COMMON_BUFFER: [
          {
            guard: "outOfRange",
            description: "No such index.",
            actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "3" } },
          },
          {
            guard: "alreadyFreed",
            description: "Freed twice.",
            actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "4" } },
          },
          {
            actions: "markFreed",
            description: "One buffer goes back.",
            meta: { ddi: "FreeCommonBufferFromVector" },
          },
        ],
        FREE_COMMON_BUFFER_VECTOR: [
          {
            guard: "notEmpty",
            target: "gone",
            description: "Buffers are still there.",
            actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "2" } },
          },
          { target: "gone", description: "Empty: the vector goes.", meta: { ddi: "FreeCommonBufferVector" } },
        ],
        WRONG_IRQL: {
          description: "Called above the allowed level.",
          actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "1" } },
        },
        LEAK: {
          description: "Never freed.",
          actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "5" } },
        },
      },
    },
    gone: {
      description: "Freed.",
      on: {
        "*": {
          description: "Any use after the end.",
          actions: { type: "misuse", params: { rule: "CommonBufferVectorMisuse", misuseKind: "4" } },
        },
      },
    },
  },
});
