/**
 * The life of one engine of the card as the driver sees it. `stopping` lies between `busy` and `idle` on purpose: a
 * driver that gives up waiting while the engine still runs, and starts it again later, is the best-known way to lose
 * every following transfer. PG195, channel control and status; S0-38, S2-26.
 */
import { emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams } from "./lifecycle.ts";

/** What the driver does to the engine, and what it learns from status, write-back or interrupt. */
export type DeviceChannelEvent =
  | { type: "START" }
  | { type: "COMPLETED" }
  | { type: "RESTART" }
  | { type: "FAILED" }
  | { type: "TIMED_OUT" }
  | { type: "STOP" }
  | { type: "STOPPED" }
  | { type: "ALL_ONES" }
  | { type: "RESET" };

/** The states of an engine. */
export type DeviceChannelState = "idle" | "busy" | "stopping" | "halted" | "lost";

/** `mayTouchMemory`: lists given to this engine must not be put. `startable`: Run may be set. */
export type DeviceChannelTag = "mayTouchMemory" | "startable";

/** The lifecycle of one DMA engine as the driver sees it. */
export const deviceChannelMachine: Lifecycle<
  Record<string, never>,
  DeviceChannelEvent,
  DeviceChannelState,
  DeviceChannelTag
> = setup({
  types: {
    context: {} as Record<string, never>,
    events: {} as DeviceChannelEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as DeviceChannelTag,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
  },
}).createMachine({
  id: "deviceChannel",
  description: "One H2C or C2H engine, from doorbell to doorbell.",
  context: {},
  initial: "idle",
  on: {
    ALL_ONES: {
      target: ".lost",
      description: "A register read gave 0xFFFFFFFF: the card has fallen off the bus.",
    },
    RESET: { target: ".idle", description: "The function was reset and set up again." },
    "*": {
      description: "Anything an engine does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    idle: {
      description: "Run is clear or the engine has halted at a Stop descriptor; nothing moves.",
      tags: ["startable"],
      on: {
        START: { target: "busy", description: "First descriptor address written, Run set: the doorbell." },
        STOP: { target: "idle", description: "Clearing Run on an idle engine does nothing." },
        STOPPED: { target: "idle", description: "Already." },
        COMPLETED: { target: "idle", description: "A late interrupt: what it speaks of was stopped or polled before." },
      },
    },
    busy: {
      description: "The engine fetches descriptors and moves data.",
      tags: ["mayTouchMemory"],
      on: {
        COMPLETED: { target: "idle", description: "Descriptor stopped, no error bit: the transfer is done." },
        RESTART: {
          target: "busy",
          description: "Done and programmed again in the same ISR: the idea of the X-DMA article (S2-18).",
        },
        FAILED: { target: "halted", description: "An error bit: the engine has stopped and stays so." },
        TIMED_OUT: {
          target: "stopping",
          description: "Nobody heard from it: Run is cleared, but the engine may still finish a descriptor.",
        },
        STOP: { target: "stopping", description: "Run cleared: the current descriptor is still finished." },
        START: {
          description: "Two starters: Run written to a running engine changes nothing, the request is lost.",
          actions: { type: "misuse", params: { rule: "RestartBeforeIdle" } },
        },
      },
    },
    stopping: {
      description: "Run is clear, busy is not: memory given to the engine must stay until it is idle.",
      tags: ["mayTouchMemory"],
      on: {
        STOPPED: { target: "idle", description: "Status busy went to 0." },
        COMPLETED: { target: "idle", description: "It finished after all." },
        FAILED: { target: "halted", description: "It stopped on an error." },
        RESTART: {
          description: "Programmed again by the ISR before it was idle.",
          actions: { type: "misuse", params: { rule: "RestartBeforeIdle" } },
        },
        START: {
          description: "Started again before it was idle.",
          actions: { type: "misuse", params: { rule: "RestartBeforeIdle" } },
        },
        STOP: { target: "stopping", description: "Asked again." },
        TIMED_OUT: { target: "lost", description: "It does not even stop." },
      },
    },
    halted: {
      description: "Stopped on an error; status must be read and Run toggled before the next transfer.",
      on: {
        STOP: { target: "idle", description: "Run cleared after reading the status: ready again." },
        START: {
          description: "Run set over an error that nobody cleared.",
          actions: { type: "misuse", params: { rule: "RestartBeforeIdle" } },
        },
        RESTART: {
          description: "Programmed again by the ISR over an error that nobody cleared.",
          actions: { type: "misuse", params: { rule: "RestartBeforeIdle" } },
        },
        STOPPED: { target: "halted", description: "Busy is already 0." },
      },
    },
    lost: {
      description: "The card does not answer. Only a reset leads out.",
      on: {
        START: {
          description: "A doorbell nobody hears.",
          actions: { type: "misuse", params: { rule: "RestartBeforeIdle" } },
        },
        RESTART: {
          description: "A doorbell nobody hears.",
          actions: { type: "misuse", params: { rule: "RestartBeforeIdle" } },
        },
        STOP: { target: "lost", description: "Run cleared for what it is worth, on the way out." },
        TIMED_OUT: { target: "lost", description: "Waited for in vain." },
      },
    },
  },
});
