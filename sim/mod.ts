/**
 * The world below a driver: virtual time, seeded luck, host memory, the kernel's levels, and the card.
 *
 * @example Virtual time: what is due at the same moment runs in the order in which it was asked for
 * ```ts
 * import { VirtualClock } from "@dmactor/dmactor/sim";
 *
 * const clock = new VirtualClock();
 * const told: string[] = [];
 * clock.after(500, () => told.push(`interrupt at ${clock.nowNs} ns`), 0);
 * clock.after(20, () => told.push(`doorbell at ${clock.nowNs} ns`), 0);
 * clock.run();
 * console.log(told); // ["doorbell at 20 ns", "interrupt at 500 ns"]
 * ```
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
