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
