/**
 * What the strategies of the X-DMA article share: paths 1 and 2. The dispatch routine asks for the list right after
 * validation; the callback starts the device or queues the request with its list.
 */
import { assert } from "../../../sim/assert.ts";
import type { AdapterListControl } from "../../hal/dma_operations.ts";
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver, RequestStep } from "../driver.ts";
import { Request } from "../request.ts";
import type { StrategyRun } from "../strategy.ts";

/** A strategy that has its list before it has the device. */
export abstract class Preallocating implements StrategyRun {
  readonly #driver: Driver;
  readonly #obtain: RequestStep;
  readonly #listControl: AdapterListControl = (_device, list, context) => {
    assert(context instanceof Request, "AdapterListControl got a foreign context");
    this.#driver.mapped(context, list);
    this.ready(this.#driver.channelOf(context), context);
  };

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#obtain = driver.dispatchStep((number) => {
      const request = driver.requests.at(number);
      if (request.cancelled) driver.channelOf(request).skip(request);
      else driver.obtainList(request, this.#listControl);
    });
  }

  dispatch(request: Request): void {
    this.#driver.setUp(request, this.#obtain);
  }

  /** Path 2: the list is there. Take the busy token, insert, ring last; or queue, and look again. */
  protected ready(channel: ChannelDriver, request: Request): void {
    channel.startOrQueue(request, this.#driver.clock.nowNs);
  }

  abstract finished(channel: ChannelDriver, request: Request): void;
  abstract deferred(channel: ChannelDriver, request: Request): void;
}
