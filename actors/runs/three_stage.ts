/**
 * The +20 % of seed 000: three threads (prepare, transfer, put) against one thread that does all three in turn. With
 * (pre + post) = 0.2 × transfer the rate rises by 20 % (S0-35); in general from 1/sum to 1/max of the stages.
 */
import type { Nanoseconds } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import type { BurstTimes } from "../scheduler/strategy.ts";
import { runBurst } from "./burst.ts";
import type { BurstOptions, BurstResult } from "./burst.ts";

/** What to run. */
export interface ThreeStageOptions extends Omit<BurstOptions, "strategy" | "times" | "trace"> {
  /** The three stages. */
  readonly stages: Stages;
  /** Runs each driver, with somewhere for its events to go. Default: nowhere. */
  readonly record?: (driver: "serial" | "pipelined", run: (trace?: Tracer) => BurstResult) => BurstResult;
}

/** How long each stage takes for one transfer. */
export interface Stages {
  /** Map, build the list, write descriptors. */
  readonly preNs: Nanoseconds;
  /** Start, sleep, wake: doorbell to the moment at which the thread runs again. */
  readonly transferNs: Nanoseconds;
  /** Put the list, unmap, complete. */
  readonly postNs: Nanoseconds;
}

/** How it went. */
export interface ThreeStageResult {
  /** The stages of one transfer. */
  readonly stages: Stages;
  /** One stage after the other. */
  readonly serial: BurstResult;
  /** Three threads. */
  readonly pipelined: BurstResult;
  /** Transfers a second once the pipeline is full: from the first completion to the last. */
  readonly serialPerSecond: number;
  /** The same, pipelined. */
  readonly pipelinedPerSecond: number;
  /** The second over the first. */
  readonly rateRatio: number;
  /** sum / max of the stages. */
  readonly lawRatio: number;
}

/** Interrupt, DPC and wake-up as shares of the transfer stage, in nanoseconds; what is left is the engine's. */
const ISR_NS = 3_000;
const DPC_NS = 20_000;
const WAKE_NS = 30_000;

/** Stages whose (pre + post) is `share` of the transfer; `preShare` of that is pre. */
export function stagesOf(transferNs: Nanoseconds, share: number, preShare = 0.8): Stages {
  const bothNs = Math.round(transferNs * share);
  const preNs = Math.round(bothNs * preShare);
  return { preNs, transferNs, postNs: bothNs - preNs };
}

/**
 * Runs both drivers on the same transfers.
 *
 * @throws {RangeError} if fewer than two transfers, or a transfer that is shorter than its own wake-up.
 */
export function runThreeStage(
  { stages, record = (_driver, run) => run(), ...options }: ThreeStageOptions,
): ThreeStageResult {
  const { preNs, transferNs, postNs } = stages;
  const dmaNs = transferNs - ISR_NS - DPC_NS - WAKE_NS;
  if (dmaNs <= 0) throw new RangeError(`Cannot use a transfer of ${transferNs} ns: waking up alone takes 53000 ns`);
  if (options.transferCount < 2) throw new RangeError("Cannot measure the rate of one transfer: expected at least two");
  const times: BurstTimes = {
    setupNs: preNs,
    dmaNs,
    isrNs: ISR_NS,
    dpcNs: DPC_NS,
    postNs,
    wakeNs: WAKE_NS,
    copyNs: 0,
  };
  const pipelined = record("pipelined", (trace) => runBurst({ ...options, strategy: "three-stage", times, trace }));
  // The one thread sleeps and wakes too: the same wake-up, on its way from the interrupt to the next step.
  const serialTimes = { ...times, dpcNs: DPC_NS + WAKE_NS, wakeNs: 0 };
  const serial = record(
    "serial",
    (trace) => runBurst({ ...options, strategy: "classic", times: serialTimes, trace }),
  );
  const serialPerSecond = ratePerSecond(serial);
  const pipelinedPerSecond = ratePerSecond(pipelined);
  return {
    stages,
    serial,
    pipelined,
    serialPerSecond,
    pipelinedPerSecond,
    rateRatio: pipelinedPerSecond / serialPerSecond,
    lawRatio: (preNs + transferNs + postNs) / Math.max(preNs, transferNs, postNs),
  };
}

function ratePerSecond({ latenciesNs }: BurstResult): number {
  const spanNs = latenciesNs.at(-1)! - latenciesNs[0]!;
  return (latenciesNs.length - 1) * 1e9 / spanNs;
}
