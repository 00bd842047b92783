/**
 * Real bytes through all channels: a file goes host → card over the H2C channels and card → host over the C2H channels,
 * in pieces and in three passes, so that all channels work at once:
 *
 * ```text
 * pass 1   first half  host → card
 * pass 2   second half host → card     first half  card → host
 * pass 3                               second half card → host
 * ```
 * What comes back is compared outside.
 */
import { assert } from "../../sim/assert.ts";
import type { LinkOptions, LinkPreset } from "../../sim/card/link.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import { FILE_COSTS } from "../scheduler/costs.ts";
import type { Costs } from "../scheduler/costs.ts";
import type { Request, RequestParameters } from "../scheduler/request.ts";
import type { Strategy, StrategyName } from "../scheduler/strategy.ts";
import { System } from "../system.ts";
import type { SystemOptions } from "../system_options.ts";
import { allocateBuffer, fillBuffer, readBuffer } from "./buffers.ts";
import { InvariantWatch } from "./invariants.ts";
import type { Violation } from "./invariants.ts";
import { roundTripBound } from "./lower_bound.ts";
import type { LowerBound } from "./lower_bound.ts";

/** Somebody cancels the request of a number at a time, wherever it is then. */
export interface PlannedCancel {
  /** When. */
  readonly atNs: Nanoseconds;
  /** The number of the request, in the order in which requests are dispatched; from 0. */
  readonly irp: number;
}

