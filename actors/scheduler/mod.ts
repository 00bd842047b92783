/**
 * The scheduler actor and the strategies.
 *
 * @module
 */
export * from "./costs.ts";
export * from "./advice.ts";
export * from "./processor_of.ts";
export * from "./request.ts";
export * from "./scope.ts";
export * from "./strategy.ts";
export * from "./channel_driver.ts";
export * from "./driver.ts";
export * from "./emergency_lists.ts";
export * from "./scheduler.ts";
export * from "./strategies/mod.ts";
