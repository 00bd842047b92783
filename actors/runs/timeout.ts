/**
 * Transfers that do not end: an interrupt that is lost, an engine that hangs, or a whole plan of bad luck drawn from a
 * seed. With a watchdog every request ends, and what timed out is asked for again; without one the world stands still,
 * and says who waits for whom (S0-30, X-3, X-4).
 */
import { assert } from "../../sim/assert.ts";
import type { ChannelFault } from "../../sim/card/faults.ts";
import { COMMON } from "../../sim/card/registers.ts";
import { drawFaultPlan, FaultSource } from "../../sim/faults.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Finding } from "../../trace/event.ts";
import { RecoverableChannel, recoverableKit } from "../device/recoverable_channel.ts";
import { FILE_COSTS } from "../scheduler/costs.ts";
import type { RequestParameters } from "../scheduler/request.ts";
import { System } from "../system.ts";
import { whoWaits } from "../who_waits.ts";
import type { ActorWait } from "../who_waits.ts";
import { allocateBuffer, fillBuffer } from "./buffers.ts";
import type { BenchOptions } from "./driver_bench.ts";
import { InvariantWatch } from "./invariants.ts";
import type { Violation } from "./invariants.ts";
import { patternBytes, sameBytes } from "./pattern.ts";
import { Watchdog } from "./watchdog.ts";
import type { WatchdogAct } from "./watchdog.ts";

/**
 * `lost-interrupt`: the message of the third transfer never arrives. `hang`: the card halts its descriptor fetch before
 * the third transfer. `plan`: lost and early interrupts and broken descriptors, as a fault plan of the seed says.
 */
export type TransferTrouble = "none" | "lost-interrupt" | "hang" | "plan";

/** What to run. */
export interface TimeoutOptions extends Omit<BenchOptions, "hal" | "layout"> {
  /** What goes wrong. */
  readonly trouble: TransferTrouble;
  /** The driver has a timer for it. Default true. */
  readonly watchdog?: boolean;
  /** Requests that arrive together. Default 6. */
  readonly requestCount?: number;
  /** H2C channels, which get them in turn; trouble is on the first. Default 1. */
  readonly h2cCount?: number;
}

/** How it went. */
export interface TimeoutResult {
  /** Requests that were asked for, again included. */
  readonly requests: number;
  /** Completed with STATUS_SUCCESS. */
  readonly succeeded: number;
  /** Completed with STATUS_IO_TIMEOUT. */
  readonly timedOut: number;
  /** Completed with STATUS_DEVICE_HARDWARE_ERROR. */
  readonly failed: number;
  /** Never completed. */
  readonly lost: number;
  /** Completed more than once. */
  readonly twice: number;
  /** Every byte that was asked for is in the card's memory. */
  readonly intact: boolean;
  /** What the watchdog did. */
  readonly acts: readonly WatchdogAct[];
  /** How often each fault of the plan was armed, by name. */
  readonly armed: Readonly<Record<string, number>>;
  /** Who waits for whom at the end; empty if nobody does. */
  readonly waits: readonly ActorWait[];
  /** Arrival to completion, in the order of completion. */
  readonly latenciesNs: readonly Nanoseconds[];
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Invariants that broke; empty if all held. */
  readonly violations: readonly Violation[];
  /** Virtual time of the run. */
  readonly simulatedNs: Nanoseconds;
}

const REQUEST_BYTES = 64 * 1024;
/** Ten times what a transfer of that length takes. */
const TIMEOUT_NS = 100_000;
const SGDMA_COMMON = 0x6000;
/** The third transfer is the one that does not end. */
const BEFORE = 2;

/** Faults of a plan, and what they are to the card. */
const PLANNED: Readonly<Record<string, ChannelFault>> = {
  interruptLost: "lostInterrupt",
  earlyInterrupt: "lateStatus",
  brokenDescriptor: "corruptedMagic",
};

