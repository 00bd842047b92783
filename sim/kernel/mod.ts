/**
 * As much of a kernel as a driver feels: interrupt levels, processors and locks, interrupts, deferred procedure calls.
 *
 * @module
 */
export * from "./irql.ts";
export * from "./processor.ts";
export * from "./interrupt_controller.ts";
export * from "./dpc.ts";
