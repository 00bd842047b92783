/**
 * The article's recipe word for word (S2-22, S2-23), races and all. It holds as long as nothing happens between two of
 * its steps; `windowNs` opens that gap:
 *
 * - the callback reads *busy*, then inserts into work-to-do, and never looks again: an interrupt in between finds the
 *   queue empty and lets the device rest (lost wake-up);
 * - the callback programs the device, then inserts into waiting-for-device: an interrupt in between finds nobody.
 *
 * Kept as a strategy so that these holes can be shown; `isr-reprogram` is the cure.
 */
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver, RequestStep } from "../driver.ts";
import type { Request } from "../request.ts";
import type { Strategy } from "../strategy.ts";
import { isrReprogramBoundNs } from "./isr_reprogram.ts";
import { Preallocating } from "./preallocating.ts";

/** `xdma-literal` with the gap between two steps opened to `windowNs`. */
export function xdmaLiteralWithWindow(windowNs: number): Strategy {
  return {
    name: "xdma-literal",
    title: "the X-DMA article's recipe word for word, without the looks that close its races",
    formula: "S + (n - 1) max(S, D + Li) + D + L + P, if no race is lost",
    boundNs: isrReprogramBoundNs,
    dmaVersion: 1,
    start: (driver) => new XdmaLiteral(driver, windowNs),
  };
}

/** `xdma-literal` as it runs undisturbed. */
export const xdmaLiteral: Strategy = xdmaLiteralWithWindow(0);

class XdmaLiteral extends Preallocating {
  readonly #driver: Driver;
  readonly #windowNs: number;
  readonly #insertWork: RequestStep;
  readonly #insertWaiting: RequestStep;

  constructor(driver: Driver, windowNs: number) {
    super(driver);
    this.#driver = driver;
    this.#windowNs = windowNs;
    this.#insertWork = (number) => this.#channelOf(number).queue(driver.requests.at(number));
    this.#insertWaiting = (number) =>
      this.#channelOf(number).parts.waitingForDevice.exInterlockedInsertTailList(number);
  }

  protected override ready(channel: ChannelDriver, request: Request): void {
    if (channel.busy) return this.#afterWindow(this.#insertWork, request);
    channel.tryTake();
    this.#program(channel, request);
  }

  finished(channel: ChannelDriver, request: Request): void {
    const next = channel.popWork();
    if (next === null) channel.release();
    else this.#program(channel, next);
    this.#driver.requestDpc(channel, request);
  }

  deferred(_channel: ChannelDriver, request: Request): void {
    this.#driver.finish(request);
  }

  #program(channel: ChannelDriver, request: Request): void {
    request.life.send({ type: "START" });
    channel.ring(request, this.#driver.clock.nowNs);
    this.#afterWindow(this.#insertWaiting, request);
  }

  #afterWindow(step: RequestStep, request: Request): void {
    if (this.#windowNs === 0) step(request.number);
    else this.#driver.clock.after(this.#windowNs, step, request.number);
  }

  #channelOf(number: number): ChannelDriver {
    return this.#driver.channelOf(this.#driver.requests.at(number));
  }
}