/** Runs it until nothing is pending any more. */
export function runTimeout(options: TimeoutOptions): TimeoutResult {
  const { trouble, watchdog = true, requestCount = 6, h2cCount = 1 } = options;
  const { seed = 0, engine, iommu, coherent, strict, trace } = options;
  const system = new System({
    seed,
    engine,
    iommu,
    coherent,
    strict,
    trace,
    device: recoverableKit({ h2cCount, c2hCount: 0 }),
    costs: FILE_COSTS,
    maximumTransferBytes: REQUEST_BYTES,
    queueDepth: requestCount,
  });
  const { card, clock, scheduler } = system;
  const watch = new InvariantWatch(system);
  const dog = new Watchdog(system, TIMEOUT_NS);
  const armed = trouble === "plan" ? armPlan(system, seed, requestCount) : {};
  if (trouble === "lost-interrupt") card.faults.arm({ fault: "lostInterrupt", channel: 0, after: BEFORE });

  // The requester: what did not succeed is asked for again.
  let requests = 0;
  const count = { succeeded: 0, timedOut: 0, failed: 0 };
  const latenciesNs: Nanoseconds[] = [];
  const ask = (parameters: RequestParameters): void => {
    const again = { ...parameters, tag: requests++ };
    watch.submitted(again.tag, again.channelIndex);
    assert(scheduler.submit(again), "A running scheduler takes requests");
  };
  scheduler.onCompleted((request) => {
    watch.completed(request);
    latenciesNs.push(request.completedNs - request.arrivedNs);
    const { status } = request;
    if (status === "STATUS_SUCCESS") {
      count.succeeded++;
      if (trouble === "hang" && count.succeeded === BEFORE) halt(system);
    } else {
      count[status === "STATUS_IO_TIMEOUT" ? "timedOut" : "failed"]++;
      ask(request.parameters);
    }
  });
  const buffers = Array.from({ length: requestCount }, () => allocateBuffer(system, REQUEST_BYTES));
  const wanted = buffers.map((buffer, index): RequestParameters => {
    fillBuffer(system, buffer, patternBytes(REQUEST_BYTES, index));
    const cardAddress = index * REQUEST_BYTES;
    const channelIndex = index % h2cCount;
    return { channelIndex, mdl: buffer.mdl, lengthBytes: REQUEST_BYTES, cardAddress, tag: index, directIo: true };
  });
  scheduler.start(wanted);
  for (const parameters of wanted) ask(parameters);
  if (watchdog) dog.start();
  system.run();

  const intact = wanted.every(({ cardAddress }, index) =>
    sameBytes(card.cardMemory.read(cardAddress, REQUEST_BYTES), patternBytes(REQUEST_BYTES, index))
  );
  const waits = whoWaits(system, ({ device }) => engineSays(device));
  const violations = watch.verdict();
  if (violations.length === 0) system.close();
  return {
    ...count,
    requests,
    lost: watch.lostCount,
    twice: watch.twiceCount,
    intact,
    acts: dog.acts,
    armed,
    waits,
    latenciesNs,
    findings: [...system.findings.all],
    violations,
    simulatedNs: clock.nowNs,
  };
}

/** Halts the fetch of H2C channel 0: an engine that is started now waits for its first descriptor, for ever. */
function halt({ card }: System): void {
  card.write32(card.configBar, SGDMA_COMMON + COMMON.descriptorControlW1S, 1);
}

/** Draws the plan of a seed and arms it: one throw of the dice a fault and request. Returns what was armed. */
function armPlan({ card }: System, seed: number | string, requestCount: number): Record<string, number> {
  const { interruptLost: _, ...cardFaults } = PLANNED;
  const weights = { allocatorFailure: 0, dpcDelayed: 0, iommuFault: 0, busError: 0 };
  const plan = drawFaultPlan({
    seed,
    cardFaults: Object.keys(cardFaults),
    weights,
    participation: 1,
    maxProbability: 0.5,
    maxDelayNs: TIMEOUT_NS / 4,
  });
  const source = new FaultSource(plan);
  const armed: Record<string, number> = {};
  for (const { name } of plan.faults) {
    armed[name] = 0;
    let passed = 0;
    for (let occasion = 0; occasion < requestCount; occasion++) {
      if (!source.strikes(name)) passed++;
      else {
        card.faults.arm({ fault: PLANNED[name]!, channel: 0, after: passed, delayNs: source.delayNs(name) });
        armed[name]++;
        passed = 0;
      }
    }
  }
  return armed;
}

function engineSays(device: unknown): string {
  if (!(device instanceof RecoverableChannel)) return "nobody asked the engine";
  const status = `Status 0x${device.status.toString(16)}`;
  return device.atWork ? `${status}: busy, no descriptor completed` : `${status}: done, but its message never came`;
}
