/**
 * A bench for a driver of a few lines: memory, a kernel, a HAL and an XDMA card with one engine each way, and nobody
 * between them. No scheduler, no queue: what a run does with it is all that happens, so its call log reads like the
 * driver.
 */
import { assert } from "../../sim/assert.ts";
import { enableMsix } from "../../sim/card/msix.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { DISPATCH_LEVEL, IrqlState } from "../../sim/kernel/irql.ts";
import { HostMemory } from "../../sim/memory/mod.ts";
import type { AllocateOptions, Layout, Mdl, Region } from "../../sim/memory/mod.ts";
import { SILENT, tee } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";
import { ChartLives } from "../chart_lives.ts";
import type { Direction } from "../device/device.ts";
import { descriptorBytes, XdmaChannel } from "../device/xdma_channel.ts";
import { FindingLog } from "../findings.ts";
import {
  crashFigures,
  createScatterGatherBuffer,
  createTransferContext,
  deviceDescription,
  DMA_SYNCHRONOUS_CALLBACK,
  Hal,
} from "../hal/mod.ts";
import type {
  CommonBuffer,
  DeviceObject,
  DmaAdapter,
  DmaOperations,
  HalOptions,
  ListBuffer,
  TransferContext,
} from "../hal/mod.ts";
import { CallDoor, IrpRoutines, MdlRoutines } from "../kernel/mod.ts";
import type { LivingMdl } from "../kernel/mod.ts";
import type { Lives } from "../life.ts";
import { StorySoFar } from "../story_so_far.ts";
import { TableLives } from "../table_lives.ts";

/** What a bench may differ in. Every field has a default. */
export interface BenchOptions {
  /** Decides page layouts. Default 0. */
  readonly seed?: number | string;
  /** `chart` (default): resources are XState actors. `table`: rows compiled from the same charts. */
  readonly engine?: "chart" | "table";
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** How whole free memory is. Default `mixed`. */
  readonly layout?: Layout;
  /** Devices snoop the CPU's cache. Default true. */
  readonly coherent?: boolean;
  /** Stop at the first error, as Windows would bug-check. Default false. */
  readonly strict?: boolean;
  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
  /** What is settable about the HAL. */
  readonly hal?: HalOptions;
}

/** Routines of version 3, all of them there. */
export type Version3Operations = Required<DmaOperations>;

/** A region of memory with an MDL over all of it. */
export interface BenchBuffer {
  /** The memory. */
  readonly region: Region;
  /** Not locked yet. */
  readonly mdl: LivingMdl;
}

/** Elements of the longest list that a channel of this bench takes. */
const ELEMENTS = 64;
const SLOTS = 1;

/** One bench. */
export class DriverBench {
  /** Virtual time of this world. */
  readonly clock: VirtualClock = new VirtualClock();
  /** The present IRQL. */
  readonly irql: IrqlState = new IrqlState();
  /** Where events go. */
  readonly trace: Tracer;
  /** Misuse by the driver, collected. */
  readonly findings: FindingLog;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** The host's memory. */
  readonly memory: HostMemory;
  /** What every routine passes first. */
  readonly door: CallDoor;
  /** The MDL routines. */
  readonly mdls: MdlRoutines;
  /** The IRP routines. */
  readonly irps: IrpRoutines;
  /** The HAL. */
  readonly hal: Hal;
  /** The card in its slot. */
  readonly card: XdmaCard = new XdmaCard({ h2cCount: 1, c2hCount: 1 });
  /** The physical device object of the card. */
  readonly deviceObject: DeviceObject = { name: "xdma0" };

  /** Builds the world. */
  constructor(options: BenchOptions = {}) {
    const { clock, irql } = this;
    const story = options.strict ? new StorySoFar() : null;
    const listener = options.trace ?? SILENT;
    const trace = this.trace = story === null ? listener : tee(listener, story);
    const findings = this.findings = new FindingLog(clock, trace, story);
    const telling = { clock, trace, findings };
    const lives = this.lives = options.engine === "table" ? new TableLives(telling) : new ChartLives(telling);
    const { seed, iommu, coherent, layout } = options;
    const memoryOptions = { seed, iommu, coherent, layout, lockMemoryPrivilege: true };
    const memory = this.memory = new HostMemory(clock, memoryOptions, trace);
    const door = this.door = new CallDoor(clock, trace, irql, findings);
    const mdls = this.mdls = new MdlRoutines(memory, irql, lives, door);
    this.irps = new IrpRoutines({ clock, trace, irql, lives, door, mdls });
    this.hal = new Hal({ clock, trace, irql, lives, findings, memory, door, mdls, options: options.hal });
    findings.callWitness((finding) => crashFigures(this.hal, finding));
    // The drivers of this bench ask the engine's status: nobody listens to messages.
    const interrupts = { message: () => {}, level: () => {} };
    this.card.plug({ clock, memory: memory.port(this.deviceObject.name), interrupts, trace });
    enableMsix(this.card);
  }

