/**
 * The family: one world with host memory, a card in its slot, the HAL, adapters, channels, queues and the scheduler,
 * all built from one options object and living under one clock.
 */
import { VirtualClock } from "../sim/clock.ts";
import { enableMsix } from "../sim/card/msix.ts";
import type { LinkOptions, LinkPreset } from "../sim/card/link.ts";
import type { Timing } from "../sim/card/options.ts";
import { XdmaCard } from "../sim/card/xdma_card.ts";
import { assert } from "../sim/assert.ts";
import { InterruptController } from "../sim/kernel/interrupt_controller.ts";
import { IrqlState } from "../sim/kernel/irql.ts";
import { Processor, SpinLock } from "../sim/kernel/processor.ts";
import { HostMemory } from "../sim/memory/mod.ts";
import type { Layout, PoolFaults } from "../sim/memory/mod.ts";
import type { InterruptLines } from "../sim/ports.ts";
import { bytesToPages, PAGE_SIZE } from "../sim/units.ts";
import type { Nanoseconds } from "../sim/units.ts";
import { SILENT } from "../trace/event.ts";
import type { Tracer } from "../trace/event.ts";
import { ChartLives } from "./chart_lives.ts";
import type { Inspector } from "./chart_lives.ts";
import { descriptorBytes, XdmaChannel } from "./device/xdma_channel.ts";
import { packedChannels, probeXdma, routeInterrupts } from "./device/xdma_device.ts";
import { FindingLog } from "./findings.ts";
import { deviceDescription, Hal } from "./hal/mod.ts";
import type { CommonBuffer, DeviceObject, DmaAdapter } from "./hal/dma_operations.ts";
import { CallDoor, InterlockedList, IrpRoutines, MdlRoutines } from "./kernel/mod.ts";
import type { Lives } from "./life.ts";
import { ChannelDriver } from "./scheduler/channel_driver.ts";
import { BURST_COSTS } from "./scheduler/costs.ts";
import type { Costs } from "./scheduler/costs.ts";
import { Driver, GetLists } from "./scheduler/driver.ts";
import type { ListSource } from "./scheduler/driver.ts";
import { processorOf } from "./scheduler/processor_of.ts";
import { Requests } from "./scheduler/request.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { STRATEGIES } from "./scheduler/strategies/mod.ts";
import type { Strategy, StrategyName } from "./scheduler/strategy.ts";
import { TableLives } from "./table_lives.ts";
import type { Telling } from "./told_life.ts";

/** Everything a person may choose. Every field has a default. */
export interface SystemOptions {
  /** Decides page layouts and faults. Default 0. */
  readonly seed?: number | string;
  /** Default `isr-reprogram`. */
  readonly strategy?: StrategyName | Strategy;
  /** Default {@link BURST_COSTS}. */
  readonly costs?: Costs;
  /** `chart`: resources and requests are XState actors. `table`: rows compiled from the same charts. Default `chart`. */
  readonly engine?: "chart" | "table";

  /** H2C channels, 0 to 4. Default 4. */
  readonly h2cCount?: number;
  /** C2H channels, 0 to 4. Default 4. */
  readonly c2hCount?: number;
  /** Default `gen3x16`. */
  readonly link?: LinkPreset | LinkOptions;
  /** Default: as the link has it. */
  readonly timing?: Timing;
  /** Completion by the card's write-back instead of interrupts. Default false. */
  readonly polling?: boolean;
  /** Address lines of the device: below 64, high memory is bounced through map registers. Default 64. */
  readonly addressBits?: number;
  /** The device can take many elements. False: the HAL copies into one contiguous run. Default true. */
  readonly scatterGather?: boolean;

  /** RAM in bytes. Default 64 GiB; costs nothing until written. */
  readonly physicalBytes?: number;
  /** How whole free memory is. Default `mixed`. */
  readonly layout?: Layout;
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Devices snoop the CPU's cache. Default true. */
  readonly coherent?: boolean;
  /** Failures of the kernel's pool. Default none. */
  readonly poolFaults?: PoolFaults;
  /** Size of the map-register pool. Default: the HAL's. */
  readonly mapRegisters?: number;

  /** Longest transfer in bytes. Default 1 MiB. */
  readonly maximumTransferBytes?: number;
  /** Requests a channel takes before it holds further ones back. Default 64. */
  readonly queueDepth?: number;
  /** Processors on which dispatch routines run: each direction has its own, from two on. Default 1. */
  readonly processors?: number;
  /** `shared`: one adapter for all channels. `per-channel`: one each (S0-14). Default `shared`. */
  readonly adapters?: "shared" | "per-channel";
  /** One KDPC per request instead of one per channel that drains. Default false. */
  readonly dpcPerRequest?: boolean;
  /** How lists are obtained, in place of GetScatterGatherList. */
  readonly lists?: (system: SystemParts) => ListSource;