/** A part of the file. */
export interface FilePart {
  /** Where in the file it begins. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** What to run. */
export interface RoundTripOptions {
  /** The file. */
  readonly bytes: Uint8Array;
  /** A strategy by name, or your own. */
  readonly strategy: StrategyName | Strategy;
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** H2C channels, 1 to 4. Default 4. */
  readonly h2cCount?: number;
  /** C2H channels, 1 to 4. Default 4. */
  readonly c2hCount?: number;
  /** A preset or figures. Default `gen3x16`. */
  readonly link?: LinkPreset | LinkOptions;
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Completion by the card's write-back. Default false. */
  readonly polling?: boolean;
  /** Bytes of a piece, a multiple of 4096. Default: about 16 pieces a channel, between 4 KiB and 64 KiB. */
  readonly pieceBytes?: number;
  /** Where in their first pages the requester's buffers begin. Default 0. */
  readonly byteOffset?: number;
  /** Default {@link FILE_COSTS}. */
  readonly costs?: Costs;
  /** Processors for dispatch routines. Default: one a channel, as interrupts are spread on a server. */
  readonly processors?: number;
  /** Default `chart`. */
  readonly engine?: "chart" | "table";
  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
  /** Called after each completed request with the share that is done; for a progress bar. */
  readonly onProgress?: (share: number) => void;
  /** Who is cancelled on the way. Default: nobody. */
  readonly cancels?: readonly PlannedCancel[];
  /** Further options of the world. */
  readonly system?: Partial<SystemOptions>;
  /** Gets the world when its driver has started, before the first request: for faults, timers and watchers. */
  readonly onStarted?: (system: System) => void;
  /** Hears of each completed request, while its buffer and the card are as they were at that moment. */
  readonly onEnded?: (request: Request) => void;
}

/** How it went. */
export interface RoundTripResult {
  /** The name of the strategy that ran. */
  readonly strategy: string;
  /** What came back. */
  readonly bytes: Uint8Array;
  /** From the first arrival to the last completion, in nanoseconds. */
  readonly simulatedNs: Nanoseconds;
  /** What no driver can beat, and its parts. */
  readonly bound: LowerBound;
  /** Share of engine time with a transfer in it: all engines, from their first doorbell to their last interrupt. */
  readonly utilisation: number;
  /** File bytes a second, each way. */
  readonly bytesPerSecond: number;
  /** Requests in all passes. */
  readonly requests: number;
  /** Requests that completed. */
  readonly completed: number;
  /** Requests that completed with an error status; a cancelled one has not failed. */
  readonly failed: number;
  /** Parts of the file that did not make the trip: one of their requests was cancelled. In order of completion. */
  readonly cancelled: readonly FilePart[];
  /** Requests that never completed. */
  readonly lost: number;
  /** Requests that completed more than once. */
  readonly twice: number;
  /** Median latency. */
  readonly p50Ns: Nanoseconds;
  /** 99th percentile of the latency. */
  readonly p99Ns: Nanoseconds;
  /** Latency of the last request. */
  readonly lastLatencyNs: Nanoseconds;
  /** Mean time between an interrupt and the next doorbell where work was waiting. */
  readonly idlePerTransferNs: Nanoseconds;
  /** The most map registers that were held at one time. */
  readonly mapRegistersPeak: number;
  /** The most engines that were busy at one moment (S0-38). */
  readonly busyPeak: number;
  /** Invariants that broke; empty if all held. */
  readonly violations: readonly Violation[];
}

const PIECES_PER_CHANNEL = 16;
const PIECE_BYTES_MAX = 64 * 1024;

/** The default piece: about {@link PIECES_PER_CHANNEL} pieces a channel, whole pages, at most 64 KiB. */
export function defaultPieceBytes(fileBytes: number, channelCount: number): number {
  const wanted = Math.ceil(fileBytes / (channelCount * PIECES_PER_CHANNEL));
  return Math.min(PIECE_BYTES_MAX, Math.max(PAGE_SIZE, Math.ceil(wanted / PAGE_SIZE) * PAGE_SIZE));
}

/**
 * Runs one file there and back.
 *
 * @throws {RangeError} if there is no channel in a direction, no byte, or an odd piece size.
 */
export function runRoundTrip(options: RoundTripOptions): RoundTripResult {
  const { bytes, h2cCount = 4, c2hCount = 4, costs = FILE_COSTS } = options;
  const { polling = false, byteOffset = 0, processors = h2cCount + c2hCount } = options;
  const pieceBytes = options.pieceBytes ?? defaultPieceBytes(bytes.length, Math.min(h2cCount, c2hCount));
  if (h2cCount < 1 || c2hCount < 1) throw new RangeError("A round trip needs at least one channel each way");
  if (bytes.length === 0) throw new RangeError("Cannot send an empty file: expected at least one byte");
  if (!(pieceBytes > 0 && pieceBytes % PAGE_SIZE === 0)) {
    throw new RangeError(`Cannot use pieces of ${pieceBytes} bytes: expected a multiple of ${PAGE_SIZE}`);
  }
  const system = new System({
    seed: options.seed,
    strategy: options.strategy,
    engine: options.engine,
    costs,
    h2cCount,
    c2hCount,
    link: options.link,
    iommu: options.iommu,
    polling,
    processors,
    maximumTransferBytes: pieceBytes,
    queueDepth: PIECES_PER_CHANNEL * 2,
    dpcPerRequest: true,
    trace: options.trace,
    ...options.system,
  });
  const watch = new InvariantWatch(system);

  // Buffers: one to send, one to receive, for every piece.
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) => {
    const offset = index * pieceBytes;
    const length = Math.min(pieceBytes, bytes.length - offset);
    const sent = allocateBuffer(system, length, byteOffset);
    fillBuffer(system, sent, bytes.subarray(offset, offset + length));
    const received = allocateBuffer(system, length, byteOffset);
    const common = { lengthBytes: length, cardAddress: offset, directIo: true };
    const there: RequestParameters = { ...common, channelIndex: index % h2cCount, mdl: sent.mdl, tag: index * 2 };
    const back: RequestParameters = {
      ...common,
      channelIndex: h2cCount + index % c2hCount,
      mdl: received.mdl,
      tag: index * 2 + 1,
    };
    return { offset, length, received, there, back };
  });

  const latenciesNs: Nanoseconds[] = [];
  const cancelled: FilePart[] = [];
  let failed = 0;
  let lastLatencyNs = 0;
  let simulatedNs = 0;
  const submit = (parameters: RequestParameters): void => {
    watch.submitted(parameters.tag, parameters.channelIndex);
    assert(system.scheduler.submit(parameters), "A running scheduler takes requests");
  };
  const half = Math.ceil(pieces.length / 2);
  const passes = [
    { h2c: pieces.slice(0, half), c2h: [] },
    { h2c: pieces.slice(half), c2h: pieces.slice(0, half) },
    { h2c: [], c2h: pieces.slice(half) },
  ];
  let passNumber = 0;
  let underWay = 0;
  const nextPass = (): void => {
    const pass = passes[passNumber++];
    if (pass === undefined) return;
    underWay = pass.h2c.length + pass.c2h.length;
    if (underWay === 0) return nextPass();
    for (const { there } of pass.h2c) submit(there);
    for (const { back } of pass.c2h) submit(back);
  };
  system.scheduler.onCompleted((request) => {
    watch.completed(request);
    options.onEnded?.(request);
    lastLatencyNs = request.completedNs - request.arrivedNs;
    simulatedNs = request.completedNs;
    latenciesNs.push(lastLatencyNs);
    if (request.cancelled) cancelled.push(pieces[request.parameters.tag >>> 1]!);
    else if (request.status !== "STATUS_SUCCESS") failed++;
    options.onProgress?.(latenciesNs.length / (pieces.length * 2));
    if (--underWay === 0) nextPass();
  });

  const buffers = pieces.flatMap(({ there, back }) => [there, back]);
  system.scheduler.start(buffers);
  options.onStarted?.(system);
  const cancel = (irp: number): void => void system.scheduler.cancel(irp);
  for (const { atNs, irp } of options.cancels ?? []) system.clock.at(atNs, cancel, irp);
  nextPass();
  system.run();

  const back = new Uint8Array(bytes.length);
  for (const { received, offset, length } of pieces) readBuffer(system, received, back, offset, length);
  const violations = watch.verdict();
  if (violations.length === 0) system.close();
  latenciesNs.sort((left, right) => left - right);
  const { channels, strategy } = system;
  const sum = (figure: (channel: (typeof channels)[number]) => number): number =>
    channels.reduce((total, channel) => total + figure(channel), 0);
  const idleCount = sum((channel) => channel.idleWithWorkCount);
  return {
    strategy: strategy.name,
    bytes: back,
    simulatedNs,
    bound: roundTripBound({
      strategy: strategy.name,
      costs,
      link: system.card.link,
      processors,
      passes: passes.map(({ h2c, c2h }) => ({
        h2c: byChannel(h2c.map(({ there, length }) => [there.channelIndex, length]), 0, h2cCount),
        c2h: byChannel(c2h.map(({ back, length }) => [back.channelIndex, length]), h2cCount, c2hCount),
      })),
      dpcPerRequest: system.driver.dpcPerRequest,
      polling,
    }),
    utilisation: simulatedNs === 0 ? 0 : sum((channel) => channel.deviceBusyNs) / (channels.length * simulatedNs),
    bytesPerSecond: simulatedNs === 0 ? 0 : bytes.length * 1e9 / simulatedNs,
    requests: pieces.length * 2,
    completed: watch.completedCount,
    failed,
    cancelled: cancelled.map(({ offset, length }) => ({ offset, length })),
    lost: watch.lostCount,
    twice: watch.twiceCount,
    p50Ns: percentile(latenciesNs, 0.5),
    p99Ns: percentile(latenciesNs, 0.99),
    lastLatencyNs,
    idlePerTransferNs: idleCount === 0 ? 0 : Math.round(sum((channel) => channel.idleWithWorkNs) / idleCount),
    mapRegistersPeak: Math.max(0, ...system.hal.pools.map(({ peak }) => peak)),
    busyPeak: system.busyPeak,
    violations,
  };
}

/** Deals lengths out to the channels from `first` on that carry them. */
function byChannel(pieces: readonly (readonly [number, number])[], first: number, count: number): number[][] {
  return Array.from(
    { length: count },
    (_, number) => pieces.filter(([index]) => index === first + number).map(([, length]) => length),
  );
}

/** The nearest-rank percentile of sorted values. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
