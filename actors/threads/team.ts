/**
 * Who does what: a Worker's number says where it parks and which ring it completes into, its stage who ends before it.
 *
 * ```text
 * stage         dispatch              device        done
 * interrupts    1 … D dispatchers     0 card        then the DPCs
 * three-stage   1 prepare             0 transfer    2 put
 * one-thread                          0 stages: all three
 * ```
 */
import { DEVICE_WORKER } from "../../fastpath/parking.ts";
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
  /** Which of the Workers with this role it is. */
  readonly index: number;
}

/** The Worker that has the card. */
export const CARD_WORKER: number = DEVICE_WORKER;

const FIRST_DISPATCHER = CARD_WORKER + 1;

/** The Worker that is dispatcher number `index`. */
export function dispatcherWorker({ pipeline }: ThreadSizes, index: number): number {
  return pipeline === "one-thread" ? CARD_WORKER : FIRST_DISPATCHER + index;
}

/** The Workers that complete what the device has finished. */
export function completerWorkers({ pipeline, dispatcherCount, dpcCount }: ThreadSizes): readonly number[] {
  if (pipeline === "one-thread") return [CARD_WORKER];
  return Array.from({ length: dpcCount }, (_, index) => FIRST_DISPATCHER + dispatcherCount + index);
}

/** Every place; its index is its number. */
export function teamOf(sizes: ThreadSizes): readonly Place[] {
  const { pipeline, dispatcherCount } = sizes;
  if (pipeline === "one-thread") return [{ worker: CARD_WORKER, name: "stages", role: "stages", index: 0 }];
  const staged = pipeline === "three-stage";
  const place = (worker: number, index: number, role: Role): Place => ({
    ...{ worker, index, role },
    name: role === "dispatch" || role === "dpc" ? `${role}:${index}` : role,
  });
  return [
    place(CARD_WORKER, 0, staged ? "transfer" : "card"),
    ...Array.from(
      { length: dispatcherCount },
      (_, index) => place(FIRST_DISPATCHER + index, index, staged ? "prepare" : "dispatch"),
    ),
    ...completerWorkers(sizes).map((worker, index) => place(worker, index, staged ? "put" : "dpc")),
  ];
}

/** What a request meets one after the other. */
export type Stage = "dispatch" | "device" | "done";

/** The Workers of a stage. */
export function stageOf(sizes: ThreadSizes, stage: Stage): readonly number[] {
  if (sizes.pipeline === "one-thread" || stage === "device") return [CARD_WORKER];
  if (stage === "done") return completerWorkers(sizes);
  return Array.from({ length: sizes.dispatcherCount }, (_, index) => dispatcherWorker(sizes, index));
}
