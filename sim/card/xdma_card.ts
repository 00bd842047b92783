/**
 * A simulated XDMA card (AMD "DMA/Bridge Subsystem for PCI Express", product guide PG195): up to four H2C and four C2H
 * engines behind a 64 KiB register BAR. This file puts the parts together; the story of a descriptor is in `engine.ts`.
 */
import type { ChannelName } from "../../trace/event.ts";
import { assert } from "../assert.ts";
import type { Bar, Card, CardDescription, CardIdentity, ResetKind, Slot } from "../ports.ts";
import type { Nanoseconds } from "../units.ts";
import { CardMemory } from "./card_memory.ts";
import { ConfigBlock } from "./config_block.ts";
import { describeXdma } from "./describe.ts";
import { DESCRIPTOR_BYTES } from "./descriptor.ts";
import { Engine } from "./engine.ts";
import { EngineVoice } from "./engine_voice.ts";
import { Faults } from "./faults.ts";
import { DescriptorFetch } from "./fetch.ts";
import { FixedPace } from "./fixed_pace.ts";
import { InterruptBlock } from "./interrupts.ts";
import { SIGNAL_WIRE_BYTES } from "./link.ts";
import type { Link, TransferDirection } from "./link.ts";
import { LinkDirection } from "./link_direction.ts";
import { LinkPace } from "./link_pace.ts";
import type { Mover, MoverWiring } from "./mover.ts";
import { MemoryMoverC2H, MemoryMoverH2C } from "./mover_mm.ts";
import { StreamMoverC2H, StreamMoverH2C } from "./mover_st.ts";
import { Notices } from "./notices.ts";
import type { Notice } from "./notices.ts";
import { configure } from "./options.ts";
import type { XdmaConfiguration, XdmaOptions } from "./options.ts";
import { BypassBar, UserBar } from "./other_bars.ts";
import { PerfMonitor } from "./perf.ts";
import { RegisterFile } from "./register_file.ts";
import { MSIX_ENTRIES } from "./registers.ts";
import { EngineReport } from "./report.ts";
import { LoopbackStream } from "./stream.ts";
import { StreamWatch } from "./stream_watch.ts";

/** Bytes of the DMA (config) BAR. */
export const CONFIG_BAR_BYTES = 0x1_0000;

const ALL_ONES = 0xffff_ffff;
/** The descriptor FIFO is 512 words of the datapath deep. */
const FIFO_DEPTH = 512;

/** What exists only once the card is in a slot. */
interface Plugged {
  readonly slot: Slot;
  readonly notices: Notices;
  readonly downwards: LinkDirection;
  readonly upwards: LinkDirection;
  readonly interrupts: InterruptBlock;
  readonly streams: readonly LoopbackStream[];
  readonly registers: RegisterFile;
}

/** The card. Its driver uses {@link Card} only; everything else here is for the world around a card, and for tests. */
export class XdmaCard implements Card {
  /** Every option with its default filled in. */
  readonly configuration: XdmaConfiguration;
  /** The memory on the card; for tests and viewers. A driver reaches it by DMA. */
  readonly cardMemory: CardMemory;
  /** What shall go wrong. */
  readonly faults: Faults;
  /** Number of the BAR with the DMA registers. */
  readonly configBar: number;
  readonly #bars: readonly Bar[];
  readonly #userBarIndex: number;
  readonly #bypassBarIndex: number;
  readonly #userBar: UserBar;
  readonly #bypassBar: BypassBar;
  readonly #configBlock: ConfigBlock;
  #plugged: Plugged | null = null;
  #linkUp = true;

  /**
   * A card that is in no slot yet.
   *
   * @throws {RangeError} one sentence naming the option that cannot be.
   */
  constructor(options: XdmaOptions = {}) {
    this.configuration = configure(options);
    const { userBarBytes, bypassBarBytes, bars64, h2cCount, c2hCount } = this.configuration;
    const bars: Bar[] = [];
    // User first, then the registers, then bypass: the order drivers rely on.
    const add = (purpose: string, sizeBytes: number): number => {
      if (sizeBytes === 0) return -1;
      const index = bars.length * (bars64 ? 2 : 1);
      bars.push({ index, purpose, sizeBytes });
      return index;
    };
    this.#userBarIndex = add("user", userBarBytes);
    this.configBar = add("config", CONFIG_BAR_BYTES);
    this.#bypassBarIndex = add("bypass", bypassBarBytes);
    this.#bars = bars;
    this.cardMemory = new CardMemory(this.configuration.cardMemoryBytes);
    this.#userBar = new UserBar(userBarBytes);
    this.#bypassBar = new BypassBar(this.cardMemory);
    this.#configBlock = new ConfigBlock(this.configuration);
    this.faults = new Faults(h2cCount + c2hCount);
  }

