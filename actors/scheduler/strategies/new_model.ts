/**
 * The typical New Model driver (S2-32): the dispatch routine looks whether the device is free, queues the bare request
 * if not, and asks for the list only when the device is free, from the DPC. The device idles through DPC and setup.
 */
import { assert } from "../../../sim/assert.ts";
import type { AdapterListControl } from "../../hal/dma_operations.ts";
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver, RequestStep } from "../driver.ts";
import { Request } from "../request.ts";
import type { Strategy, StrategyRun } from "../strategy.ts";

/** `new-model`. */
export const newModel: Strategy = {
  name: "new-model",
  title: "list asked for when the device is free, restart from the DPC",
  formula: "n(S + D + L) + P",
  boundNs: ({ setupNs, dmaNs, isrNs, dpcNs, postNs }, count) => count * (setupNs + dmaNs + isrNs + dpcNs) + postNs,
  dmaVersion: 1,
  start: (driver) => new NewModel(driver),
};

class NewModel implements StrategyRun {
  readonly cancellable = true;
  readonly #driver: Driver;
  readonly #obtain: RequestStep;
  readonly #listControl: AdapterListControl = (_device, list, context) => {
    assert(context instanceof Request, "AdapterListControl got a foreign context");
    this.#driver.mapped(context, list);
    const channel = this.#driver.channelOf(context);
    if (!channel.start(context, this.#driver.clock.nowNs)) this.#next(channel);
  };

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#obtain = driver.dispatchStep((number) => this.#ask(driver.requests.at(number)));
  }

  dispatch(request: Request): void {
    const channel = this.#driver.channelOf(request);
    if (channel.parts.workToDo.depth === 0 && channel.tryTake()) {
      this.#driver.setUp(request, this.#obtain);
      return;
    }
    channel.queue(request);
    if (channel.tryTake()) this.#next(channel);
  }

  refused(channel: ChannelDriver): void {
    this.#next(channel);
  }

  finished(channel: ChannelDriver, request: Request): void {
    this.#driver.requestDpc(channel, request);
  }

  deferred(channel: ChannelDriver, request: Request): void {
    this.#next(channel);
    this.#driver.finish(request);
  }

  #ask(request: Request): void {
    if (!request.cancelled) return this.#driver.obtainList(request, this.#listControl);
    const channel = this.#driver.channelOf(request);
    channel.skip(request);
    this.#next(channel);
  }

  /** With the busy token: sets the head of work-to-do up, if there is one. */
  #next(channel: ChannelDriver): void {
    const next = channel.takeNextLive();
    if (next !== null) this.#driver.setUp(next, this.#obtain);
  }
}
