/**
 * The life of the emergency reserve: everything one request of a stated maximum length needs, allocated at start and
 * lent to one request at a time when memory has run out (S4-7 … S4-10, S4-13).
 */
import { assign, emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** What the reserve remembers. */
export interface EmergencyReserveContext {
  /** The longest request it can carry, in bytes. */
  maximumLengthBytes: number;
  /** Requests in line for it. */
  waiting: number;
}

/** `BORROW` asks for it; `RETURN` gives it back and, if somebody waits, hands it on. */
export type EmergencyReserveEvent =
  | { type: "BORROW"; lengthBytes: number }
  | { type: "RETURN" }
  | { type: "LEAVE" };

/** The states of the reserve. */
export type EmergencyReserveState = "kept" | "lent" | "awaited";

/** What to reserve for. */
export interface EmergencyReserveInput {
  /** The longest request that it carries. */
  maximumLengthBytes: number;
}

/** The lifecycle of the emergency reserve. */
export const emergencyReserveMachine: Lifecycle<
  EmergencyReserveContext,
  EmergencyReserveEvent,
  EmergencyReserveState,
  string,
  EmergencyReserveInput
> = setup({
  types: {
    context: {} as EmergencyReserveContext,
    events: {} as EmergencyReserveEvent,
    emitted: {} as LifecycleNote,
    input: {} as EmergencyReserveInput,
    meta: {} as LifecycleMeta,
  },
  guards: {
    tooLong: ({ context, event }) => event.type === "BORROW" && event.lengthBytes > context.maximumLengthBytes,
    lastInLine: ({ context }) => context.waiting === 1,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
    joinLine: assign({ waiting: ({ context }) => context.waiting + 1 }),
    leaveLine: assign({ waiting: ({ context }) => context.waiting - 1 }),
  },
}).createMachine({
  id: "emergencyReserve",
  description: "Resources for one request that can always be carried out.",
  context: ({ input }) => ({ maximumLengthBytes: input.maximumLengthBytes, waiting: 0 }),
  initial: "kept",
  on: {
    "*": {
      description: "Anything the reserve does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    kept: {
      description: "Here, for the day when memory has run out.",
      on: {
        BORROW: [
          {
            guard: "tooLong",
            description: "Longer than the reserve was made for: split it or fail it.",
            actions: {
              type: "refuse",
              params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit" },
            },
          },
          { target: "lent", description: "Lent to one request." },
        ],
        RETURN: {
          description: "Returned without being lent.",
          actions: { type: "misuse", params: { rule: "EmergencyNotReserved" } },
        },
      },
    },
    lent: {
      description: "One request lives on it.",
      on: {
        BORROW: [
          {
            guard: "tooLong",
            description: "Longer than the reserve was made for.",
            actions: {
              type: "refuse",
              params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit" },
            },
          },
          {
            target: "awaited",
            description: "Queued until it is free: FIFO.",
            actions: ["joinLine", { type: "refuse", params: { status: "STATUS_PENDING" } }],
          },
        ],
        RETURN: { target: "kept", description: "Back for the next emergency." },
      },
    },
    awaited: {
      description: "Lent, and others wait for it.",
      on: {
        BORROW: [
          {
            guard: "tooLong",
            description: "Longer than the reserve was made for.",
            actions: {
              type: "refuse",
              params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit" },
            },
          },
          {
            description: "To the end of the line.",
            actions: ["joinLine", { type: "refuse", params: { status: "STATUS_PENDING" } }],
          },
        ],
        RETURN: [
          { guard: "lastInLine", target: "lent", actions: "leaveLine", description: "Handed to the only waiter." },
          { actions: "leaveLine", description: "Handed to the head of the line." },
        ],
        LEAVE: [
          { guard: "lastInLine", target: "lent", actions: "leaveLine", description: "The only waiter was cancelled." },
          { actions: "leaveLine", description: "A waiter was cancelled." },
        ],
      },
    },
  },
});
