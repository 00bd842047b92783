/**
 * Runs: whole experiments with a result, from which stories, benchmarks and tests are made.
 *
 * @module
 */
export * from "./buffers.ts";
export * from "./invariants.ts";
export * from "./lower_bound.ts";
export * from "./burst.ts";
export * from "./round_trip.ts";
export * from "./three_stage.ts";
export * from "./registers.ts";
export * from "./competitor.ts";
export * from "./low_memory.ts";
export * from "./lut.ts";
export * from "./lut_table.ts";
export * from "./driver_bench.ts";
export * from "./recipe.ts";
export * from "./descriptors.ts";
export * from "./user_buffer.ts";
export * from "./hanging_ioctl.ts";
export * from "./locked_pages.ts";
export * from "./contexts.ts";
export * from "./cancel.ts";
export { CANCEL_PLACES } from "./cancel_trip.ts";
export type { CancelPlace } from "./cancel_trip.ts";
export * from "./timeout.ts";
export * from "./watchdog.ts";
