/**
 * Who does what: a Worker's number says where it parks and which ring it completes into, its lanes what it looks at.
 *
 * ```text
 * interrupts    0 card: engines and ISR    1 … D dispatchers    then the DPCs
 * three-stage   0 transfer                 1 prepare            2 put
 * one-thread    0 stages: all three
 * ```
 */
import { DEVICE_WORKER } from "../../fastpath/parking.ts";
import { engineCount, laneCount } from "./sizes.ts";
import type { ThreadSizes } from "./sizes.ts";

/** What a Worker runs. */
export type Role = "card" | "dispatch" | "dpc" | "transfer" | "prepare" | "put" | "stages";

/** One place in the team. */
export interface Place {
  /** Its number. */
  readonly worker: number;
  /** What errors and counters call it: `card`, `dispatch:0`. */
  readonly name: string;
  /** What it runs. */
  readonly role: Role;
  /** The lanes it looks at. */
  readonly lanes: readonly number[];
}

/** The Worker that has the card. */
export const CARD_WORKER: number = DEVICE_WORKER;

/** The Worker that dispatches on a lane. */
export function dispatcherOf(sizes: ThreadSizes, lane: number): number {
  if (sizes.pipeline === "one-thread") return CARD_WORKER;
  return CARD_WORKER + 1 + Math.floor(lane / engineCount(sizes));
}

/** The Worker that completes what comes back on a lane. */
export function completerOf({ pipeline, dispatcherCount, dpcCount }: ThreadSizes, lane: number): number {
  if (pipeline === "one-thread") return CARD_WORKER;
  return CARD_WORKER + 1 + dispatcherCount + lane % dpcCount;
}

/** Every place; its index is its number. */
export function teamOf(sizes: ThreadSizes): readonly Place[] {
  const lanes = Array.from({ length: laneCount(sizes) }, (_, lane) => lane);
  const staged = sizes.pipeline === "three-stage";
  const place = (worker: number, role: Role, number: number | null, of: readonly number[]): Place => ({
    worker,
    role,
    name: number === null ? role : `${role}:${number}`,
    lanes: of,
  });
  if (sizes.pipeline === "one-thread") return [place(CARD_WORKER, "stages", null, lanes)];
  const first = CARD_WORKER + 1;
  const dispatchers = Array.from({ length: sizes.dispatcherCount }, (_, number) => {
    const own = lanes.filter((lane) => dispatcherOf(sizes, lane) === first + number);
    return staged ? place(first, "prepare", null, own) : place(first + number, "dispatch", number, own);
  });
  const completers = Array.from({ length: sizes.dpcCount }, (_, number) => {
    const worker = first + sizes.dispatcherCount + number;
    const own = lanes.filter((lane) => completerOf(sizes, lane) === worker);
    return staged ? place(worker, "put", null, own) : place(worker, "dpc", number, own);
  });
  return [place(CARD_WORKER, staged ? "transfer" : "card", null, lanes), ...dispatchers, ...completers];
}
