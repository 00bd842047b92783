/**
 * Three worker threads (S0-34): *pre* maps and writes descriptors, *transfer* starts the engine and sleeps until the
 * request is done, *post* puts the list and completes. Each list moves pre → transfer → post once; the engine never
 * waits for preparation, but it does wait for a thread to wake up.
 */
import type { Processor } from "../../../sim/kernel/processor.ts";
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver, RequestStep } from "../driver.ts";
import type { Request } from "../request.ts";
import type { Strategy } from "../strategy.ts";
import { Preallocating } from "./preallocating.ts";

/** `three-stage`. */
export const threeStage: Strategy = {
  name: "three-stage",
  title: "three threads: prepare, transfer, put",
  formula: "S + (n - 1) max(S, X, P) + X + P, X = D + L + W",
  boundNs: ({ setupNs, dmaNs, isrNs, dpcNs, postNs, wakeNs }, count) => {
    const transferNs = dmaNs + isrNs + dpcNs + wakeNs;
    return setupNs + (count - 1) * Math.max(setupNs, transferNs, postNs) + transferNs + postNs;
  },
  dmaVersion: 1,
  start: (driver) => new ThreeStage(driver),
};

class ThreeStage extends Preallocating {
  readonly cancellable = true;
  readonly #driver: Driver;
  readonly #wake: RequestStep;
  readonly #post: RequestStep;
  readonly #postThreads = new Map<Processor, Processor>();

  constructor(driver: Driver) {
    super(driver);
    this.#driver = driver;
    this.#wake = (number) => this.#awake(driver.requests.at(number));
    this.#post = driver.dispatchStep((number) => {
      const request = driver.requests.at(number);
      driver.putList(request);
      driver.complete(request);
    });
  }

  finished(channel: ChannelDriver, request: Request): void {
    this.#driver.requestDpc(channel, request);
  }

  /** The DPC sets the event that the transfer thread sleeps on. */
  deferred(_channel: ChannelDriver, request: Request): void {
    this.#driver.clock.after(this.#driver.costs.wakeNs, this.#wake, request.number);
  }

  /** The transfer thread is awake: the next one first, then this one to the post thread. */
  #awake(request: Request): void {
    const channel = this.#driver.channelOf(request);
    channel.startNext(this.#driver.clock.nowNs);
    this.#postThread(channel).submit(this.#driver.costs.postNs, this.#post, request.number);
  }

  /** One post thread beside each processor that prepares. */
  #postThread(channel: ChannelDriver): Processor {
    const { processor } = channel.parts;
    let thread = this.#postThreads.get(processor);
    if (thread === undefined) {
      thread = processor.sibling(`post of ${processor.name}`);
      this.#postThreads.set(processor, thread);
    }
    return thread;
  }
}
