/**
 * The family: one world with host memory, a card in its slot, the HAL, adapters, channels, queues and the scheduler,
 * all built from one options object and living under one clock.
 *
 * ```text
 * 1 the world below the driver      memory, interrupts, the card in its slot
 * 2 the kernel                      lives, findings, MDL and IRP routines, the HAL
 * 3 what the driver obtains once    adapters, descriptor memory, queues
 * 4 the driver                      channels, shared steps, the scheduler; interrupts connected last
 * ```
 */
import { assert } from "../sim/assert.ts";
import { enableMsix } from "../sim/card/msix.ts";
import { XdmaCard } from "../sim/card/xdma_card.ts";
import { VirtualClock } from "../sim/clock.ts";
import { InterruptController } from "../sim/kernel/interrupt_controller.ts";
import { IrqlState } from "../sim/kernel/irql.ts";
import { Processor, SpinLock } from "../sim/kernel/processor.ts";
import { HostMemory } from "../sim/memory/mod.ts";
import type { HostPort } from "../sim/memory/mod.ts";
import type { InterruptLines } from "../sim/ports.ts";
import { bytesToPages, PAGE_SIZE } from "../sim/units.ts";
import type { Nanoseconds } from "../sim/units.ts";
import { SILENT } from "../trace/event.ts";
import type { Tracer } from "../trace/event.ts";
import { AccessWatch } from "./access_watch.ts";
import { ChartLives } from "./chart_lives.ts";
import { descriptorBytes, XdmaChannel } from "./device/xdma_channel.ts";
import { packedChannels, probeXdma, routeInterrupts } from "./device/xdma_device.ts";
import type { XdmaProbe } from "./device/xdma_device.ts";
import { FindingLog } from "./findings.ts";
import { deviceDescription, Hal } from "./hal/mod.ts";
import type { CommonBuffer, DeviceObject, DmaAdapter } from "./hal/dma_operations.ts";
import { CallDoor, InterlockedList, IrpRoutines, MdlRoutines } from "./kernel/mod.ts";
import type { Lives } from "./life.ts";
import { ChannelDriver } from "./scheduler/channel_driver.ts";
import { BURST_COSTS } from "./scheduler/costs.ts";
import type { Costs } from "./scheduler/costs.ts";
import { Driver, GetLists } from "./scheduler/driver.ts";
import { processorOf } from "./scheduler/processor_of.ts";
import { Requests } from "./scheduler/request.ts";
import { outOfScope } from "./scheduler/scope.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { STRATEGIES } from "./scheduler/strategies/mod.ts";
import type { Strategy } from "./scheduler/strategy.ts";
import type { SystemOptions } from "./system_options.ts";
import { TableLives } from "./table_lives.ts";

const DEFAULT_TRANSFER_BYTES = 1024 * 1024;
const DEFAULT_QUEUE_DEPTH = 64;
const DEFAULT_ADDRESS_BITS = 64;

/** An adapter with the number of map registers it was granted, and the lock inside the HAL that its routines take. */
interface ObtainedAdapter {
  readonly dmaAdapter: DmaAdapter;
  readonly numberOfMapRegisters: number;
  readonly halLock: SpinLock;
}

/** One world. */
export class System {
  readonly clock: VirtualClock = new VirtualClock();
  readonly trace: Tracer;
  readonly irql: IrqlState = new IrqlState();
  readonly memory: HostMemory;
  readonly card: XdmaCard;
  readonly interrupts: InterruptController;
  readonly findings: FindingLog;
  readonly lives: Lives;
  readonly mdls: MdlRoutines;
  readonly irps: IrpRoutines;
  readonly hal: Hal;
  /** The physical device object; its name is the device's in the IOMMU. */
  readonly deviceObject: DeviceObject = { name: "xdma0" };
  /** Adapters that carry data, one or one per channel. */
  readonly adapters: readonly DmaAdapter[];
  /** The locks inside the HAL, one per adapter. */
  readonly halLocks: readonly SpinLock[];
  readonly processors: readonly Processor[];
  readonly channels: readonly ChannelDriver[];
  readonly strategy: Strategy;
  readonly driver: Driver;
  readonly scheduler: Scheduler;
  readonly #options: SystemOptions;
  readonly #costs: Costs;
  readonly #door: CallDoor;
  readonly #accessWatch: AccessWatch | null;
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
    this.#options = options;
    this.#costs = options.costs ?? BURST_COSTS;
    this.trace = options.trace ?? SILENT;
    const { strategy = "isr-reprogram" } = options;
    this.strategy = typeof strategy === "object" ? strategy : STRATEGIES[strategy];
    const { clock, trace, irql } = this;

