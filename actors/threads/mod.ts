/**
 * `engine: "threads"`: the scheduler on Workers over shared memory.
 *
 * @module
 */
export type { Pipeline, ThreadSizes } from "./sizes.ts";
export type { CardSettings } from "./worker_card.ts";
export type { CardReport } from "./worker_messages.ts";
export type { WorkerCounters, WorkerLoss } from "./worker_team.ts";
export type { BackListener, ThreadRequest } from "./request_exchange.ts";
export type { CancelAnswer } from "../scheduler/scheduler.ts";
export * from "./thread_scheduler.ts";
export * from "./round_trip_on_threads.ts";
