/**
 * The life of the scheduler: it takes requests while it runs, finishes what it has when it drains, and names what it
 * lost when something under it dies..
 */
import { assign, emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** What a scheduler counts. */
export interface SchedulerContext {
  /** Requests taken. */
  accepted: number;
  /** Requests completed. */
  completed: number;
}

/** What happens to a scheduler. `count`: so many requests at once; one if it is not said. */
export type SchedulerEvent =
  | { type: "START" }
  | { type: "READY" }
  | { type: "ARRIVE"; readonly count?: number }
  | { type: "COMPLETE"; readonly count?: number }
  | { type: "DRAIN" }
  | { type: "WORKER_LOST" }
  | { type: "STOP" };

/** The states of a scheduler. */
export type SchedulerState = "stopped" | "starting" | "running" | "draining" | "failed";

/** `accepting`: new requests are taken. */
export type SchedulerTag = "accepting";

/** The lifecycle of the scheduler. */
export const schedulerMachine: Lifecycle<SchedulerContext, SchedulerEvent, SchedulerState, SchedulerTag> = setup({
  types: {
    context: {} as SchedulerContext,
    events: {} as SchedulerEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as SchedulerTag,
  },
  guards: {
    // For COMPLETE: not as many as come back.
    nothingOutstanding: ({ context, event }) =>
      context.accepted < context.completed + (event.type === "COMPLETE" ? event.count ?? 1 : 1),
    lastOutstanding: ({ context, event }) =>
      context.accepted === context.completed + (event.type === "COMPLETE" ? event.count ?? 1 : 1),
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
    beginCounting: assign({ accepted: 0, completed: 0 }),
    accept: assign({
      accepted: ({ context, event }) => context.accepted + (event.type === "ARRIVE" ? event.count ?? 1 : 1),
    }),
    complete: assign({
      completed: ({ context, event }) => context.completed + (event.type === "COMPLETE" ? event.count ?? 1 : 1),
    }),
  },
}).createMachine({
  id: "scheduler",
  description: "Takes requests, drives the channels, gives requests back.",
  context: { accepted: 0, completed: 0 },
  initial: "stopped",
  on: {
    START: {
      description: "Started already, or failed and not yet stopped.",
      actions: { type: "refuse", params: { status: "STATUS_INVALID_DEVICE_STATE" } },
    },
    STOP: {
      description: "Not while requests may be out: drain first.",
      actions: { type: "refuse", params: { status: "STATUS_INVALID_DEVICE_STATE" } },
    },
    DRAIN: {
      description: "Nothing runs that could drain.",
      actions: { type: "refuse", params: { status: "STATUS_INVALID_DEVICE_STATE" } },
    },
    "*": {
      description: "Anything a scheduler does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    stopped: {
      description: "Owns nothing.",
      on: {
        START: {
          target: "starting",
          actions: "beginCounting",
          description: "Obtains adapters, descriptor memory, list buffers.",
        },
        ARRIVE: {
          description: "Nobody is there to take a request.",
          actions: { type: "refuse", params: { status: "STATUS_INVALID_DEVICE_STATE" } },
        },
        STOP: { target: "stopped", description: "Already." },
        DRAIN: { target: "stopped", description: "Already." },
        WORKER_LOST: { target: "stopped", description: "Nothing runs on it." },
      },
    },
    starting: {
      description: "Everything is allocated once, here.",
      on: {
        READY: { target: "running", description: "Every resource is there." },
        WORKER_LOST: { target: "failed", description: "A part of it did not come up." },
        ARRIVE: {
          description: "Not yet.",
          actions: { type: "refuse", params: { status: "STATUS_INVALID_DEVICE_STATE" } },
        },
      },
    },
    running: {
      description: "Takes requests.",
      tags: ["accepting"],
      on: {
        ARRIVE: { actions: "accept", description: "A request is taken." },
        COMPLETE: [
          {
            guard: "nothingOutstanding",
            description: "More come back than were taken.",
            actions: { type: "misuse", params: { rule: "IrpCompletedTwice" } },
          },
          { actions: "complete", description: "A request is given back." },
        ],
        DRAIN: [
          { guard: "nothingOutstanding", target: "stopped", description: "Nothing to finish." },
          { target: "draining", description: "No new requests; what is here is finished." },
        ],
        WORKER_LOST: { target: "failed", description: "Something under it died." },
      },
    },
    draining: {
      description: "Finishes what it has.",
      on: {
        COMPLETE: [
          { guard: "lastOutstanding", target: "stopped", actions: "complete", description: "The last one is back." },
          { actions: "complete", description: "A request is given back." },
        ],
        ARRIVE: {
          description: "Too late.",
          actions: { type: "refuse", params: { status: "STATUS_INVALID_DEVICE_STATE" } },
        },
        WORKER_LOST: { target: "failed", description: "Something under it died." },
        DRAIN: { target: "draining", description: "Already." },
      },
    },
    failed: {
      description: "Cannot go on; outstanding requests are named, none is completed twice.",
      on: {
        COMPLETE: [
          {
            guard: "nothingOutstanding",
            description: "More come back than were taken.",
            actions: { type: "misuse", params: { rule: "IrpCompletedTwice" } },
          },
          { actions: "complete", description: "What was already finished is still given back." },
        ],
        WORKER_LOST: { target: "failed", description: "Another one." },
        ARRIVE: {
          description: "Refused.",
          actions: { type: "refuse", params: { status: "STATUS_INVALID_DEVICE_STATE" } },
        },
        STOP: { target: "stopped", description: "Given up." },
      },
    },
  },
});
