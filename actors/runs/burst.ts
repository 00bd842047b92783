/**
 * The burst of seed 003 (S3-5): n equal transfers arrive together on one channel that serialises them. The whole model
 * runs (HAL, registers, descriptors, interrupts); the costs are parameters, and the engine takes exactly `dmaNs` from
 * doorbell to interrupt. So the simulated makespan must equal the strategy's closed form to the nanosecond.
 */
import { assert } from "../../sim/assert.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import { BURST_COSTS, costs } from "../scheduler/costs.ts";
import type { RequestParameters } from "../scheduler/request.ts";
import type { BurstTimes, Strategy, StrategyName } from "../scheduler/strategy.ts";
import { System } from "../system.ts";
import { allocateBuffer } from "./buffers.ts";
import { InvariantWatch } from "./invariants.ts";
import type { Violation } from "./invariants.ts";

/** What to run. */
export interface BurstOptions {
  /** A strategy by name, or your own. */
  readonly strategy: StrategyName | Strategy;
  /** n: how many transfers arrive together. */
  readonly transferCount: number;
  /** What things cost. */
  readonly times: BurstTimes;
  /** Bytes of each transfer; they move, but the time they take is `dmaNs`. Default 64 KiB. */
  readonly transferBytes?: number;
  /** Default `h2c`. */
  readonly direction?: "h2c" | "c2h";
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** Default `chart`. */
  readonly engine?: "chart" | "table";
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
}

/** How it went. */
export interface BurstResult {
  /** The name of the strategy that ran. */
  readonly strategy: string;
  /** Its closed form, in letters. */
  readonly formula: string;
  /** From the arrival of all requests to the completion of the last. */
  readonly makespanNs: Nanoseconds;
  /** What the closed form says. */
  readonly boundNs: Nanoseconds;
  /** Arrival to completion, of each request in order. */
  readonly latenciesNs: readonly Nanoseconds[];
  /** Share of the makespan in which the engine worked. */
  readonly utilisation: number;
  /** Time in which the engine was idle and a request waited for it. */
  readonly idleWithWorkNs: Nanoseconds;
  /** How many such gaps there were. */
  readonly idleWithWorkCount: number;
  /** The most map registers that were held at one time. */
  readonly mapRegistersPeak: number;
  /** Requests that completed. */
  readonly completed: number;
  /** Requests that never completed. */
  readonly lost: number;
  /** Requests that completed more than once. */
  readonly twice: number;
  /** Invariants that broke; empty if all held. */
  readonly violations: readonly Violation[];
}

/** The times of seed 003, with estimates for interrupt, DPC and wake-up. */
export const BURST_TIMES: BurstTimes = {
  setupNs: BURST_COSTS.setupNs,
  dmaNs: 360_000,
  isrNs: BURST_COSTS.isrNs,
  dpcNs: BURST_COSTS.dpcNs,
  postNs: BURST_COSTS.postNs,
  wakeNs: BURST_COSTS.wakeNs,
  copyNs: BURST_COSTS.copyNs,
};

const DEFAULT_TRANSFER_BYTES = 64 * 1024;

/** Runs one burst. */
export function runBurst(options: BurstOptions): BurstResult {
  const { transferCount, times, direction = "h2c", transferBytes = DEFAULT_TRANSFER_BYTES } = options;
  const { dmaNs, ...costTimes } = times;
  const system = new System({
    seed: options.seed,
    strategy: options.strategy,
    engine: options.engine,
    iommu: options.iommu,
    trace: options.trace,
    costs: costs(BURST_COSTS, costTimes),
    timing: { kind: "fixed", dmaNs },
    h2cCount: direction === "h2c" ? 1 : 0,
    c2hCount: direction === "c2h" ? 1 : 0,
    maximumTransferBytes: transferBytes,
    queueDepth: transferCount,
    dpcPerRequest: true,
  });
  const channel = system.channels[0]!;
  const watch = new InvariantWatch(system);
  const latenciesNs: Nanoseconds[] = [];
  system.scheduler.onCompleted((request) => {
    watch.completed(request);
    latenciesNs.push(request.completedNs - request.arrivedNs);
  });
  const requests = Array.from({ length: transferCount }, (_, tag): RequestParameters => {
    const { mdl } = allocateBuffer(system, transferBytes);
    return { channelIndex: 0, mdl, lengthBytes: transferBytes, cardAddress: tag * transferBytes, tag, directIo: true };
  });
  system.scheduler.start(requests);
  for (const request of requests) {
    watch.submitted(request.tag, request.channelIndex);
    assert(system.scheduler.submit(request), "A running scheduler takes requests");
  }
  system.run();
  const makespanNs = latenciesNs.length === 0 ? 0 : Math.max(...latenciesNs);
  const violations = watch.verdict();
  if (violations.length === 0) system.close();
  return {
    strategy: system.strategy.name,
    formula: system.strategy.formula,
    makespanNs,
    boundNs: system.strategy.boundNs(times, transferCount),
    latenciesNs,
    utilisation: makespanNs === 0 ? 0 : channel.deviceBusyNs / makespanNs,
    idleWithWorkNs: channel.idleWithWorkNs,
    idleWithWorkCount: channel.idleWithWorkCount,
    mapRegistersPeak: Math.max(0, ...system.hal.pools.map(({ peak }) => peak)),
    completed: watch.completedCount,
    lost: watch.lostCount,
    twice: watch.twiceCount,
    violations,
  };
}
