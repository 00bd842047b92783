/**
 * Watching and judging: the event type that everything emits.
 *
 * @module
 */
export * from "./event.ts";
