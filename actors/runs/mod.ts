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
