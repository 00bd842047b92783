/**
 * Forward progress (seed 004): pages come back from a disk behind the card while the kernel's allocator fails every
 * time. A page of a kernel stack that cannot be brought back is the end of the system (S4-12).
 *
 * 1 the pages lie on the disk; what is to be had in advance is allocated
 * 2 the allocator fails from now on
 * 3 every page is read back, under one of the policies; contents are compared
 */
import type { InsufficientReason } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import { linkTimeNs } from "../../sim/card/link.ts";
import type { LinkOptions, LinkPreset } from "../../sim/card/link.ts";
import type { PoolFaults } from "../../sim/memory/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { bytesToPages } from "../../sim/units.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import { FILE_COSTS } from "../scheduler/costs.ts";
import { EmergencyLists } from "../scheduler/emergency_lists.ts";
import type { EmergencyCounts } from "../scheduler/emergency_lists.ts";
import { classic, isrReprogram } from "../scheduler/strategies/mod.ts";
import { System } from "../system.ts";
import { allocateBuffer, readBuffer } from "./buffers.ts";
import { InvariantWatch } from "./invariants.ts";
import type { Violation } from "./invariants.ts";
import { randomBytes, sameBytes } from "./pattern.ts";

/**
 * How requests come by their lists. `get`: the HAL allocates. `classic`: no list at all, AllocateAdapterChannel and
 * MapTransfer. `emergency`: Get, else Build into an emergency set, else the line.
 */
export type LowMemoryPolicy = "get" | "classic" | "emergency";

/** What to run. */
export interface LowMemoryOptions {
  /** How lists are obtained. */
  readonly policy: LowMemoryPolicy;
  /** Page-ins that are asked for at one time. */
  readonly requestCount: number;
  /** Bytes of each. Default 64 KiB. */
  readonly requestBytes?: number;
  /** Emergency sets. Default 1. */
  readonly reserveCount?: number;
  /** The longest request that a set carries. Default `requestBytes`. */
  readonly reserveBytes?: number;
  /** How the allocator fails. Default: every time. */
  readonly faults?: PoolFaults;
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** Channels that the pages come through, 1 to 4. Default 1. */
  readonly c2hCount?: number;
  /** A preset or figures. Default `gen3x16`. */
  readonly link?: LinkPreset | LinkOptions;
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Completion by the card's write-back. Default false. */
  readonly polling?: boolean;
  /** Default `chart`. */
  readonly engine?: "chart" | "table";
  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
}

/** How it went. */
export interface LowMemoryResult {
  /** How lists are obtained. */
  readonly policy: LowMemoryPolicy;
  /** Emergency sets. */
  readonly reserveCount: number;
  /** From the first page-in's arrival to the last one's completion. */
  readonly simulatedNs: Nanoseconds;
  /** No driver is faster: one processor for all setups, one link for the pages that came back. */
  readonly boundNs: Nanoseconds;
  /** Page-ins that were asked for. */
  readonly requests: number;
  /** Page-ins that succeeded. */
  readonly succeeded: number;
  /** Completed with an error status. */
  readonly refused: number;
  /** The reasons that the HAL gave, each once. */
  readonly reasons: readonly InsufficientReason[];
  /** Arrival to completion of those that succeeded, in order of completion. */
  readonly latenciesNs: readonly Nanoseconds[];
  /** Requests in the order in which they succeeded, by their number. */
  readonly order: readonly number[];
  /** Every page that came back has its bytes. */
  readonly intact: boolean;
  /** How requests came by their lists during the page-ins; null in the Classic Model, which has none. */
  readonly lists: EmergencyCounts | null;
  /** Pool allocations during the page-ins: those that succeeded and those that failed. */
  readonly poolAllocations: number;
  /** Allocations that the pool refused. */
  readonly poolFailures: number;
  /** Share of engine time with a transfer in it, 0 to 1. */
  readonly utilisation: number;
  /** The most map registers that were held at one time. */
  readonly mapRegistersPeak: number;
  /** Requests that never completed. */
  readonly lost: number;
  /** Requests that completed more than once. */
  readonly twice: number;
  /** Invariants that broke; empty if all held. */
  readonly violations: readonly Violation[];
}

const DEFAULT_REQUEST_BYTES = 64 * 1024;

