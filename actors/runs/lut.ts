/**
 * The look-up table of seed 001: an FPGA streams into 2 GiB of a process's large pages through a table with one entry
 * for each 64 KiB. Lists are built page by page (one list over 2 GiB would need 524 288 map registers on paper and
 * 12 MiB of non-paged memory); entries are logical addresses, by arithmetic inside an element (S1-2, S1-7 … S1-9).
 *
 * The request stays pending for the whole run, so that the memory stays locked and the lists stay built (S1-32).
 */
import { assert } from "../../sim/assert.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Layout, Mdl } from "../../sim/memory/mod.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../sim/units.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import { deviceDescription } from "../hal/mod.ts";
import type { DmaOperations } from "../hal/dma_operations.ts";
import { FILE_COSTS } from "../scheduler/costs.ts";
import { System } from "../system.ts";
import { InvariantWatch } from "./invariants.ts";
import type { Violation } from "./invariants.ts";
import { countRoundTrips, probeBlocks } from "./lut_checks.ts";
import { buildLut, LUT_BLOCK_BYTES } from "./lut_table.ts";
import type { BadElement, Lut } from "./lut_table.ts";

/** What to run. */
export interface LutOptions {
  /** Bytes of the buffer, a multiple of 2 MiB. Default 2 GiB. */
  readonly bufferBytes?: number;
  /** Small pages make elements that are shorter than a block (S1-8). Default 2 MiB. */
  readonly pageSize?: number;
  /** 32: the buffer above 4 GiB is bounced, page by page. Default 64. */
  readonly addressBits?: number;
  /** Default `fragmented`: no two large pages are neighbours. */
  readonly layout?: Layout;
  /** Blocks that the card really writes to, spread over the buffer. Default 64. */
  readonly probeCount?: number;
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** Default `chart`. */
  readonly engine?: "chart" | "table";
  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
}

/** How it went. */
export interface LutResult {
  /** Pages of the buffer. */
  readonly pageCount: number;
  /** One list for each 2 MiB. */
  readonly listCount: number;
  /** Elements of all lists together. */
  readonly elementCount: number;
  /** What one list over the whole buffer would be. */
  readonly wholeList: WholeList;
  /** The table; null if elements do not make whole entries (`BadLutEntry`). */
  readonly lut: Lut | null;
  /** Elements that do not fit the table. */
  readonly bad: readonly BadElement[];
  /** Building all lists, on one processor, and its closed form. */
  readonly simulatedNs: Nanoseconds;
  /** The closed form of it. */
  readonly boundNs: Nanoseconds;
  /** Blocks whose offset leads to a slot, whose address leads back, and to the frame of the buffer's own page. */
  readonly roundTrips: number;
  /** Blocks that the card wrote by their slot and the process read by their offset: how many, how many right. */
  readonly probes: number;
  /** Of these, how many were right. */
  readonly probesRight: number;
  /** Other requests that completed while this one was pending. */
  readonly otherIoCompleted: number;
  /** Pages that were locked while it was pending, and after it was cancelled. */
  readonly lockedPages: number;
  /** Pages still locked after it was cancelled. */
  readonly lockedPagesAfter: number;
  /** Lists that were outstanding all the time, and after it was cancelled. */
  readonly listsOutstanding: number;
  /** Lists still outstanding after it was cancelled. */
  readonly listsOutstandingAfter: number;
  /** The most map registers that were held at one time. */
  readonly mapRegistersPeak: number;
  /** Invariants that broke; empty if all held. */
  readonly violations: readonly Violation[];
}

/** One list over a whole buffer. */
export interface WholeList {
  /** R, which N must reach: a register for each 4 KiB page, whatever the page size. */
  readonly registersCompared: number;
  /** N of an adapter for so long a transfer. */
  readonly numberOfMapRegisters: number;
  /** What CalculateScatterGatherList says: non-paged memory. */
  readonly listBytes: number;
  /** Elements it really has. */
  readonly elementCount: number;
}

