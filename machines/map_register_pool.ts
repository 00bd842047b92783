/**
 * The life of a pool of map registers: free ones, held ones, and a line of adapters that wait in strict FIFO.
 *
 * A newcomer may not overtake, even if it would fit; a synchronous caller is never queued. S2-3, S2-14 … S2-16, X-1.
 */
import { assign, emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** What a pool counts. */
export interface MapRegisterPoolContext {
  /** How many registers there are. */
  size: number;
  /** How many nobody holds. */
  free: number;
  /** How many requests stand in line. */
  waiting: number;
}

/**
 * `ALLOCATE` asks, `GRANT_WAITER` serves the head of the line, `LEAVE` takes a waiter out, `FREE` returns registers.
 * `inOnePiece` is false where free registers would do by number but must be contiguous and are not.
 */
export type MapRegisterPoolEvent =
  | { type: "ALLOCATE"; count: number; synchronous: boolean; inOnePiece?: boolean }
  | { type: "GRANT_WAITER"; count: number; inOnePiece?: boolean }
  | { type: "LEAVE" }
  | { type: "FREE"; count: number };

/** `open`: nobody waits. `contended`: there is a line. */
export type MapRegisterPoolState = "open" | "contended";

/** The pool's size. */
export interface MapRegisterPoolInput {
  /** Registers that there are. */
  size: number;
}

/** The lifecycle of a map-register pool. */
export const mapRegisterPoolMachine: Lifecycle<
  MapRegisterPoolContext,
  MapRegisterPoolEvent,
  MapRegisterPoolState,
  string,
  MapRegisterPoolInput
> = setup({
  types: {
    context: {} as MapRegisterPoolContext,
    events: {} as MapRegisterPoolEvent,
    emitted: {} as LifecycleNote,
    input: {} as MapRegisterPoolInput,
    meta: {} as LifecycleMeta,
  },
  guards: {
    largerThanPool: ({ context, event }) => "count" in event && event.count > context.size,
    fits: ({ context, event }) =>
      "count" in event && event.count <= context.free && !("inOnePiece" in event && event.inOnePiece === false),
    synchronous: ({ event }) => event.type === "ALLOCATE" && event.synchronous,
    moreThanHeld: ({ context, event }) => "count" in event && context.free + event.count > context.size,
    lastInLine: ({ context }) => context.waiting === 1,
    lastInLineFits: ({ context, event }) =>
      "count" in event && context.waiting === 1 && event.count <= context.free &&
      !("inOnePiece" in event && event.inOnePiece === false),
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
    take: assign({ free: ({ context, event }) => context.free - ("count" in event ? event.count : 0) }),
    giveBack: assign({ free: ({ context, event }) => context.free + ("count" in event ? event.count : 0) }),
    joinLine: assign({ waiting: ({ context }) => context.waiting + 1 }),
    leaveLine: assign({ waiting: ({ context }) => context.waiting - 1 }),
  },
}).createMachine({
  id: "mapRegisterPool",
  description: "Map registers shared by all adapters behind one translation.",
  context: ({ input }) => ({ size: input.size, free: input.size, waiting: 0 }),
  initial: "open",
  on: {
    "*": {
      description: "Anything a pool does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    open: {
      description: "Nobody waits: whoever fits is served at once.",
      on: {
        ALLOCATE: [
          {
            guard: "largerThanPool",
            description: "More than there will ever be: waiting would be for ever.",
            actions: [
              { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit" } },
            ],
          },
          { guard: "fits", actions: "take", description: "Registers are granted." },
          {
            guard: "synchronous",
            description: "Not enough free; synchronous callers are never queued.",
            actions: { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "poolExhausted" } },
          },
          {
            target: "contended",
            description: "Not enough free: the first to wait.",
            actions: ["joinLine", { type: "refuse", params: { status: "STATUS_PENDING" } }],
          },
        ],
        FREE: [
          {
            guard: "moreThanHeld",
            description: "More registers come back than are out.",
            actions: { type: "misuse", params: { rule: "MapRegistersDoubleFree" } },
          },
          {
            actions: "giveBack",
            description: "Registers come back.",
            meta: { ddi: "FreeMapRegisters", irql: "= DISPATCH_LEVEL" },
          },
        ],
      },
    },
    contended: {
      description: "Somebody waits: strict FIFO, no bypass, even for a request that would fit.",
      on: {
        ALLOCATE: [
          {
            guard: "largerThanPool",
            description: "More than there will ever be.",
            actions: [
              { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit" } },
            ],
          },
          {
            guard: "synchronous",
            description: "Others are in front; synchronous callers are never queued.",
            actions: { type: "refuse", params: { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "poolExhausted" } },
          },
          {
            description: "To the end of the line.",
            actions: ["joinLine", { type: "refuse", params: { status: "STATUS_PENDING" } }],
          },
        ],
        GRANT_WAITER: [
          {
            guard: "lastInLineFits",
            target: "open",
            actions: ["take", "leaveLine"],
            description: "The last waiter is served.",
          },
          { guard: "fits", actions: ["take", "leaveLine"], description: "The head of the line is served." },
          {
            description: "The head does not fit yet: everybody behind it waits too.",
            actions: { type: "refuse", params: { status: "STATUS_PENDING" } },
          },
        ],
        LEAVE: [
          { guard: "lastInLine", target: "open", actions: "leaveLine", description: "The only waiter gave up." },
          { actions: "leaveLine", description: "A waiter gave up." },
        ],
        FREE: [
          {
            guard: "moreThanHeld",
            description: "More registers come back than are out.",
            actions: { type: "misuse", params: { rule: "MapRegistersDoubleFree" } },
          },
          {
            actions: "giveBack",
            description: "Registers come back; the head of the line is tried next.",
            meta: { ddi: "FreeMapRegisters", irql: "= DISPATCH_LEVEL" },
          },
        ],
      },
    },
  },
});