    // 1 The world below the driver.
    this.memory = this.#hostMemory();
    this.interrupts = new InterruptController(clock, irql, this.#costs.isrNs);
    this.card = this.#pluggedCard();
    const probe = probeXdma(this.card);
    assert(probe !== null, "The card does not answer as an XDMA card");

    // 2 The kernel.
    this.findings = new FindingLog(clock, trace, options.strict, options.optOut);
    const { findings, memory } = this;
    const telling = { clock, trace, findings };
    this.lives = options.engine === "table" ? new TableLives(telling) : new ChartLives(telling, options.inspect);
    const { lives } = this;
    const door = this.#door = new CallDoor(clock, trace, irql, findings);
    const mdls = this.mdls = new MdlRoutines(memory, irql, lives, door);
    const requestCount = (probe.h2cCount + probe.c2hCount) * this.#queueDepth;
    this.irps = new IrpRoutines({ clock, trace, irql, lives, door, mdls }, requestCount);
    const { mapRegisters, apiBypass = false } = options;
    const halOptions = mapRegisters === undefined ? { apiBypass } : { apiBypass, mapRegisters };
    this.hal = new Hal({ clock, trace, irql, lives, findings, memory, door, mdls, options: halOptions });
    this.#accessWatch = options.watchDeviceAccess ? new AccessWatch(this.hal, this.#port()) : null;

    // 3 What the driver obtains once.
    const adapterCount = options.adapters === "per-channel" ? probe.h2cCount + probe.c2hCount : 1;
    const adapters = Array.from(
      { length: adapterCount },
      () => this.#obtainAdapter(this.strategy.dmaVersion, this.#transferBytes),
    );
    this.adapters = adapters.map(({ dmaAdapter }) => dmaAdapter);
    this.halLocks = adapters.map(({ halLock }) => halLock);
    // Descriptors have an adapter of their own: N limits a common buffer, and theirs is longer than a transfer.
    this.#descriptorAdapter = this.#obtainAdapter(1, this.#descriptorBytes + PAGE_SIZE).dmaAdapter;
    this.processors = Array.from({ length: options.processors ?? 1 }, (_, cpu) => new Processor(`cpu:${cpu}`, clock));

    // 4 The driver.
    const requests = new Requests(this.irps);
    this.channels = this.#buildChannels(probe, adapters, requests);
    const channels = (): readonly ChannelDriver[] => this.channels;
    this.driver = new Driver({
      clock,
      irql,
      trace,
      costs: this.#costs,
      channels: this.channels,
      requests,
      dpcPerRequest: options.dpcPerRequest ?? false,
      lists: options.lists?.({ hal: this.hal, lives, memory, channels }) ?? new GetLists(channels),
      space: memory.space,
      irps: this.irps,
      hal: this.hal,
      mdls,
    });
    this.scheduler = new Scheduler({
      clock,
      irql,
      trace,
      lives,
      driver: this.driver,
      irps: this.irps,
      mdls,
      strategy: this.strategy,
      maximumTransferBytes: this.#transferBytes,
      pollNs: this.#polling ? this.#costs.pollNs : 0,
    });
    this.#connectInterrupts(probe);
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
    const { freeCommonBuffer, putDmaAdapter } = this.#descriptorAdapter.dmaOperations;
    for (const buffer of this.#descriptorBuffers.splice(0)) freeCommonBuffer(buffer);
    putDmaAdapter();
    for (const adapter of this.adapters) adapter.dmaOperations.putDmaAdapter();
  }

  get #polling(): boolean {
    return this.#options.polling ?? false;
  }

