/**
 * The lives that the fast path moves through tables: a request together with its scatter/gather list, one row a slot;
 * and the engine of each channel, whose row is also the token of who may start it.
 *
 * Event numbers are constants, so that a step in a hot loop is one load: `next[row | EVENT_MAP]`.
 */
import { deviceChannelMachine } from "../machines/device_channel.ts";
import { irpMachine } from "../machines/irp.ts";
import { scatterGatherListMachine } from "../machines/scatter_gather_list.ts";
import { EVENT_BITS, joinTables, jointRow } from "./joint_table.ts";
import type { JointEvent, JointTable } from "./joint_table.ts";
import type { AnyLifecycle } from "./rows.ts";
import { compileTable, stateIndex } from "./table.ts";
import type { FlatTable } from "./table.ts";

/** Valid, marked pending, its list filled, into work-to-do with it: the whole of dispatch. */
export const EVENT_DISPATCH = 0;
/** The doorbell is about to ring for it: the device owns its memory. */
export const EVENT_START = 1;
/** The device is finished with it. */
export const EVENT_DEVICE_DONE = 2;
/** The list goes back, then status and byte count to the requester: the whole of the DPC. */
export const EVENT_FINISH = 3;
/** Not valid: completed at once. */
export const EVENT_REFUSE = 4;
/** It cannot go on. */
export const EVENT_FAIL = 5;
/** Its requester wants it back. */
export const EVENT_CANCEL = 6;
/** Its requester took it back before it was dispatched: completed at once. */
export const EVENT_WITHDRAW = 7;

/** What each joint event is to the request and to its list, step by step, by event number. */
export const REQUEST_EVENTS: readonly JointEvent[] = [
  {
    name: "DISPATCH",
    steps: [
      { first: "MARK_PENDING", second: null },
      { first: "MAP", second: "FILL" },
      { first: "QUEUE", second: null },
    ],
  },
  { name: "START", steps: [{ first: "START", second: "DOORBELL" }] },
  { name: "DEVICE_DONE", steps: [{ first: "DEVICE_DONE", second: "DEVICE_DONE" }] },
  { name: "FINISH", steps: [{ first: "PUT", second: "PUT_SCATTER_GATHER_LIST" }, { first: "COMPLETE", second: null }] },
  { name: "REFUSE", steps: [{ first: "FAIL", second: null }, { first: "COMPLETE", second: null }] },
  { name: "FAIL", steps: [{ first: "FAIL", second: null }] },
  { name: "CANCEL", steps: [{ first: "CANCEL", second: null }] },
  { name: "WITHDRAW", steps: [{ first: "CANCEL", second: null }, { first: "COMPLETE", second: null }] },
];

/** An idle engine is started. */
export const CHANNEL_START = 0;
/** Done, and programmed again in the same ISR. */
export const CHANNEL_RESTART = 1;
/** Done, and nothing more to do. */
export const CHANNEL_COMPLETED = 2;

/** An error bit: the engine has stopped. */
export const CHANNEL_FAILED = 3;
/** Status read and Run cleared: ready again. */
export const CHANNEL_STOP = 4;

const CHANNEL_EVENTS = ["START", "RESTART", "COMPLETED", "FAILED", "STOP"] as const;

/** The compiled lives, with the rows that the stages name. */
export interface PathLives {
  /** The request and its list. */
  readonly request: JointTable;
  /** The row of a request that has just arrived. */
  readonly arrivedRow: number;
  /** The row of a request that is completed and whose list is back: its slot is free. */
  readonly freeRow: number;
  /** The engine of a channel, laid out like {@link JointTable.next}. */
  readonly channel: JointTable;
  /** The row of an idle engine. */
  readonly idleRow: number;
}

const flatten = (machine: unknown): FlatTable => compileTable(machine as AnyLifecycle);

/** A table of one state and no event: the second life of something that lives alone. */
const ALONE: FlatTable = {
  id: "alone",
  states: ["alone"],
  events: [],
  stateCount: 1,
  eventCount: 0,
  initial: 0,
  next: new Uint8Array(0),
  verdict: new Uint8Array(0),
  notes: [[]],
};

let compiled: PathLives | undefined;

/** Compiles the lives of the fast path from their charts; once in a process. */
export function pathLives(): PathLives {
  if (compiled !== undefined) return compiled;
  const irp = flatten(irpMachine);
  const list = flatten(scatterGatherListMachine);
  const engine = flatten(deviceChannelMachine);
  const request = joinTables(irp, list, REQUEST_EVENTS);
  const alone = CHANNEL_EVENTS.map((name): JointEvent => ({ name, steps: [{ first: name, second: null }] }));
  const channel = joinTables(engine, ALONE, alone);
  return compiled = {
    request,
    arrivedRow: jointRow(request, irp.initial, list.initial),
    freeRow: jointRow(request, stateIndex(irp, "completed"), stateIndex(list, "put")),
    channel,
    idleRow: stateIndex(engine, "idle") << EVENT_BITS,
  };
}
