/**
 * What things cost: the parameters by which a person makes the model their own card and host. All in nanoseconds.
 *
 * Two kinds, on purpose: **occupancy** (setup, copy, post in the three-stage pipeline) keeps a processor busy and is
 * serial on it; **latency** (ISR, DPC, wake-up, post elsewhere) passes by without keeping anybody from working.
 */
import { nanoseconds } from "../../sim/units.ts";
import type { Nanoseconds } from "../../sim/units.ts";

/** The cost parameters. */
export interface Costs {
  /** Occupancy: obtaining a list and writing descriptors, per request. */
  readonly setupNs: Nanoseconds;
  /** Occupancy: the same, per page. */
  readonly setupPerPageNs: Nanoseconds;
  /** Latency: interrupt to the end of the ISR, where the ISR's own doorbell rings. */
  readonly isrNs: Nanoseconds;
  /** Latency: end of the ISR to the DPC. */
  readonly dpcNs: Nanoseconds;
  /** Latency: DPC to completion (put, unmap, complete). In the three-stage pipeline: occupancy of the post thread. */
  readonly postNs: Nanoseconds;
  /** Latency: waking a sleeping thread. */
  readonly wakeNs: Nanoseconds;
  /** Occupancy: copying through a common buffer, per request. */
  readonly copyNs: Nanoseconds;
  /** Occupancy: the same, per page. */
  readonly copyPerPageNs: Nanoseconds;
  /** Occupancy: how long of the setup a lock inside the HAL is held, one lock per adapter (S0-15). */
  readonly halLockNs: Nanoseconds;
  /** Period of the polling loop when the card's write-back is polled. */
  readonly pollNs: Nanoseconds;
}

/**
 * Defaults measured by the people of the seeds: 8 µs + 152 µs of setup against 360 µs of transfer (S3-3, S3-4), a copy
 * of 30 MB in 2 to 3 ms (S3-15). Interrupt, DPC and wake-up times are estimates. This set charges nothing per page.
 */
export const BURST_COSTS: Costs = {
  setupNs: 160_000,
  setupPerPageNs: 0,
  isrNs: 3_000,
  dpcNs: 20_000,
  postNs: 0,
  wakeNs: 30_000,
  copyNs: 375_000,
  copyPerPageNs: 0,
  halLockNs: 0,
  pollNs: 500,
};

/**
 * The same host, by page: at 12.8 GB/s the seeds' 360 µs move about 1125 pages, so their 152 µs of list building are
 * 135 ns a page; a page of the copy at 12 GB/s is 341 ns.
 */
export const FILE_COSTS: Costs = {
  ...BURST_COSTS,
  setupNs: 8_000,
  setupPerPageNs: 135,
  copyNs: 0,
  copyPerPageNs: 341,
};

/**
 * Costs with some figures changed.
 *
 * @throws {RangeError} naming the figure that is not whole nanoseconds.
 */
export function costs(base: Costs, changes: Partial<Costs> = {}): Costs {
  const merged = { ...base, ...changes };
  for (const [name, value] of Object.entries(merged)) nanoseconds(value, name);
  return merged;
}
