/**
 * The world below a driver: virtual time, seeded luck, host memory, the kernel's levels, and the card.
 *
 * @module
 */
export * from "./assert.ts";
export * from "./units.ts";
export * from "./clock.ts";
export * from "./prng.ts";
export * from "./ports.ts";
export * from "./faults.ts";
export * from "./kernel/mod.ts";
export * from "./memory/mod.ts";
export * from "./card/mod.ts";
