/**
 * Scarce map registers (seed 002): a 32-bit device works on memory above 4 GiB, so every page of every list takes a
 * register of the machine's one small pool; another device lives on the same pool. Lists that are made before the
 * device is free keep registers while they queue: more for us, longer waits for the neighbour (S2-14 … S2-17).
 */
import { assert } from "../../sim/assert.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { Region } from "../../sim/memory/mod.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { TraceEvent, Tracer } from "../../trace/event.ts";
import { BURST_COSTS, costs } from "../scheduler/costs.ts";
import type { RequestParameters } from "../scheduler/request.ts";
import type { Strategy, StrategyName } from "../scheduler/strategy.ts";
import { System } from "../system.ts";
import { Competitor } from "./competitor.ts";
import type { CompetitorResult } from "./competitor.ts";
import { InvariantWatch } from "./invariants.ts";
import type { Violation } from "./invariants.ts";

/** What to run. */
export interface RegisterScarcityOptions {
  /** A strategy by name, or your own. */
  readonly strategy: StrategyName | Strategy;
  /** Address lines of our device. 64: it reaches all memory and needs no register (S2-17). Default 32. */
  readonly addressBits?: number;
  /** Size of the pool. Default 128. */
  readonly mapRegisters?: number;
  /** Our requests, which arrive together and are dealt out to the channels. Default 24. */
  readonly requestCount?: number;
  /** Bytes of each. Default 64 KiB: 16 registers. */
  readonly requestBytes?: number;
  /** Doorbell to interrupt. Default 360 µs. */
  readonly dmaNs?: Nanoseconds;
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** H2C channels. Default 1. */
  readonly h2cCount?: number;
  /** C2H channels. Default 0. */
  readonly c2hCount?: number;
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Default `chart`. */
  readonly engine?: "chart" | "table";
  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
}

/** How it went. */
export interface RegisterScarcityResult {
  /** The name of the strategy that ran. */
  readonly strategy: string;
  /** Address lines of our device. */
  readonly addressBits: number;
  /** Size of the pool. */
  readonly mapRegisters: number;
  /** From the first arrival to the last of our completions. */
  readonly simulatedNs: Nanoseconds;
  /** The strategy's closed form for one channel with registers in plenty. */
  readonly boundNs: Nanoseconds;
  /** Share of engine time with a transfer in it, 0 to 1. */
  readonly utilisation: number;
  /** Arrival to completion of each request. */
  readonly latenciesNs: readonly Nanoseconds[];
  /** Requests that we made. */
  readonly requests: number;
  /** Requests that completed. */
  readonly completed: number;
  /** Requests that completed with an error status. */
  readonly failed: number;
  /** Requests that never completed. */
  readonly lost: number;
  /** Requests that completed more than once. */
  readonly twice: number;
  /** Registers held, from the moment it became so; all drivers together. */
  readonly occupancy: readonly { readonly atNs: Nanoseconds; readonly held: number }[];
  /** Registers held on average over the time of our requests. */
  readonly meanHeld: number;
  /** The most map registers that were held at one time. */
  readonly mapRegistersPeak: number;
  /** The most that our own requests held at one time. */
  readonly ownRegistersPeak: number;
  /** How the neighbour fared. */
  readonly competitor: CompetitorResult;
  /** Invariants that broke; empty if all held. */
  readonly violations: readonly Violation[];
}

const DEFAULTS = { addressBits: 32, mapRegisters: 128, requestCount: 24, requestBytes: 64 * 1024, dmaNs: 360_000 };

/** Runs our stream and the neighbour's over one pool. */
export function runRegisterScarcity(options: RegisterScarcityOptions): RegisterScarcityResult {
  const { addressBits, mapRegisters, requestCount, requestBytes, dmaNs } = { ...DEFAULTS, ...options };
  const { h2cCount = 1, c2hCount = 0 } = options;
  const meter = new OccupancyMeter(mapRegisters, options.trace);
  const system = new System({
    seed: options.seed,
    strategy: options.strategy,
    engine: options.engine,
    iommu: options.iommu,
    trace: meter,
    costs: costs(BURST_COSTS),
    timing: { kind: "fixed", dmaNs },
    h2cCount,
    c2hCount,
    addressBits,
    mapRegisters,
    maximumTransferBytes: requestBytes,
    queueDepth: requestCount,
  });
  const watch = new InvariantWatch(system);
  const competitor = new Competitor(system);
  const channelCount = h2cCount + c2hCount;
  const latenciesNs: Nanoseconds[] = [];
  let failed = 0;
  let endNs = 0;
  system.scheduler.onCompleted((request) => {
    watch.completed(request);
    if (request.status !== "STATUS_SUCCESS") failed++;
    latenciesNs.push(request.completedNs - request.arrivedNs);
    endNs = request.completedNs;
    if (latenciesNs.length === requestCount) competitor.stop();
  });
  const requests = Array.from({ length: requestCount }, (_, tag): RequestParameters => {
    const { region } = highBuffer(system, requestBytes);
    const mdl = system.mdls.ioAllocateMdl(region.va, requestBytes);
    assert(mdl !== null, "Cannot describe a user buffer by an MDL");
    const cardAddress = tag * requestBytes;
    return { channelIndex: tag % channelCount, mdl, lengthBytes: requestBytes, cardAddress, tag, directIo: true };
  });
  system.scheduler.start(requests);
  competitor.start(highBuffer(system, competitor.requestBytes).region);
  for (const request of requests) {
    watch.submitted(request.tag, request.channelIndex);
    assert(system.scheduler.submit(request), "A running scheduler takes requests");
  }
  system.run();

  const violations = watch.verdict();
  if (violations.length === 0) {
    competitor.close();
    system.close();
  }
  const times = { ...BURST_COSTS, dmaNs };
  const busyNs = system.channels.reduce((sum, channel) => sum + channel.deviceBusyNs, 0);
  return {
    strategy: system.strategy.name,
    addressBits,
    mapRegisters,
    simulatedNs: endNs,
    boundNs: system.strategy.boundNs(times, Math.ceil(requestCount / channelCount)),
    utilisation: endNs === 0 ? 0 : busyNs / (channelCount * endNs),
    latenciesNs,
    requests: requestCount,
    completed: watch.completedCount,
    failed,
    lost: watch.lostCount,
    twice: watch.twiceCount,
    occupancy: meter.steps,
    meanHeld: meter.meanUntil(endNs),
    mapRegistersPeak: system.hal.mapRegisters.peak,
    ownRegistersPeak: system.hal.adapters.find(({ name }) => name === system.adapters[0]!.name)!.counters.registersPeak,
    competitor: competitor.result(),
    violations,
  };
}

