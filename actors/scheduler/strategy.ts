/**
 * A strategy: what a driver does in its dispatch routine, in its ISR and in its DPC. One small file each, behind this
 * interface, with its closed-form bound beside it. A strategy sees the HAL's routines, the lists and the card's
 * channels; nothing of the simulation.
 */
import type { Nanoseconds } from "../../sim/units.ts";
import type { ChannelDriver } from "./channel_driver.ts";
import type { Driver } from "./driver.ts";
import type { Request, RequestParameters } from "./request.ts";

/** The strategies that come with the package; `STRATEGIES` has them all. */
export type StrategyName =
  | "classic"
  | "new-model"
  | "prealloc-queue"
  | "isr-reprogram"
  | "three-stage"
  | "sync-recipe"
  | "registered"
  | "copy"
  | "xdma-literal";

/** The times of one channel's burst of equal transfers that all arrive together. */
export interface BurstTimes {
  /** S: setup of one transfer. */
  readonly setupNs: Nanoseconds;
  /** D: doorbell to interrupt. */
  readonly dmaNs: Nanoseconds;
  /** Li: interrupt to the end of the ISR. */
  readonly isrNs: Nanoseconds;
  /** Ld: end of the ISR to the DPC. */
  readonly dpcNs: Nanoseconds;
  /** P: post work. */
  readonly postNs: Nanoseconds;
  /** W: waking a thread. */
  readonly wakeNs: Nanoseconds;
  /** Cp: copying one transfer. */
  readonly copyNs: Nanoseconds;
}

/** What a strategy does when things happen. */
export interface StrategyRun {
  /** The strategy keeps every buffer locked itself, so requests are not locked one by one. */
  readonly locksBuffers?: boolean;
  /**
   * Requests may be cancelled: nothing is started without `channel.start`, `startOrQueue` or `startNext`, and where
   * `start` answers false the token goes on to the next. Default: false, and a cancel is answered STATUS_NOT_SUPPORTED.
   */
  readonly cancellable?: boolean;
  /** Path 1, at PASSIVE_LEVEL: a request arrived that is valid and has been marked pending. */
  dispatch(request: Request): void;
  /** Path 3, at DIRQL: the engine of this channel finished `request` (already moved to ready-to-complete). */
  finished(channel: ChannelDriver, request: Request): void;
  /** Path 4, at DISPATCH_LEVEL: a request taken from ready-to-complete. */
  deferred(channel: ChannelDriver, request: Request): void;
  /**
   * Path 4, at DISPATCH_LEVEL, for a request that was cancelled before the device had it. The busy token is not its.
   * Default: list back, completion.
   */
  skipped?(channel: ChannelDriver, request: Request): void;
  /** A request was just cancelled, at DISPATCH_LEVEL: it may be taken out of a line that is the strategy's own. */
  cancelled?(request: Request): void;
  /** A request of this channel will never get its list: whoever set it up with the busy token still holds it. */
  refused?(channel: ChannelDriver): void;
  /** A list went back, by whichever request: map registers may be free again. */
  putDone?(): void;
  /** Before the first request, with all buffers that will be used: registering them, allocating what is needed once. */
  prepare?(buffers: readonly RequestParameters[]): void;
  /** After the last request: what was held for the whole run goes back. */
  close?(): void;
}

/** One way to drive the card. */
export interface Strategy {
  /** A {@link StrategyName}, or a name of your own. */
  readonly name: string;
  /** One line for tables and help. */
  readonly title: string;
  /** The closed form in the letters of {@link BurstTimes}. */
  readonly formula: string;
  /** Makespan of `transferCount` equal host-to-card transfers on one channel. */
  readonly boundNs: (times: BurstTimes, transferCount: number) => Nanoseconds;
  /** Which version of DMA_OPERATIONS its adapters ask for. */
  readonly dmaVersion: 1 | 2 | 3;
  /** Begins a run on a driver; called once for each world. */
  readonly start: (driver: Driver) => StrategyRun;
}