  // Card port --------------------------------------------------------------------------------------------------------

  plug(slot: Slot): void {
    assert(this.#plugged === null, "Cannot plug the card: it is in a slot already");
    const { configuration, faults } = this;
    const { link, h2cCount, c2hCount, interruptMode, msiVectors } = configuration;
    const { clock, trace } = slot;
    const notices = new Notices(clock, trace);
    const upwards = new LinkDirection(link, "c2h", clock, null);
    const downwards = new LinkDirection(link, "h2c", clock, upwards);
    const isLinkTimed = configuration.timing.kind === "link";
    const interrupts = new InterruptBlock(interruptMode, msiVectors, h2cCount + c2hCount, {
      clock,
      trace,
      lines: slot.interrupts,
      faults,
      notices,
      messageSent: () => {
        if (isLinkTimed) upwards.charge(SIGNAL_WIRE_BYTES);
      },
    });
    const streams = Array.from(
      { length: Math.max(h2cCount, c2hCount) },
      () => new LoopbackStream(configuration.streamBytes),
    );
    const h2c: Engine[] = [];
    const c2h: Engine[] = [];
    const registers = new RegisterFile(configuration, clock, h2c, c2h, interrupts, this.#configBlock);
    this.#plugged = { slot, notices, downwards, upwards, interrupts, streams, registers };
    for (let channel = 0; channel < h2cCount; channel++) h2c.push(this.#build(this.#plugged, "h2c", channel));
    for (let channel = 0; channel < c2hCount; channel++) c2h.push(this.#build(this.#plugged, "c2h", channel));
  }

  probe(): CardIdentity {
    const { vendorId, deviceId, classCode, interruptPin, interruptMode } = this.configuration;
    const msixTableSize = interruptMode === "msix" ? MSIX_ENTRIES : 0;
    return { vendorId, deviceId, classCode, bars: this.#bars, interruptPin, msixTableSize };
  }

  read32(bar: number, offset: number): number {
    const { slot, registers } = this.#inSlot();
    let value = ALL_ONES;
    if (this.#linkUp) {
      if (bar === this.configBar) value = registers.read(offset);
      else if (bar === this.#userBarIndex) value = this.#userBar.read(offset);
      else if (bar === this.#bypassBarIndex) value = this.#bypassBar.read(offset);
    }
    if (slot.trace.on) {
      slot.trace.emit({ kind: "register", atNs: slot.clock.nowNs, access: "read", bar, offset, value });
    }
    return value;
  }

  write32(bar: number, offset: number, value: number): void {
    const { slot, registers } = this.#inSlot();
    const word = value >>> 0;
    if (slot.trace.on) {
      slot.trace.emit({ kind: "register", atNs: slot.clock.nowNs, access: "write", bar, offset, value: word });
    }
    if (!this.#linkUp) return;
    if (bar === this.configBar) registers.write(offset, word);
    else if (bar === this.#userBarIndex) this.#userBar.write(offset, word);
    else if (bar === this.#bypassBarIndex) this.#bypassBar.write(offset, word);
  }

  reset(kind: ResetKind): void {
    const { registers, downwards, upwards, streams } = this.#inSlot();
    registers.reset();
    downwards.clear();
    upwards.clear();
    for (const stream of streams) stream.clear();
    if (kind === "power") {
      this.cardMemory.clear();
      this.#userBar.clear();
    }
  }

  describe(): CardDescription {
    return describeXdma(this.configuration, this.probe(), this.configBar);
  }

  // Beside the port --------------------------------------------------------------------------------------------------

  /** The link's figures. */
  get link(): Link {
    return this.configuration.link;
  }

  /** What the card saw and a person should know, in order. */
  get notices(): readonly Notice[] {
    return this.#plugged?.notices.list ?? [];
  }

  /** False after {@link linkDown} or {@link linkDownAt} until {@link linkRestored}. */
  get isLinkUp(): boolean {
    return this.#linkUp;
  }

  /**
   * User logic raises or drops usr_irq_req[`user`] (0 to 15). It stays until user logic changes it.
   *
   * @throws {RangeError} for any other number.
   */
  userInterrupt(user: number, level: boolean): void {
    if (!Number.isSafeInteger(user) || user < 0 || user > 15) {
      throw new RangeError(`Cannot use ${user} as user interrupt: expected an integer from 0 to 15`);
    }
    this.#inSlot().interrupts.setUser(user, level);
  }

  /** How often user logic was acknowledged: once a message; for a legacy pin on assert and on deassert. */
  userAcknowledgeCount(user: number): number {
    return this.#inSlot().interrupts.acknowledgeCount(user);
  }

  /**
   * The loopback behind H2C and C2H channel `channel` of a stream card, where user logic could send of its own.
   *
   * @throws {RangeError} if the card has no such channel.
   */
  stream(channel: number): LoopbackStream {
    const { streams } = this.#inSlot();
    const stream = streams[channel];
    if (stream === undefined) throw new RangeError(`Cannot reach stream ${channel}: there are ${streams.length}`);
    return stream;
  }

  /** Payload bytes a direction of the link has carried (with timing by the link). */
  carriedBytes(direction: TransferDirection): number {
    const { downwards, upwards } = this.#inSlot();
    return (direction === "h2c" ? downwards : upwards).carriedBytes;
  }

  /** How long a direction of the link has been carrying payload, in nanoseconds (with timing by the link). */
  carryingNs(direction: TransferDirection): Nanoseconds {
    const { downwards, upwards } = this.#inSlot();
    return (direction === "h2c" ? downwards : upwards).busyNs;
  }

  /** Surprise removal: from now on every read gives ones, writes are lost, engines and interrupts are silent. */
  linkDown(): void {
    if (!this.#linkUp) return;
    this.reset("function");
    this.#linkUp = false;
    this.#inSlot().notices.add("link", "LinkDown", "every register reads as 0xffffffff");
  }

  /** The same at a point in virtual time. */
  linkDownAt(atNs: Nanoseconds): void {
    this.#inSlot().slot.clock.at(atNs, () => this.linkDown());
  }

  /** The link is back; the card is as after a function reset. */
  linkRestored(): void {
    if (this.#linkUp) return;
    this.#linkUp = true;
    this.#inSlot().notices.add("link", "LinkUp", "the card is as after reset");
  }

  // Building ---------------------------------------------------------------------------------------------------------

  #inSlot(): Plugged {
    assert(this.#plugged !== null, "Cannot use the card: it is not in a slot");
    return this.#plugged;
  }

  #build(plugged: Plugged, kind: TransferDirection, channel: number): Engine {
    const { configuration, faults } = this;
    const { slot: { clock, memory, trace }, notices, downwards, upwards, interrupts } = plugged;
    const { link, timing, h2cCount, c2hCount, adjacentLimit } = configuration;
    const isH2C = kind === "h2c";
    const name: ChannelName = `${kind}${channel}`;
    const index = isH2C ? channel : h2cCount + channel;
    const stream = plugged.streams[channel]!;
    const mover = this.#mover(plugged, isH2C, index, stream);
    // All channels share one descriptor FIFO. How is undocumented; we divide it evenly, so that no channel starves.
    const fifoDescriptors = link.datapathBytes * FIFO_DEPTH / DESCRIPTOR_BYTES;
    const fetch = new DescriptorFetch({
      clock,
      memory,
      link,
      downwards,
      upwards,
      faults,
      notices,
      name,
      engineIndex: index,
      capacity: Math.floor(fifoDescriptors / (h2cCount + c2hCount)),
      adjacentLimit,
      dataLatencyNs: isH2C ? link.readLatencyNs : link.writeLatencyNs,
    });
    const engine = new Engine({
      index,
      clock,
      faults,
      fetch,
      mover,
      perf: new PerfMonitor(link.datapathBytes, link.axiClockMhz),
      report: new EngineReport(memory, interrupts, index, timing.kind === "link" ? upwards : null),
      voice: new EngineVoice(name, clock, trace, notices),
    });
    if (timing.kind === "link") {
      const pace = new LinkPace(engine, fetch, clock, isH2C ? downwards : upwards, channel);
      fetch.onArrival(() => pace.descriptorsArrived());
      engine.connect(pace);
    } else {
      engine.connect(new FixedPace(engine, fetch, clock, timing.dmaNs));
    }
    const watch = new StreamWatch(engine, mover, clock, () => this.#configBlock.flushTimeoutNs);
    if (isH2C) stream.sender = watch;
    else stream.receiver = watch;
    return engine;
  }

  #mover(plugged: Plugged, isH2C: boolean, engineIndex: number, stream: LoopbackStream): Mover {
    const { memory } = plugged.slot;
    const { interface: kind, link: { datapathBytes } } = this.configuration;
    const wiring: MoverWiring = {
      memory,
      cardMemory: this.cardMemory,
      faults: this.faults,
      engineIndex,
      datapathBytes,
    };
    if (kind === "mm") return isH2C ? new MemoryMoverH2C(wiring) : new MemoryMoverC2H(wiring);
    return isH2C ? new StreamMoverH2C(wiring, stream) : new StreamMoverC2H(wiring, stream);
  }
}