/** What to register. */
export interface RegistrationOptions {
  /** Address lines of the device. */
  readonly addressBits: number;
  /** Buffers that people want to keep mapped, and bytes of each. */
  readonly bufferCount: number;
  /** Bytes of each. */
  readonly bufferBytes: number;
  /** Size of the pool. */
  readonly mapRegisters: number;
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** Device addresses are translated: then no buffer needs registers. Default false. */
  readonly iommu?: boolean;
}

/** How far it went. */
export interface RegistrationResult {
  /** Lists that are there. */
  readonly granted: number;
  /** Lists that will never be there while the granted ones are kept. */
  readonly waiting: number;
  /** Registers that the granted lists keep from everybody else (S3-9). */
  readonly registersHeld: number;
}

/**
 * Seed 003: keeps a list for every registered buffer, for ever. Windows has no static map registers: it is all dynamic,
 * and where registers are needed they run out (S3-9, S3-10). Nothing is given back: that is the point of it.
 */
export function runRegistrations(options: RegistrationOptions): RegistrationResult {
  const { addressBits, bufferCount, bufferBytes, mapRegisters, seed, iommu } = options;
  const system = new System({
    seed,
    iommu,
    strategy: "registered",
    addressBits,
    mapRegisters,
    h2cCount: 0,
    c2hCount: 1,
    maximumTransferBytes: bufferBytes,
    queueDepth: 1,
  });
  const { adapter, deviceObject } = system.channels[0]!.parts;
  let granted = 0;
  for (let index = 0; index < bufferCount; index++) {
    const { region } = highBuffer(system, bufferBytes);
    const mdl = system.mdls.ioAllocateMdl(region.va, bufferBytes);
    assert(mdl !== null, "Cannot describe a user buffer by an MDL");
    assert(
      system.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoWriteAccess") === "STATUS_SUCCESS",
      "Cannot lock a user buffer",
    );
    system.irql.raised(DISPATCH_LEVEL, () =>
      adapter.dmaOperations.getScatterGatherList({
        deviceObject,
        mdl,
        currentVa: region.va,
        length: bufferBytes,
        writeToDevice: false,
        context: null,
        executionRoutine: () => granted++,
      }));
  }
  const { size, free } = system.hal.mapRegisters;
  return { granted, waiting: bufferCount - granted, registersHeld: size - free };
}

/** User memory that a 32-bit device cannot reach. */
function highBuffer(system: System, lengthBytes: number): { readonly region: Region } {
  const region = system.memory.space.allocate(lengthBytes, { kind: "user", zone: "above4GiB" });
  assert(region.kind !== "refused", `Cannot allocate ${lengthBytes} bytes of user memory above 4 GiB`);
  return { region };
}

/** Reads how full the pool is from the trace, and passes the trace on. */
class OccupancyMeter implements Tracer {
  readonly on = true;
  readonly steps: { readonly atNs: Nanoseconds; readonly held: number }[] = [{ atNs: 0, held: 0 }];
  readonly #size: number;
  readonly #onward: Tracer | undefined;

  constructor(size: number, onward: Tracer | undefined) {
    this.#size = size;
    this.#onward = onward;
  }

  emit(event: TraceEvent): void {
    if (event.kind === "counter" && event.counter === "mapRegisterPool.free") {
      this.steps.push({ atNs: event.atNs, held: this.#size - event.value });
    }
    if (this.#onward?.on) this.#onward.emit(event);
  }

  /** Registers held on average from 0 to `endNs`. */
  meanUntil(endNs: Nanoseconds): number {
    let area = 0;
    this.steps.forEach(({ atNs, held }, index) => {
      const untilNs = Math.min(endNs, this.steps[index + 1]?.atNs ?? endNs);
      area += held * Math.max(0, untilNs - atNs);
    });
    return endNs === 0 ? 0 : area / endNs;
  }
}