  get #queueDepth(): number {
    return this.#options.queueDepth ?? DEFAULT_QUEUE_DEPTH;
  }

  get #transferBytes(): number {
    return this.#options.maximumTransferBytes ?? DEFAULT_TRANSFER_BYTES;
  }

  get #descriptorsPerSlot(): number {
    return bytesToPages(this.#transferBytes) + 1;
  }

  get #descriptorBytes(): number {
    return descriptorBytes(this.#queueDepth, this.#descriptorsPerSlot);
  }

  #hostMemory(): HostMemory {
    const { seed = 0, physicalBytes, layout, iommu, coherent, poolFaults } = this.#options;
    const options = { seed, physicalBytes, layout, iommu, coherent, pool: { faults: poolFaults } };
    return new HostMemory(this.clock, options, this.trace);
  }

  #pluggedCard(): XdmaCard {
    const { h2cCount, c2hCount, link, timing } = this.#options;
    const { clock, trace } = this;
    const card = new XdmaCard({ h2cCount, c2hCount, link, timing });
    const interrupts: InterruptLines = {
      message: (vector) => {
        this.channels[vector]?.noteInterrupt(clock.nowNs);
        this.interrupts.message(vector);
      },
      level: (pin, asserted) => this.interrupts.level(pin, asserted),
    };
    card.plug({ clock, memory: this.#port(), interrupts, trace });
    enableMsix(card);
    return card;
  }

  /** The card's way into host memory. */
  #port(): HostPort {
    return this.memory.port(this.deviceObject.name, this.#options.addressBits ?? DEFAULT_ADDRESS_BITS);
  }

  #obtainAdapter(version: 1 | 2 | 3, maximumLength: number): ObtainedAdapter {
    const { addressBits = DEFAULT_ADDRESS_BITS, scatterGather = true, master = true } = this.#options;
    const description = deviceDescription({
      version,
      master,
      scatterGather,
      dma32BitAddresses: addressBits >= 32,
      dma64BitAddresses: addressBits >= 64,
      dmaAddressWidth: version >= 3 ? addressBits : 0,
      maximumLength,
      interfaceType: "PCIBus",
    });
    const refusal = outOfScope(this.strategy, description);
    if (refusal !== null) throw new RangeError(refusal);
    const granted = this.hal.ioGetDmaAdapter({
      physicalDeviceObject: this.deviceObject,
      deviceDescription: description,
    });
    assert(granted !== null, "IoGetDmaAdapter returned NULL");
    this.#accessWatch?.hook(granted.dmaAdapter);
    return { ...granted, halLock: new SpinLock(this.clock) };
  }

  #buildChannels(probe: XdmaProbe, adapters: readonly ObtainedAdapter[], requests: Requests): ChannelDriver[] {
    const { card, clock, lives, memory, processors, trace } = this;
    const slotCount = this.#queueDepth;
    const listWorld = { clock, trace, lives, door: this.#door };
    const shared = { card, bar: probe.bar, lives, space: memory.space, slotCount, polling: this.#polling };
    return packedChannels(probe).map(([direction, number], index) => {
      const descriptors = this.#descriptorBuffer();
      const wiring = { ...shared, descriptors, descriptorsPerSlot: this.#descriptorsPerSlot };
      const device = new XdmaChannel(direction, number, index, wiring);
      const queue = (role: string): InterlockedList =>
        new InterlockedList(`${role}:${device.name}`, slotCount, listWorld);
      const { dmaAdapter, numberOfMapRegisters, halLock } = adapters[index % adapters.length]!;
      return new ChannelDriver({
        device,
        // AllocateAdapterChannel queues one request a device object, so every channel has an object of its own.
        deviceObject: { name: `${this.deviceObject.name}.${device.name}` },
        adapter: dmaAdapter,
        numberOfMapRegisters,
        halLock,
        processor: processors[processorOf(direction, number, processors.length)]!,
        workToDo: queue("work-to-do"),
        waitingForDevice: queue("waiting-for-device"),
        readyToComplete: queue("ready-to-complete"),
        requests,
        busyChanged: (change) => {
          this.#busyCount += change;
          this.#busyPeak = Math.max(this.#busyPeak, this.#busyCount);
        },
      });
    });
  }

  #descriptorBuffer(): CommonBuffer {
    const { allocateCommonBuffer } = this.#descriptorAdapter.dmaOperations;
    const buffer = allocateCommonBuffer({ length: this.#descriptorBytes, cacheEnabled: true });
    assert(buffer !== null, `No common buffer of ${this.#descriptorBytes} bytes for descriptors`);
    this.#descriptorBuffers.push(buffer);
    return buffer;
  }

  /** Completion by interrupt, or by a poll that starts with the doorbell. */
  #connectInterrupts(probe: XdmaProbe): void {
    const poll = (index: number): void => this.scheduler.poll(index);
    const interrupt = (index: number): void => this.scheduler.interrupt(index);
    for (const channel of this.channels) {
      const { index } = channel.device;
      if (this.#polling) channel.pollAfterRing((rung) => this.clock.after(this.#costs.pollNs, poll, rung));
      else this.interrupts.connectMessage(index, interrupt, index);
    }
    if (!this.#polling) routeInterrupts(this.card, probe);
  }
}
