/**
 * Pre-allocate, then queue (S2-12): the list is obtained in the dispatch routine, before the device is free; whether
 * the device is free is asked only in the callback. The next transfer starts from the DPC.
 */
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver } from "../driver.ts";
import type { Request } from "../request.ts";
import type { Strategy } from "../strategy.ts";
import { Preallocating } from "./preallocating.ts";

/** `prealloc-queue`. */
export const preallocQueue: Strategy = {
  name: "prealloc-queue",
  title: "list before the device is free, restart from the DPC",
  formula: "S + (n - 1) max(S, D + L) + D + L + P",
  boundNs: ({ setupNs, dmaNs, isrNs, dpcNs, postNs }, count) => {
    const deviceNs = dmaNs + isrNs + dpcNs;
    return setupNs + (count - 1) * Math.max(setupNs, deviceNs) + deviceNs + postNs;
  },
  dmaVersion: 1,
  start: (driver) => new PreallocQueue(driver),
};

class PreallocQueue extends Preallocating {
  readonly cancellable = true;
  readonly #driver: Driver;

  constructor(driver: Driver) {
    super(driver);
    this.#driver = driver;
  }

  finished(channel: ChannelDriver, request: Request): void {
    this.#driver.requestDpc(channel, request);
  }

  deferred(channel: ChannelDriver, request: Request): void {
    channel.startNext(this.#driver.clock.nowNs);
    this.#driver.finish(request);
  }
}
