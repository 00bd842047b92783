/**
 * The life of one queue of requests: work-to-do, waiting-for-device or ready-to-complete of a channel.
 *
 * Queues that an ISR touches may only be touched by the ExInterlocked* routines, by everybody (S2-19). The queue is
 * bounded: a full queue is a result that the caller sees, never a wait.
 */
import { assign, emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** What a queue counts. */
export interface IrpQueueContext {
  /** How many requests are in it. */
  depth: number;
  /** How many it can hold. */
  capacity: number;
  /** The most it ever held. */
  depthPeak: number;
}

/** The list routines on one list head. */
export type IrpQueueEvent =
  | { type: "EX_INTERLOCKED_INSERT_TAIL_LIST" }
  | { type: "EX_INTERLOCKED_REMOVE_HEAD_LIST" }
  | { type: "INSERT_TAIL_LIST" }
  | { type: "REMOVE_HEAD_LIST" };

/** The states of a queue. */
export type IrpQueueState = "empty" | "occupied" | "full";

/** How much it can hold. */
export interface IrpQueueInput {
  /** Requests that it holds at most. */
  capacity: number;
}

/** The lifecycle of a request queue. */
export const irpQueueMachine: Lifecycle<IrpQueueContext, IrpQueueEvent, IrpQueueState, string, IrpQueueInput> = setup({
  types: {
    context: {} as IrpQueueContext,
    events: {} as IrpQueueEvent,
    emitted: {} as LifecycleNote,
    input: {} as IrpQueueInput,
    meta: {} as LifecycleMeta,
  },
  guards: {
    fillsUp: ({ context }) => context.depth + 1 === context.capacity,
    emptiesOut: ({ context }) => context.depth === 1,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
    grow: assign({
      depth: ({ context }) => context.depth + 1,
      depthPeak: ({ context }) => Math.max(context.depthPeak, context.depth + 1),
    }),
    shrink: assign({ depth: ({ context }) => context.depth - 1 }),
  },
}).createMachine({
  id: "irpQueue",
  description: "A bounded FIFO of requests that dispatch routines, ISR and DPC share.",
  context: ({ input }) => ({ depth: 0, capacity: input.capacity, depthPeak: 0 }),
  initial: "empty",
  on: {
    INSERT_TAIL_LIST: {
      description: "An ordinary list routine on a list that the ISR shares.",
      actions: { type: "misuse", params: { rule: "MixedListDiscipline" } },
    },
    REMOVE_HEAD_LIST: {
      description: "An ordinary list routine on a list that the ISR shares.",
      actions: { type: "misuse", params: { rule: "MixedListDiscipline" } },
    },
    "*": {
      description: "Anything a queue does not know.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    empty: {
      description: "Nothing in it.",
      on: {
        EX_INTERLOCKED_INSERT_TAIL_LIST: [
          {
            guard: "fillsUp",
            target: "full",
            actions: "grow",
            description: "The only place is taken.",
            meta: { ddi: "ExInterlockedInsertTailList", irql: "any" },
          },
          {
            target: "occupied",
            actions: "grow",
            description: "The first request.",
            meta: { ddi: "ExInterlockedInsertTailList", irql: "any" },
          },
        ],
        EX_INTERLOCKED_REMOVE_HEAD_LIST: {
          target: "empty",
          description: "Nothing to take: the routine answers NULL.",
          meta: { ddi: "ExInterlockedRemoveHeadList", irql: "any" },
        },
      },
    },
    occupied: {
      description: "Something in it, and room for more.",
      on: {
        EX_INTERLOCKED_INSERT_TAIL_LIST: [
          {
            guard: "fillsUp",
            target: "full",
            actions: "grow",
            description: "The last place is taken.",
            meta: { ddi: "ExInterlockedInsertTailList", irql: "any" },
          },
          {
            actions: "grow",
            description: "One more at the tail.",
            meta: { ddi: "ExInterlockedInsertTailList", irql: "any" },
          },
        ],
        EX_INTERLOCKED_REMOVE_HEAD_LIST: [
          {
            guard: "emptiesOut",
            target: "empty",
            actions: "shrink",
            description: "The last one leaves.",
            meta: { ddi: "ExInterlockedRemoveHeadList", irql: "any" },
          },
          {
            actions: "shrink",
            description: "The head leaves.",
            meta: { ddi: "ExInterlockedRemoveHeadList", irql: "any" },
          },
        ],
      },
    },
    full: {
      description: "No room: an insert is refused, visibly.",
      on: {
        EX_INTERLOCKED_INSERT_TAIL_LIST: {
          description: "Refused; the caller fails or holds the request back.",
          actions: { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory" } },
          meta: { ddi: "ExInterlockedInsertTailList", irql: "any" },
        },
        EX_INTERLOCKED_REMOVE_HEAD_LIST: [
          {
            guard: "emptiesOut",
            target: "empty",
            actions: "shrink",
            description: "The only one leaves.",
            meta: { ddi: "ExInterlockedRemoveHeadList", irql: "any" },
          },
          {
            target: "occupied",
            actions: "shrink",
            description: "The head leaves: there is room again.",
            meta: { ddi: "ExInterlockedRemoveHeadList", irql: "any" },
          },
        ],
      },
    },
  },
});