/** Builds the table, lets the card use it, cancels the request. */
export function runLut(options: LutOptions = {}): LutResult {
  const { bufferBytes = 2 ** 31, pageSize = LARGE_PAGE_SIZE, addressBits = 64, probeCount = 64 } = options;
  const system = new System({
    seed: options.seed,
    strategy: "isr-reprogram",
    engine: options.engine,
    iommu: options.iommu,
    layout: options.layout ?? "fragmented",
    trace: options.trace,
    costs: FILE_COSTS,
    addressBits,
    h2cCount: 1,
    c2hCount: 1,
    polling: true,
    maximumTransferBytes: LARGE_PAGE_SIZE,
    queueDepth: 1,
  });
  const { space } = system.memory;
  const watch = new InvariantWatch(system);
  space.lockMemoryPrivilege = true;
  const region = space.allocate(bufferBytes, { kind: "user", pageSize, zone: addressBits < 64 ? "above4GiB" : "any" });
  assert(region.kind !== "refused", `Cannot allocate ${bufferBytes} bytes in pages of ${pageSize}`);
  const mdl = system.mdls.ioAllocateMdl(region.va, bufferBytes);
  assert(mdl !== null, "Cannot describe the buffer by an MDL");

  // The hanging IOCTL: pending and locked, until somebody cancels it.
  const irp = system.irps.create({ mdl, length: bufferBytes, writeToDevice: false, channel: "c2h0", directIo: true });
  assert(irp !== null, "Cannot lock the buffer");
  system.irps.ioMarkIrpPending(irp);
  const lockedPages = space.lockedUserPages;

  // One list for each 2 MiB, one after the other on one processor.
  const lists: ScatterGatherList[] = [];
  const listCount = bufferBytes / LARGE_PAGE_SIZE;
  const listNs = FILE_COSTS.setupNs + FILE_COSTS.setupPerPageNs * (LARGE_PAGE_SIZE / PAGE_SIZE);
  for (let index = 0; index < listCount; index++) {
    system.processors[0]!.submit(listNs, (number) => obtain(system, mdl, number * LARGE_PAGE_SIZE, lists), index);
  }
  const simulatedNs = system.run();
  irp.life.send({ type: "MAP" });
  const listsOutstanding = outstanding(system);
  const built = buildLut(lists);
  const lut = "lut" in built ? built.lut : null;
  const bad = "bad" in built ? built.bad : [];
  if (bad.length > 0) nameBad(system, lists, bad);

  const roundTrips = lut === null ? 0 : countRoundTrips(system, lut, region.va);
  const probesRight = lut === null
    ? 0
    : probeBlocks(system, watch, lut, { va: region.va, irp: irp.number }, probeCount);
  const wholeList = describeWhole(system, mdl);

  // Cancelled: the device is at rest, the lists go back, then the request.
  system.irps.ioCancelIrp(irp);
  system.irql.raised(DISPATCH_LEVEL, () => {
    for (const scatterGather of lists) {
      operations(system).putScatterGatherList({ scatterGather, writeToDevice: false });
    }
  });
  irp.life.send({ type: "PUT" });
  system.irps.ioCompleteRequest(irp, "STATUS_CANCELLED");
  const listsOutstandingAfter = outstanding(system);
  const violations = watch.verdict();
  system.close();
  return {
    pageCount: bufferBytes / pageSize,
    listCount: lists.length,
    elementCount: lists.reduce((sum, list) => sum + list.numberOfElements, 0),
    wholeList,
    lut,
    bad,
    simulatedNs,
    boundNs: listCount * listNs,
    roundTrips,
    probes: lut === null ? 0 : probeCount,
    probesRight,
    otherIoCompleted: watch.completedCount,
    lockedPages,
    lockedPagesAfter: space.lockedUserPages,
    listsOutstanding,
    listsOutstandingAfter,
    mapRegistersPeak: system.hal.mapRegisters.peak,
    violations,
  };
}

/** Asks for the list of 2 MiB from byte `offset` on. The device writes to host memory: ReadFromDevice. */
function obtain(system: System, mdl: Mdl, offset: number, lists: ScatterGatherList[]): void {
  const { deviceObject, irql } = system;
  const { status } = irql.raised(DISPATCH_LEVEL, () =>
    operations(system).getScatterGatherList({
      deviceObject,
      mdl,
      currentVa: mmGetMdlVirtualAddress(mdl) + offset,
      length: LARGE_PAGE_SIZE,
      writeToDevice: false,
      context: null,
      executionRoutine: (_device, list) => {
        list.life.send({ type: "READ" });
        lists.push(list);
      },
    }));
  assert(status === "STATUS_SUCCESS", `Cannot build the list at offset ${offset}: ${status}`);
}

/** Names the first element that makes no whole entries; the rest are of the same kind. */
function nameBad({ hal }: System, lists: readonly ScatterGatherList[], bad: readonly BadElement[]): void {
  const { list, element, address, lengthBytes } = bad[0]!;
  const place = `element ${element} is ${lengthBytes} bytes at 0x${address.toString(16)}`;
  const details = `${place}: not whole blocks of ${LUT_BLOCK_BYTES} bytes; ${bad.length} elements are like it`;
  hal.door.misuse("BadLutEntry", "ProgramLut", lists[list]!.name, details);
}

/** One list over all of it: what it costs, and what it is. An adapter for so long a transfer is needed for it. */
function describeWhole({ hal, irql, deviceObject }: System, mdl: Mdl): WholeList {
  const granted = hal.ioGetDmaAdapter({
    physicalDeviceObject: deviceObject,
    deviceDescription: deviceDescription({
      version: 2,
      master: true,
      scatterGather: true,
      dma64BitAddresses: true,
      maximumLength: mdl.byteCount,
      interfaceType: "PCIBus",
    }),
  });
  assert(granted !== null, "IoGetDmaAdapter returned NULL");
  const { putDmaAdapter, getScatterGatherList, putScatterGatherList, calculateScatterGatherList } =
    granted.dmaAdapter.dmaOperations;
  const range = { mdl, currentVa: mmGetMdlVirtualAddress(mdl), length: mdl.byteCount };
  const size = calculateScatterGatherList!(range);
  assert(size.status === "STATUS_SUCCESS", "N counts the pages of MaximumLength and one more");
  let elementCount = 0;
  irql.raised(DISPATCH_LEVEL, () =>
    getScatterGatherList({
      ...range,
      deviceObject,
      writeToDevice: false,
      context: null,
      executionRoutine: (_device, scatterGather) => {
        elementCount = scatterGather.numberOfElements;
        putScatterGatherList({ scatterGather, writeToDevice: false });
      },
    }));
  putDmaAdapter();
  return {
    registersCompared: size.numberOfMapRegisters,
    numberOfMapRegisters: granted.numberOfMapRegisters,
    listBytes: size.scatterGatherListSize,
    elementCount,
  };
}

function operations(system: System): DmaOperations {
  return system.channels[1]!.parts.adapter.dmaOperations;
}

function outstanding({ hal }: System): number {
  return hal.adapters.reduce((sum, { counters }) => sum + counters.listsOutstanding, 0);
}