  /** Where events go. Default: nowhere. */
  readonly trace?: Tracer;
  /** XState inspection of the actor system (engine `chart`). */
  readonly inspect?: Inspector;
  /** Throw at the first error finding, as Windows would bug-check. Default false. */
  readonly strict?: boolean;
}

/** What a list policy may build on. */
export interface SystemParts {
  readonly hal: Hal;
  readonly lives: Lives;
  readonly memory: HostMemory;
  readonly channels: () => readonly ChannelDriver[];
}

const DEFAULT_TRANSFER_BYTES = 1024 * 1024;
const DEFAULT_QUEUE_DEPTH = 64;

/** One world. */
export class System {
  readonly clock: VirtualClock = new VirtualClock();
  readonly trace: Tracer;
  readonly irql: IrqlState = new IrqlState();
  readonly findings: FindingLog;
  readonly lives: Lives;
  readonly memory: HostMemory;
  readonly card: XdmaCard;
  readonly hal: Hal;
  readonly mdls: MdlRoutines;
  readonly irps: IrpRoutines;
  readonly interrupts: InterruptController;
  readonly channels: readonly ChannelDriver[];
  readonly driver: Driver;
  readonly scheduler: Scheduler;
  readonly strategy: Strategy;
  readonly processors: readonly Processor[];
  /** The locks inside the HAL, one per adapter. */
  readonly halLocks: readonly SpinLock[];
  readonly deviceObject: DeviceObject = { name: "xdma0" };
  /** Adapters that carry data, one or one per channel. */
  readonly adapters: readonly DmaAdapter[];
  readonly #descriptorAdapter: DmaAdapter;
  readonly #descriptorBuffers: CommonBuffer[] = [];
  #busyCount = 0;
  #busyPeak = 0;

  /**
   * Builds a world.
   *
   * @throws {RangeError} with one sentence, if an option cannot be.
   */
  constructor(options: SystemOptions = {}) {
    const { seed = 0, costs = BURST_COSTS, maximumTransferBytes = DEFAULT_TRANSFER_BYTES } = options;
    const { queueDepth = DEFAULT_QUEUE_DEPTH, polling = false } = options;
    this.trace = options.trace ?? SILENT;
    const { clock, trace, irql } = this;
    this.strategy = typeof options.strategy === "object"
      ? options.strategy
      : STRATEGIES[options.strategy ?? "isr-reprogram"];

    // The world below the driver.
    const { physicalBytes, layout, iommu, coherent, poolFaults } = options;
    this.memory = new HostMemory(
      clock,
      { seed, physicalBytes, layout, iommu, coherent, pool: { faults: poolFaults } },
      trace,
    );
    this.card = new XdmaCard({
      h2cCount: options.h2cCount,
      c2hCount: options.c2hCount,
      link: options.link,
      timing: options.timing,
    });
    this.interrupts = new InterruptController(clock, irql, costs.isrNs);
    const lines: InterruptLines = {
      message: (vector) => {
        this.channels[vector]?.noteInterrupt(clock.nowNs);
        this.interrupts.message(vector);
      },
      level: (pin, asserted) => this.interrupts.level(pin, asserted),
    };
    const port = this.memory.port(this.deviceObject.name, options.addressBits ?? 64);
    this.card.plug({ clock, memory: port, interrupts: lines, trace });
    enableMsix(this.card);

    // The kernel: lives, findings, doors.
    this.findings = new FindingLog(clock, trace, options.strict);
    const telling: Telling = { clock, trace, findings: this.findings };
    this.lives = options.engine === "table" ? new TableLives(telling) : new ChartLives(telling, options.inspect);
    const { lives, findings, memory } = this;
    const door = new CallDoor(clock, trace, irql, findings);
    this.mdls = new MdlRoutines(memory, irql, lives, door);
    const probe = probeXdma(this.card);
    assert(probe !== null, "The card does not answer as an XDMA card");
    const names = packedChannels(probe);
    this.irps = new IrpRoutines({ clock, trace, irql, lives, door, mdls: this.mdls }, names.length * queueDepth);
    this.hal = new Hal({
      clock,
      trace,
      irql,
      lives,
      findings,
      memory,
      door,
      mdls: this.mdls,
      options: options.mapRegisters === undefined ? {} : { mapRegisters: options.mapRegisters },
    });

    // What the driver obtains at start: adapters, descriptor memory, queues, interrupts.
    const adapterCount = options.adapters === "per-channel" ? names.length : 1;
    const description = {
      version: this.strategy.dmaVersion,
      master: true,
      scatterGather: options.scatterGather ?? true,
      addressBits: options.addressBits ?? 64,
      maximumLength: maximumTransferBytes,
    };
    const granted = Array.from({ length: adapterCount }, () => this.#adapter(description));
    this.adapters = granted.map(({ dmaAdapter }) => dmaAdapter);
    this.halLocks = granted.map(() => new SpinLock(clock));
    this.processors = Array.from({ length: options.processors ?? 1 }, (_, cpu) => new Processor(`cpu:${cpu}`, clock));
    const descriptorsPerSlot = bytesToPages(maximumTransferBytes) + 1;
    const bytes = descriptorBytes(queueDepth, descriptorsPerSlot);
    this.#descriptorAdapter =
      this.#adapter({ ...description, version: 1, maximumLength: bytes + PAGE_SIZE }).dmaAdapter;
    const requests = new Requests(this.irps);
    const listWorld = { clock, trace, lives, door };
    const queue = (role: string, channel: string): InterlockedList =>
      new InterlockedList(`${role}:${channel}`, queueDepth, listWorld);

    this.channels = names.map(([direction, number], index) => {
      const descriptors = this.#descriptorAdapter.dmaOperations.allocateCommonBuffer({
        length: bytes,
        cacheEnabled: true,
      });
      assert(descriptors !== null, `No common buffer of ${bytes} bytes for descriptors`);
      this.#descriptorBuffers.push(descriptors);
      const device = new XdmaChannel(direction, number, index, {
        card: this.card,
        bar: probe.bar,
        lives,
        space: memory.space,
        descriptors,
        slotCount: queueDepth,
        descriptorsPerSlot,
        polling,
      });
      const adapterIndex = index % adapterCount;
      return new ChannelDriver({
        device,
        // AllocateAdapterChannel queues one request a device object, so every channel has an object of its own.
        deviceObject: { name: `${this.deviceObject.name}.${device.name}` },
        adapter: this.adapters[adapterIndex]!,
        numberOfMapRegisters: granted[adapterIndex]!.numberOfMapRegisters,
        halLock: this.halLocks[adapterIndex]!,
        processor: this.processors[processorOf(direction, number, this.processors.length)]!,
        workToDo: queue("work-to-do", device.name),
        waitingForDevice: queue("waiting-for-device", device.name),
        readyToComplete: queue("ready-to-complete", device.name),
        requests,
        busyChanged: (change) => {
          this.#busyCount += change;
          this.#busyPeak = Math.max(this.#busyPeak, this.#busyCount);
        },
      });
    });
    if (!polling) routeInterrupts(this.card, probe);

