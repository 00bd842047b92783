/**
 * Stand-in for `@std/cli/parse-args` where JSR cannot be reached: the true code from npm, typed beside it.
 *
 * @module
 */

// @ts-types="./parse_args.d.ts"
export * from "deno-std/cli/parse_args.js";
