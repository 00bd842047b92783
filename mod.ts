/**
 * dmactor: a DMA driver's whole life as actors that people can run, break and watch.
 *
 * The names below come in the order in which a request meets them: the lifecycles say what may happen, the actors make
 * it happen, the world below them is simulated, the trace tells the story.
 *
 * @example Eight transfers on one channel, started again inside the ISR
 * ```ts
 * import { BURST_TIMES, runBurst } from "@dmactor/dmactor";
 *
 * const { makespanNs, boundNs } = runBurst({ strategy: "isr-reprogram", transferCount: 8, times: BURST_TIMES });
 * console.log(makespanNs / 1000, "µs, closed form", boundNs / 1000, "µs"); // 3084 µs, closed form 3084 µs
 * ```
 *
 * @module
 */
export * from "./machines/mod.ts";
export * from "./actors/mod.ts";
export * from "./sim/mod.ts";
export * from "./fastpath/mod.ts";
export * from "./trace/mod.ts";
