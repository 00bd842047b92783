/** A driver that follows no architecture: it takes frame numbers out of the MDL and stuffs them into its device. */
import { isrReprogram } from "../../actors/scheduler/strategies/mod.ts";
import type { Strategy, StrategyRun } from "../../actors/scheduler/strategy.ts";
import { PAGE_SIZE } from "../../sim/units.ts";

/** MmGetPhysicalAddress for each page, straight into the descriptors. */
export const rawPhysical: Strategy = {
  ...isrReprogram,
  start: (driver): StrategyRun => ({
    dispatch: (request) => {
      const channel = driver.channelOf(request);
      const { mdl, lengthBytes, cardAddress } = request.parameters;
      const pages = mdl.pfns.length;
      const addresses = new Float64Array(pages);
      const lengths = new Float64Array(pages);
      for (let page = 0, left = lengthBytes; page < pages; page++) {
        const inPage = page === 0 ? mdl.byteOffset : 0;
        addresses[page] = mdl.pfns[page]! * PAGE_SIZE + inPage;
        lengths[page] = Math.min(left, PAGE_SIZE - inPage);
        left -= lengths[page]!;
      }
      channel.device.prepare(request.slot, { numberOfElements: pages, addresses, lengths }, cardAddress);
      channel.startOrQueue(request, driver.clock.nowNs);
    },
    finished: (channel, request) => {
      channel.startNext(driver.clock.nowNs);
      driver.requestDpc(channel, request);
    },
    deferred: (_channel, request) => driver.finish(request),
  }),
};
