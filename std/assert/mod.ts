/**
 * Stand-in for `@std/assert` where JSR cannot be reached: the true code from npm, with the types written beside it.
 *
 * @module
 */

// @ts-types="./mod.d.ts"
export * from "deno-std/assert/mod.js";