    const channels = (): readonly ChannelDriver[] => this.channels;
    this.driver = new Driver({
      clock,
      irql,
      trace,
      costs,
      channels: this.channels,
      requests,
      dpcPerRequest: options.dpcPerRequest ?? false,
      lists: options.lists?.({ hal: this.hal, lives, memory, channels }) ?? new GetLists(channels),
      space: memory.space,
      irps: this.irps,
      hal: this.hal,
      mdls: this.mdls,
    });
    this.scheduler = new Scheduler({
      clock,
      irql,
      trace,
      lives,
      driver: this.driver,
      irps: this.irps,
      mdls: this.mdls,
      strategy: this.strategy,
      maximumTransferBytes,
      pollNs: polling ? costs.pollNs : 0,
    });
    for (const channel of this.channels) {
      const { index } = channel.device;
      if (polling) {
        channel.pollAfterRing((rung) => clock.after(costs.pollNs, (number) => this.scheduler.poll(number), rung));
      } else this.interrupts.connectMessage(index, (number) => this.scheduler.interrupt(number), index);
    }
  }

  /** The most engines that had a transfer at one moment. */
  get busyPeak(): number {
    return this.#busyPeak;
  }

  /** Runs until nothing is pending any more. Returns the time. */
  run(): Nanoseconds {
    return this.clock.run();
  }

  /** Unload, in the right order: what strategies hold, descriptor memory, adapters. */
  close(): void {
    this.scheduler.close();
    for (const buffer of this.#descriptorBuffers.splice(0)) {
      this.#descriptorAdapter.dmaOperations.freeCommonBuffer(buffer);
    }
    this.#descriptorAdapter.dmaOperations.putDmaAdapter();
    for (const adapter of this.adapters) adapter.dmaOperations.putDmaAdapter();
  }

  #adapter(
    { version, master, scatterGather, addressBits, maximumLength }: {
      version: number;
      master: boolean;
      scatterGather: boolean;
      addressBits: number;
      maximumLength: number;
    },
  ): { dmaAdapter: DmaAdapter; numberOfMapRegisters: number } {
    const granted = this.hal.ioGetDmaAdapter({
      physicalDeviceObject: this.deviceObject,
      deviceDescription: deviceDescription({
        version,
        master,
        scatterGather,
        dma32BitAddresses: addressBits >= 32,
        dma64BitAddresses: addressBits >= 64,
        dmaAddressWidth: version >= 3 ? addressBits : 0,
        maximumLength,
        interfaceType: "PCIBus",
      }),
    });
    assert(granted !== null, "IoGetDmaAdapter returned NULL");
    return granted;
  }
}
