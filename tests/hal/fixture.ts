/** A machine with a HAL, buffers and a driver's habits. For the tests of the HAL. */
import { ChartLives } from "../../actors/chart_lives.ts";
import { FindingLog } from "../../actors/findings.ts";
import type { Lives } from "../../actors/life.ts";
import { TableLives } from "../../actors/table_lives.ts";
import { deviceDescription } from "../../actors/hal/device_description.ts";
import type { DeviceDescription } from "../../actors/hal/device_description.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import type { DmaOperations, Result } from "../../actors/hal/dma_operations.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import { Hal } from "../../actors/hal/hal.ts";
import type { HalOptions } from "../../actors/hal/hal.ts";
import { createScatterGatherBuffer } from "../../actors/hal/list_buffer.ts";
import type { ListBuffer } from "../../actors/hal/list_buffer.ts";
import { scatterGatherListBytes } from "../../actors/hal/scatter_gather.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import { createTransferContext } from "../../actors/hal/transfer_context.ts";
import type { TransferContext } from "../../actors/hal/transfer_context.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { DISPATCH_LEVEL, IrqlState } from "../../sim/kernel/irql.ts";
import { HostMemory, ioAllocateMdl, lockMdlPages, mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { AllocateOptions, HostMemoryOptions, Mdl, Region } from "../../sim/memory/mod.ts";
import { SILENT } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";

/** Which engine the lives run on. */
export type Engine = "chart" | "table";

/** Both, for tests that are cheap. */
export const ENGINES: readonly Engine[] = ["chart", "table"];

/** 2^20. */
export const MIB = 0x10_0000;

/** What a test's machine is like. */
export interface MachineOptions {
  readonly engine?: Engine;
  readonly memory?: HostMemoryOptions;
  readonly hal?: HalOptions;
  readonly trace?: Tracer;
}

/** Routines of version 3, all of them there. */
export type Version3 = Required<DmaOperations>;

/** A 64-bit scatter/gather bus master, version 3: what an XDMA card is. */
export const XDMA: Partial<DeviceDescription> = {
  version: 3,
  master: true,
  scatterGather: true,
  dmaAddressWidth: 64,
  interfaceType: "PCIBus",
  maximumLength: 4 * MIB,
};

/** The same card with 32 address lines. */
export const XDMA_32: Partial<DeviceDescription> = { ...XDMA, dmaAddressWidth: 32 };

/** A 64-bit bus master without scatter/gather. */
export const PACKET_64: Partial<DeviceDescription> = { ...XDMA, scatterGather: false };

/** One machine. */
export class Machine {
  readonly clock: VirtualClock = new VirtualClock();
  readonly irql: IrqlState = new IrqlState();
  readonly trace: Tracer;
  readonly findings: FindingLog;
  readonly lives: Lives;
  readonly memory: HostMemory;
  readonly hal: Hal;

  constructor(options: MachineOptions = {}) {
    const { clock, irql } = this;
    this.trace = options.trace ?? SILENT;
    this.findings = new FindingLog(clock, this.trace);
    const telling = { clock, trace: this.trace, findings: this.findings };
    this.lives = options.engine === "chart" ? new ChartLives(telling) : new TableLives(telling);
    this.memory = new HostMemory(clock, { physicalBytes: 0x2_0000_0000, ...options.memory }, this.trace);
    const { lives, memory, trace, findings } = this;
    this.hal = new Hal({ clock, trace, irql, lives, findings, memory, options: options.hal });
  }

  /** The rules of everything found so far. */
  get rules(): string[] {
    return this.findings.all.map(({ rule }) => rule);
  }

  /** An adapter that the test takes for granted. */
  adapter(description: Partial<DeviceDescription> = XDMA, device = "xdma0"): Adapter {
    const granted = this.hal.ioGetDmaAdapter({
      physicalDeviceObject: { name: device },
      deviceDescription: deviceDescription(description),
    });
    if (granted === null) throw new Error("IoGetDmaAdapter returned NULL");
    return granted.dmaAdapter as Adapter;
  }

  /** Memory that the test takes for granted. */
  region(lengthBytes: number, options: Partial<AllocateOptions> = {}): Region {
    const region = this.memory.space.allocate(lengthBytes, { kind: "user", ...options });
    if (region.kind === "refused") throw new Error(`${region.status}: ${region.reason}`);
    return region;
  }

  /** A locked buffer. */
  buffer(lengthBytes: number, options: Partial<AllocateOptions> = {}): Mdl {
    return this.locked(ioAllocateMdl(this.region(lengthBytes, options).va, lengthBytes));
  }

  /** A chain of locked buffers. */
  chain(...parts: readonly { readonly lengthBytes: number; readonly byteOffset?: number }[]): Mdl {
    let first: Mdl | null = null;
    for (const { lengthBytes, byteOffset = 0 } of parts) {
      const mdl = this.locked(ioAllocateMdl(this.region(lengthBytes, { byteOffset }).va, lengthBytes, first));
      first ??= mdl;
    }
    return first!;
  }

  locked(mdl: Mdl): Mdl {
    const status = lockMdlPages(this.memory.space, mdl, true);
    if (status !== "STATUS_SUCCESS") throw new Error(status);
    return mdl;
  }

  /** Runs at DISPATCH_LEVEL. */
  dispatch<T>(body: () => T): T {
    return this.irql.raised(DISPATCH_LEVEL, body);
  }

  context(): TransferContext {
    return createTransferContext(this.hal);
  }

  /** A list buffer with room for so many elements. */
  listBuffer(elements: number, pool: "nonpaged" | "paged" = "nonpaged"): ListBuffer {
    const buffer = createScatterGatherBuffer(this.hal, scatterGatherListBytes(elements), pool);
    if (buffer === null) throw new Error("no pool memory for a list buffer");
    return buffer;
  }

  /** What the CPU reads. */
  cpuRead(mdl: Mdl): Uint8Array {
    const bytes = new Uint8Array(mdl.byteCount);
    const status = this.memory.space.read(mmGetMdlVirtualAddress(mdl), bytes, 0, bytes.length);
    if (status !== 0) throw new Error(`the CPU cannot read: ${status}`);
    return bytes;
  }

  /** What the CPU writes. */
  cpuWrite(mdl: Mdl, bytes: Uint8Array): void {
    const status = this.memory.space.write(mmGetMdlVirtualAddress(mdl), bytes, 0, bytes.length);
    if (status !== 0) throw new Error(`the CPU cannot write: ${status}`);
  }

  /** What the device reads through a list. */
  deviceRead(list: ScatterGatherList, device = "xdma0"): Uint8Array {
    const bytes = new Uint8Array(sum(list.lengths, list.numberOfElements));
    let at = 0;
    for (let element = 0; element < list.numberOfElements; element++) {
      const length = list.lengths[element]!;
      const status = this.memory.port(device).read(list.addresses[element]!, bytes, at, length);
      if (status !== 0) throw new Error(`bus status ${status}`);
      at += length;
    }
    return bytes;
  }

  /** What the device writes through a list. */
  deviceWrite(list: ScatterGatherList, bytes: Uint8Array, device = "xdma0"): void {
    let at = 0;
    for (let element = 0; element < list.numberOfElements; element++) {
      const length = list.lengths[element]!;
      this.memory.port(device).write(list.addresses[element]!, bytes, at, length);
      at += length;
    }
  }
}

/** Version 3 routines of an adapter. */
export function version3(adapter: Adapter): Version3 {
  return adapter.dmaOperations as Version3;
}

/** What may differ from the usual synchronous Build without a routine. */
export interface BuildWish {
  readonly offset?: number;
  readonly length?: number;
  readonly writeToDevice?: boolean;
  readonly context?: TransferContext;
  readonly initialise?: boolean;
}

/** What a Build of {@link build} returned, and with what. */
export interface Built {
  readonly result: Result<{ readonly scatterGatherList: ScatterGatherList | null }>;
  readonly context: TransferContext;
  readonly buffer: ListBuffer;
}

/** Steps 1 and 2 of the recipe: initialises a context and builds synchronously into a buffer that is large enough. */
export function build(machine: Machine, adapter: Adapter, mdl: Mdl, wish: BuildWish = {}): Built {
  const { offset = 0, length = chainBytes(mdl) - offset, writeToDevice = true, initialise = true } = wish;
  const context = wish.context ?? machine.context();
  const buffer = machine.listBuffer(Math.ceil(length / 4096) + 2 * chainCount(mdl));
  const operations = version3(adapter);
  const result = machine.dispatch(() => {
    if (initialise) operations.initializeDmaTransferContext({ dmaTransferContext: context });
    return operations.buildScatterGatherListEx({
      deviceObject: adapter.physicalDeviceObject,
      dmaTransferContext: context,
      mdl,
      offset,
      length,
      flags: DMA_SYNCHRONOUS_CALLBACK,
      executionRoutine: null,
      context: null,
      writeToDevice,
      scatterGatherBuffer: buffer,
      scatterGatherLength: buffer.lengthBytes,
      wantScatterGatherList: true,
    });
  });
  return { result, context, buffer };
}

/** The list of a Build that must have succeeded. */
export function listOf({ result }: Pick<Built, "result">): ScatterGatherList {
  if (result.status !== "STATUS_SUCCESS" || result.scatterGatherList === null) {
    throw new Error(`no list: ${JSON.stringify(result)}`);
  }
  return result.scatterGatherList;
}

/** Step 4 of the recipe. */
export function freeChannel(machine: Machine, adapter: Adapter): void {
  machine.dispatch(() => {
    version3(adapter).freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" });
  });
}

/** Step 6 of the recipe. */
export function putList(machine: Machine, adapter: Adapter, list: ScatterGatherList, writeToDevice = true): void {
  machine.dispatch(() => adapter.dmaOperations.putScatterGatherList({ scatterGather: list, writeToDevice }));
}

/** Steps 1, 2 and 4: a list, and the channel is free again. */
export function obtain(machine: Machine, adapter: Adapter, mdl: Mdl, wish: BuildWish = {}): ScatterGatherList {
  const list = listOf(build(machine, adapter, mdl, wish));
  freeChannel(machine, adapter);
  return list;
}

/** Bytes of an MDL chain. */
export function chainBytes(mdl: Mdl): number {
  return mdl.byteCount + (mdl.next === null ? 0 : chainBytes(mdl.next));
}

/** MDLs of a chain. Each touches at most two pages more than its bytes fill. */
function chainCount(mdl: Mdl): number {
  return 1 + (mdl.next === null ? 0 : chainCount(mdl.next));
}

/** The elements of a list as pairs. */
export function elements(list: ScatterGatherList): [address: number, lengthBytes: number][] {
  return Array.from(
    { length: list.numberOfElements },
    (_, element) => [list.addresses[element]!, list.lengths[element]!],
  );
}

/** Bytes in which no two neighbouring KiB are alike. */
export function pattern(lengthBytes: number, salt = 1): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, index) => (index * 31 + (index >>> 8) * 7 + salt) & 0xff);
}

function sum(values: Float64Array, count: number): number {
  return values.subarray(0, count).reduce((total, value) => total + value, 0);
}

/** GetScatterGatherList with a routine, asynchronous: the list comes now or later. */
export function getAsync(
  machine: Machine,
  adapter: Adapter,
  mdl: Mdl,
  routine: (list: ScatterGatherList) => void,
  writeToDevice = true,
): Result {
  return machine.dispatch(() =>
    adapter.dmaOperations.getScatterGatherList({
      deviceObject: adapter.physicalDeviceObject,
      mdl,
      currentVa: mmGetMdlVirtualAddress(mdl),
      length: chainBytes(mdl),
      executionRoutine: (_device, list) => routine(list),
      context: null,
      writeToDevice,
    })
  );
}