/** Runs the page-ins under one policy. */
export function runLowMemory(options: LowMemoryOptions): LowMemoryResult {
  const { policy, requestCount, requestBytes = DEFAULT_REQUEST_BYTES, reserveCount = 1 } = options;
  const { c2hCount = 1, seed = 0 } = options;
  if (c2hCount < 1) throw new RangeError("Cannot read pages back without a C2H channel: expected at least one");
  const lists: EmergencyLists[] = [];
  const system = new System({
    seed,
    strategy: policy === "classic" ? classic : { ...isrReprogram, dmaVersion: 2 },
    engine: options.engine,
    costs: FILE_COSTS,
    h2cCount: 0,
    c2hCount,
    link: options.link,
    iommu: options.iommu,
    polling: options.polling,
    maximumTransferBytes: requestBytes,
    queueDepth: requestCount,
    trace: options.trace,
    lists: (parts) => {
      const maximumLengthBytes = options.reserveBytes ?? requestBytes;
      const source = new EmergencyLists(parts, {
        reserveCount: policy === "emergency" ? reserveCount : 0,
        maximumLengthBytes,
      });
      lists.push(source);
      return source;
    },
  });
  const watch = new InvariantWatch(system);
  const source = lists[0]!;

  // 1 The pages as they lie on the disk, and the memory that they are to come back to.
  const prng = new Prng(seed).fork("page contents");
  const pages = Array.from({ length: requestCount }, (_, index) => {
    const bytes = randomBytes(requestBytes, prng);
    const cardAddress = index * requestBytes;
    system.card.cardMemory.write(cardAddress, bytes);
    const buffer = allocateBuffer(system, requestBytes);
    const channelIndex = index % c2hCount;
    const back = { channelIndex, mdl: buffer.mdl, lengthBytes: requestBytes, cardAddress, tag: index, directIo: true };
    return { bytes, buffer, back };
  });
  if (policy === "emergency") source.reserve();
  system.scheduler.start(pages.map(({ back }) => back));

  // 2 Memory runs out.
  const { pool } = system.memory;
  const allocatedBefore = pool.allocations;
  pool.setFaults(options.faults ?? { failAll: true });

  // 3 Back.
  const latenciesNs: Nanoseconds[] = [];
  const order: number[] = [];
  let refused = 0;
  let simulatedNs = 0;
  system.scheduler.onCompleted((request) => {
    watch.completed(request);
    simulatedNs = request.completedNs;
    if (request.status !== "STATUS_SUCCESS") refused++;
    else {
      order.push(request.parameters.tag);
      latenciesNs.push(request.completedNs - request.arrivedNs);
    }
  });
  for (const { back } of pages) {
    watch.submitted(back.tag, back.channelIndex);
    assert(system.scheduler.submit(back), "A running scheduler takes requests");
  }
  system.run();

  const found = new Uint8Array(requestBytes);
  const intact = order.every((index) => {
    readBuffer(system, pages[index]!.buffer, found, 0, requestBytes);
    return sameBytes(found, pages[index]!.bytes);
  });
  const violations = watch.verdict();
  if (violations.length === 0) system.close();
  const busyNs = system.channels.reduce((sum, channel) => sum + channel.deviceBusyNs, 0);
  return {
    policy,
    reserveCount: policy === "emergency" ? reserveCount : 0,
    simulatedNs,
    boundNs: leastNs(system, requestBytes, requestCount, order.length, options.polling ?? false),
    requests: requestCount,
    succeeded: order.length,
    refused,
    reasons: [...source.counts.reasons],
    latenciesNs,
    order,
    intact,
    lists: policy === "classic" ? null : source.counts,
    poolAllocations: pool.allocations - allocatedBefore,
    poolFailures: pool.failures,
    utilisation: simulatedNs === 0 ? 0 : busyNs / (c2hCount * simulatedNs),
    mapRegistersPeak: Math.max(0, ...system.hal.pools.map(({ peak }) => peak)),
    lost: watch.lostCount,
    twice: watch.twiceCount,
    violations,
  };
}

/** Setups one after the other, then the last page; or one setup, then all pages on the link. */
function leastNs(system: System, bytes: number, asked: number, moved: number, polling: boolean): Nanoseconds {
  const { setupNs, setupPerPageNs, isrNs, postNs } = FILE_COSTS;
  const eachNs = setupNs + setupPerPageNs * bytesToPages(bytes);
  if (moved === 0) return asked * eachNs;
  // A DPC that drains can be under way already when the last interrupt comes: its latency is not certain.
  const latencyNs = postNs + (polling ? 0 : isrNs);
  const { link } = system.card;
  const cpuNs = moved * eachNs + linkTimeNs(link, "c2h", bytes) + latencyNs;
  return Math.floor(Math.max(cpuNs, eachNs + linkTimeNs(link, "c2h", moved * bytes) + latencyNs));
}