  /** IoGetDmaAdapter for the card: 64-bit, scatter/gather, version 3, transfers of 1 MiB. */
  getAdapter(): {
    readonly dmaAdapter: DmaAdapter;
    readonly operations: Version3Operations;
    readonly numberOfMapRegisters: number;
  } {
    const granted = this.hal.ioGetDmaAdapter({
      physicalDeviceObject: this.deviceObject,
      deviceDescription: deviceDescription({
        version: 3,
        master: true,
        scatterGather: true,
        dmaAddressWidth: 64,
        interfaceType: "PCIBus",
        maximumLength: 0x10_0000,
      }),
    });
    assert(granted !== null, "IoGetDmaAdapter returned NULL");
    const { dmaAdapter, numberOfMapRegisters } = granted;
    return { dmaAdapter, operations: dmaAdapter.dmaOperations as Version3Operations, numberOfMapRegisters };
  }

  /** An engine whose descriptors lie in a common buffer of {@link DriverBench.descriptorBytes}. */
  openChannel(direction: Direction, descriptors: CommonBuffer): XdmaChannel {
    return new XdmaChannel(direction, 0, direction === "h2c" ? 0 : 1, {
      card: this.card,
      bar: this.card.configBar,
      lives: this.lives,
      space: this.memory.space,
      descriptors,
      slotCount: SLOTS,
      descriptorsPerSlot: ELEMENTS,
      polling: false,
    });
  }

  /** Bytes of common buffer that {@link DriverBench.openChannel} wants. */
  get descriptorBytes(): number {
    return descriptorBytes(SLOTS, ELEMENTS);
  }

  /** Memory and an MDL over it; user memory unless told otherwise. */
  allocateBuffer(lengthBytes: number, options: Partial<AllocateOptions> = {}): BenchBuffer {
    const region = this.memory.space.allocate(lengthBytes, { kind: "user", ...options });
    assert(region.kind !== "refused", `Cannot allocate ${lengthBytes} bytes`);
    const mdl = this.mdls.ioAllocateMdl(region.va, lengthBytes);
    assert(mdl !== null, "Cannot describe a buffer by an MDL");
    return { region, mdl };
  }

  /** Caller's memory for a list. */
  createListBuffer(lengthBytes: number, pool: "nonpaged" | "paged" = "nonpaged"): ListBuffer {
    const buffer = createScatterGatherBuffer(this.hal, lengthBytes, pool);
    assert(buffer !== null, "No pool memory for a list buffer");
    return buffer;
  }

  /**
   * Steps 1 and 2 of the recipe, at DISPATCH_LEVEL: a fresh context, and BuildScatterGatherListEx, synchronous and
   * without a routine, over a whole MDL. The channel is held then.
   */
  build(operations: Version3Operations, mdl: Mdl, writeToDevice: boolean, buffer: ListBuffer): ListBuffer {
    const dmaTransferContext = this.createContext();
    this.atDispatch(() => {
      operations.initializeDmaTransferContext({ dmaTransferContext });
      const { status } = operations.buildScatterGatherListEx({
        deviceObject: this.deviceObject,
        dmaTransferContext,
        mdl,
        offset: 0,
        length: mdl.byteCount,
        flags: DMA_SYNCHRONOUS_CALLBACK,
        executionRoutine: null,
        context: null,
        writeToDevice,
        scatterGatherBuffer: buffer,
        scatterGatherLength: buffer.lengthBytes,
        wantScatterGatherList: true,
      });
      assert(status === "STATUS_SUCCESS", `BuildScatterGatherListEx: ${status}`);
    });
    return buffer;
  }

  /** Step 4: FreeAdapterObject, DeallocateObjectKeepRegisters. */
  freeChannel(operations: Version3Operations): void {
    this.atDispatch(() => operations.freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" }));
  }

  /** Caller's memory for a transfer context. */
  createContext(): TransferContext {
    return createTransferContext(this.hal);
  }

  /** Runs at DISPATCH_LEVEL, as a driver that raises the IRQL around its calls. */
  atDispatch<Result>(body: () => Result): Result {
    return this.irql.raised(DISPATCH_LEVEL, body);
  }

  /** What a driver's own tracing says beside its calls. */
  tell(...[happening, fields]: Parameters<CallDoor["tell"]>): void {
    this.door.tell(happening, fields);
  }
}
