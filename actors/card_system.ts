/**
 * The family: one world with host memory, a card in its slot, the HAL, adapters, channels, queues and the scheduler,
 * all built from one options object and living under one clock. What kind of card it is, its {@link DeviceKit} knows.
 *
 * ```text
 * 1 the world below the driver      memory, interrupts, the card in its slot
 * 2 the kernel                      lives, findings, MDL and IRP routines, the HAL
 * 3 what the driver obtains once    adapters, the adapter of shared memory, processors
 * 4 the driver                      channels, shared steps, the scheduler; interrupts connected last
 * ```
 */
import { assert } from "../sim/assert.ts";
import { VirtualClock } from "../sim/clock.ts";
import { InterruptController } from "../sim/kernel/interrupt_controller.ts";
import { IrqlState } from "../sim/kernel/irql.ts";
import { Processor, SpinLock } from "../sim/kernel/processor.ts";
import { HostMemory } from "../sim/memory/mod.ts";
import type { HostPort } from "../sim/memory/mod.ts";
import type { Card, InterruptLines } from "../sim/ports.ts";
import { PAGE_SIZE } from "../sim/units.ts";
import type { Nanoseconds } from "../sim/units.ts";
import { SILENT, tee } from "../trace/event.ts";
import type { Tracer } from "../trace/event.ts";
import { AccessWatch } from "./access_watch.ts";
import { ChartLives } from "./chart_lives.ts";
import type { ChannelWiring, DeviceKit, PluggedDevice } from "./device/device_kit.ts";
import { FindingLog } from "./findings.ts";
import { crashFigures, deviceDescription, Hal } from "./hal/mod.ts";
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
import { StorySoFar } from "./story_so_far.ts";
import type { CardSystemOptions } from "./system_options.ts";
import { TableLives } from "./table_lives.ts";

const DEFAULT_TRANSFER_BYTES = 1024 * 1024;
const DEFAULT_QUEUE_DEPTH = 64;

/** An adapter with the number of map registers it was granted, and the lock inside the HAL that its routines take. */
interface ObtainedAdapter {
  readonly dmaAdapter: DmaAdapter;
  readonly numberOfMapRegisters: number;
  readonly halLock: SpinLock;
}

/** One world around a card of any kind. */
export class CardSystem<KindOfCard extends Card> {
  /** Virtual time; everything in this world lives by it. */
  readonly clock: VirtualClock = new VirtualClock();
  /** Where events go. */
  readonly trace: Tracer;
  /** The present IRQL of each processor. */
  readonly irql: IrqlState = new IrqlState();
  /** Host memory: frames, caches, virtual addresses, IOMMU, pool. */
  readonly memory: HostMemory;
  /** The card in its slot. */
  readonly card: KindOfCard;
  /** What lies between the card's messages and the ISRs. */
  readonly interrupts: InterruptController;
  /** Misuse by the driver, collected. */
  readonly findings: FindingLog;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** The MDL routines of this world. */
  readonly mdls: MdlRoutines;
  /** The IRP routines of this world. */
  readonly irps: IrpRoutines;
  /** The HAL of this world. */
  readonly hal: Hal;
  /** The physical device object; its name is the device's in the IOMMU. */
  readonly deviceObject: DeviceObject;
  /** Adapters that carry data, one or one per channel. */
  readonly adapters: readonly DmaAdapter[];
  /** The locks inside the HAL, one per adapter. */
  readonly halLocks: readonly SpinLock[];
  /** Processors on which dispatch routines run. */
  readonly processors: readonly Processor[];
  /** Every channel, H2C first. */
  readonly channels: readonly ChannelDriver[];
  /** The strategy that runs. */
  readonly strategy: Strategy;
  /** The steps that strategies share. */
  readonly driver: Driver;
  /** Takes requests, drives the channels, gives requests back. */
  readonly scheduler: Scheduler;
  readonly #options: CardSystemOptions<KindOfCard>;
  readonly #kit: DeviceKit<KindOfCard>;
  readonly #device: PluggedDevice<KindOfCard>;
  readonly #costs: Costs;
  readonly #door: CallDoor;
  readonly #accessWatch: AccessWatch | null;
  /** What channels and card share (descriptors) has an adapter of its own; null if they share nothing. */
  readonly #sharedAdapter: DmaAdapter | null;
  readonly #sharedBuffers: CommonBuffer[] = [];
  #busyCount = 0;
  #busyPeak = 0;

