/**
 * Charts, compiled.
 *
 * @module
 */
export * from "./rows.ts";
