/**
 * Pre-allocate, then queue, and reprogram the device inside the ISR (S2-18, S2-23): with work queued the engine idles
 * only from its interrupt to the end of the ISR, never through the DPC's latency.
 */
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver } from "../driver.ts";
import type { Request } from "../request.ts";
import type { BurstTimes, Strategy } from "../strategy.ts";
import { Preallocating } from "./preallocating.ts";

/** The closed form that every scheme with ready lists and ISR restart shares. */
export function isrReprogramBoundNs(times: BurstTimes, count: number): number {
  const { setupNs, dmaNs, isrNs, dpcNs, postNs } = times;
  return setupNs + (count - 1) * Math.max(setupNs, dmaNs + isrNs) + dmaNs + isrNs + dpcNs + postNs;
}

/** `isr-reprogram`. */
export const isrReprogram: Strategy = {
  name: "isr-reprogram",
  title: "list before the device is free, restart inside the ISR",
  formula: "S + (n - 1) max(S, D + Li) + D + L + P",
  boundNs: isrReprogramBoundNs,
  dmaVersion: 1,
  start: (driver) => new IsrReprogram(driver),
};

class IsrReprogram extends Preallocating {
  readonly cancellable = true;
  readonly #driver: Driver;

  constructor(driver: Driver) {
    super(driver);
    this.#driver = driver;
  }

  finished(channel: ChannelDriver, request: Request): void {
    channel.startNext(this.#driver.clock.nowNs);
    this.#driver.requestDpc(channel, request);
  }

  deferred(_channel: ChannelDriver, request: Request): void {
    this.#driver.finish(request);
  }
}