  /**
   * Builds a world.
   *
   * @throws {RangeError} with one sentence, if an option cannot be.
   */
  constructor(options: CardSystemOptions<KindOfCard>) {
    this.#options = options;
    this.#kit = options.device;
    this.deviceObject = { name: this.#kit.name };
    this.#costs = options.costs ?? BURST_COSTS;
    const { trace: listener = SILENT } = options;
    const story = options.strict ? new StorySoFar() : null;
    this.trace = story === null ? listener : tee(listener, story);
    const { strategy = "isr-reprogram" } = options;
    this.strategy = typeof strategy === "object" ? strategy : STRATEGIES[strategy];
    const { clock, trace, irql } = this;

    // 1 The world below the driver.
    this.memory = this.#hostMemory();
    this.interrupts = new InterruptController(clock, irql, this.#costs.isrNs);
    this.#device = this.#pluggedDevice();
    this.card = this.#device.card;

    // 2 The kernel.
    this.findings = new FindingLog(clock, trace, story, options.optOut);
    const { findings, memory } = this;
    const telling = { clock, trace, findings };
    this.lives = options.engine === "table" ? new TableLives(telling) : new ChartLives(telling, options.inspect);
    const { lives } = this;
    const door = this.#door = new CallDoor(clock, trace, irql, findings);
    const mdls = this.mdls = new MdlRoutines(memory, irql, lives, door);
    const channelCount = this.#device.channels.length;
    const requestCount = channelCount * this.#queueDepth;
    this.irps = new IrpRoutines({ clock, trace, irql, lives, door, mdls }, requestCount);
    const { mapRegisters, apiBypass = false } = options;
    const halOptions = mapRegisters === undefined ? { apiBypass } : { apiBypass, mapRegisters };
    this.hal = new Hal({ clock, trace, irql, lives, findings, memory, door, mdls, options: halOptions });
    findings.callWitness((finding) => crashFigures(this.hal, finding));
    this.#accessWatch = options.watchDeviceAccess ? new AccessWatch(this.hal, this.#port()) : null;

    // 3 What the driver obtains once.
    const adapterCount = options.adapters === "per-channel" ? channelCount : 1;
    const adapters = Array.from(
      { length: adapterCount },
      () => this.#obtainAdapter(this.strategy.dmaVersion, this.#transferBytes),
    );
    this.adapters = adapters.map(({ dmaAdapter }) => dmaAdapter);
    this.halLocks = adapters.map(({ halLock }) => halLock);
    // N limits a common buffer, and what is shared may be longer than a transfer.
    const bytes = this.#sharedBytes;
    this.#sharedAdapter = bytes === 0 ? null : this.#obtainAdapter(1, bytes + PAGE_SIZE).dmaAdapter;
    this.processors = Array.from(
      { length: options.processors ?? 1 },
      (_, cpu) => new Processor(`cpu:${cpu}`, clock, trace),
    );

    // 4 The driver.
    const requests = new Requests(this.irps);
    this.channels = this.#buildChannels(adapters, requests);
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
    this.#connectInterrupts();
  }

  /** The most engines that had a transfer at one moment. */
  get busyPeak(): number {
    return this.#busyPeak;
  }

  /** Runs until nothing is pending any more. Returns the time. */
  run(): Nanoseconds {
    return this.clock.run();
  }

  /** Unload, in the right order: what strategies hold, shared memory, adapters. */
  close(): void {
    this.scheduler.close();
    if (this.#sharedAdapter !== null) {
      const { freeCommonBuffer, putDmaAdapter } = this.#sharedAdapter.dmaOperations;
      for (const buffer of this.#sharedBuffers.splice(0)) freeCommonBuffer(buffer);
      putDmaAdapter();
    }
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

  /** What one channel shares with the card. */
  get #sharedBytes(): number {
    return this.#device.sharedBytes(this.#queueDepth, this.#transferBytes);
  }

  #hostMemory(): HostMemory {
    const { seed = 0, physicalBytes, layout, iommu, coherent, poolFaults } = this.#options;
    const options = { seed, physicalBytes, layout, iommu, coherent, pool: { faults: poolFaults } };
    return new HostMemory(this.clock, options, this.trace);
  }

  #pluggedDevice(): PluggedDevice<KindOfCard> {
    const { clock, trace } = this;
    const indexOfVector: number[] = [];
    const interrupts: InterruptLines = {
      message: (vector) => {
        this.channels[indexOfVector[vector] ?? -1]?.noteInterrupt(clock.nowNs);
        this.interrupts.message(vector);
      },
      level: (pin, asserted) => this.interrupts.level(pin, asserted),
    };
    const device = this.#kit.plug({ clock, memory: this.#port(), interrupts, trace });
    for (const [index, { vector }] of device.channels.entries()) indexOfVector[vector] = index;
    return device;
  }

  /** The card's way into host memory. */
  #port(): HostPort {
    return this.memory.port(this.#kit.name, this.#kit.addressBits);
  }

  #obtainAdapter(wantedVersion: 1 | 2 | 3, maximumLength: number): ObtainedAdapter {
    const { addressBits, scatterGather, master } = this.#kit;
    // Versions 1 and 2 can say 32 and 64 address lines; any other number needs version 3.
    const version = addressBits === 32 || addressBits === 64 ? wantedVersion : 3;
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

  #buildChannels(adapters: readonly ObtainedAdapter[], requests: Requests): ChannelDriver[] {
    const { clock, lives, memory, processors, trace } = this;
    const slotCount = this.#queueDepth;
    const listWorld = { clock, trace, lives, door: this.#door };
    const common = { lives, space: memory.space, slotCount, maximumTransferBytes: this.#transferBytes };
    return this.#device.channels.map(({ direction, number }, index) => {
      const wiring: ChannelWiring = { ...common, polling: this.#polling, shared: this.#sharedBuffer() };
      const device = this.#device.openChannel(index, wiring);
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

  #sharedBuffer(): CommonBuffer | null {
    if (this.#sharedAdapter === null) return null;
    const { allocateCommonBuffer } = this.#sharedAdapter.dmaOperations;
    const buffer = allocateCommonBuffer({ length: this.#sharedBytes, cacheEnabled: true });
    if (buffer === null) {
      const what = `Cannot share a common buffer of ${this.#sharedBytes} bytes with the card`;
      throw new RangeError(`${what}: there is no memory for it; expected fewer channels or a shorter queue`);
    }
    this.#sharedBuffers.push(buffer);
    return buffer;
  }

  /** Completion by interrupt, or by a poll that starts with the doorbell. */
  #connectInterrupts(): void {
    const poll = (index: number): void => this.scheduler.poll(index);
    const interrupt = (index: number): void => this.scheduler.interrupt(index);
    for (const [index, { vector }] of this.#device.channels.entries()) {
      if (this.#polling) {
        this.channels[index]!.pollAfterRing(poll);
      } else this.interrupts.connectMessage(vector, interrupt, index);
    }
    if (!this.#polling) this.#device.enableInterrupts();
  }
}
