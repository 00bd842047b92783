/**
 * The register file behind the DMA BAR: decodes an address and reads or writes the word (PG195, "Register Space").
 *
 * Address inside the BAR: bits 31:16 ignored, 15:12 target, 11:8 channel, 7:0 byte offset. The tables of `registers.ts`
 * say whether a word can be read or written at all; the switches here say what that does.
 */
import type { VirtualClock } from "../clock.ts";
import type { ConfigBlock } from "./config_block.ts";
import type { Engine } from "./engine.ts";
import type { InterruptBlock } from "./interrupts.ts";
import type { XdmaConfiguration } from "./options.ts";
import {
  accessMap,
  CHANNEL,
  CHANNEL_REGISTERS,
  COMMON,
  COMMON_BITS,
  COMMON_REGISTERS,
  CONFIG_REGISTERS,
  CONTROL_NON_INCREMENTING,
  identifier,
  IRQ,
  IRQ_REGISTERS,
  READABLE,
  SGDMA,
  SGDMA_REGISTERS,
  STATUS_LOGGED_BITS,
  TARGET_C2H,
  TARGET_C2H_SGDMA,
  TARGET_CONFIG,
  TARGET_H2C,
  TARGET_H2C_SGDMA,
  TARGET_IRQ,
  TARGET_MSIX,
  TARGET_SGDMA_COMMON,
  WRITABLE,
} from "./registers.ts";
import type { AccessMap } from "./registers.ts";

/** Control bits 27:0 can be set and cleared through the aliases. */
const ALIAS_BITS = 0x0fff_ffff;

const CHANNEL_ACCESS: AccessMap = accessMap(CHANNEL_REGISTERS);
const SGDMA_ACCESS: AccessMap = accessMap(SGDMA_REGISTERS);
const IRQ_ACCESS: AccessMap = accessMap(IRQ_REGISTERS);
const CONFIG_ACCESS: AccessMap = accessMap(CONFIG_REGISTERS);
const COMMON_ACCESS: AccessMap = accessMap(COMMON_REGISTERS);

/** Every register of the DMA BAR. */
export class RegisterFile {
  readonly #configuration: XdmaConfiguration;
  readonly #clock: VirtualClock;
  readonly #h2c: readonly Engine[];
  readonly #c2h: readonly Engine[];
  readonly #interrupts: InterruptBlock;
  readonly #configBlock: ConfigBlock;
  // The common descriptor block: dsc_halt and credit mode, H2C at 3:0, C2H at 19:16.
  #descriptorControl = 0;
  #creditMode = 0;

  constructor(
    configuration: XdmaConfiguration,
    clock: VirtualClock,
    h2c: readonly Engine[],
    c2h: readonly Engine[],
    interrupts: InterruptBlock,
    configBlock: ConfigBlock,
  ) {
    this.#configuration = configuration;
    this.#clock = clock;
    this.#h2c = h2c;
    this.#c2h = c2h;
    this.#interrupts = interrupts;
    this.#configBlock = configBlock;
  }

  /** Reset values everywhere. */
  reset(): void {
    for (const engine of this.#h2c) engine.reset();
    for (const engine of this.#c2h) engine.reset();
    this.#interrupts.reset();
    this.#configBlock.reset();
    this.#descriptorControl = 0;
    this.#creditMode = 0;
  }

  /** Reads the word at `offset` of the BAR. */
  read(offset: number): number {
    const channel = (offset >> 8) & 0xf;
    const register = offset & 0xfc;
    switch ((offset >> 12) & 0xf) {
      case TARGET_H2C:
        return this.#readChannel(this.#h2c[channel], TARGET_H2C, channel, register);
      case TARGET_C2H:
        return this.#readChannel(this.#c2h[channel], TARGET_C2H, channel, register);
      case TARGET_IRQ:
        if (channel !== 0 || (IRQ_ACCESS[register >> 2]! & READABLE) === 0) return 0;
        return register === IRQ.identifier ? identifier(TARGET_IRQ, 0, false) : this.#interrupts.read(register);
      case TARGET_CONFIG:
        if (channel !== 0 || (CONFIG_ACCESS[register >> 2]! & READABLE) === 0) return 0;
        return this.#configBlock.read(register);
      case TARGET_H2C_SGDMA:
        return this.#readSgdma(this.#h2c[channel], TARGET_H2C_SGDMA, channel, register);
      case TARGET_C2H_SGDMA:
        return this.#readSgdma(this.#c2h[channel], TARGET_C2H_SGDMA, channel, register);
      case TARGET_SGDMA_COMMON:
        if (channel !== 0 || (COMMON_ACCESS[register >> 2]! & READABLE) === 0) return 0;
        return this.#readCommon(register);
      case TARGET_MSIX:
        return this.#interrupts.msix.read(offset & 0xfffc);
      default:
        // Unmapped. Undocumented; reads give 0 and writes are ignored.
        return 0;
    }
  }

  /** Writes the word at `offset` of the BAR. */
  write(offset: number, value: number): void {
    const channel = (offset >> 8) & 0xf;
    const register = offset & 0xfc;
    switch ((offset >> 12) & 0xf) {
      case TARGET_H2C:
        return this.#writeChannel(this.#h2c[channel], register, value);
      case TARGET_C2H:
        return this.#writeChannel(this.#c2h[channel], register, value);
      case TARGET_IRQ:
        if (channel === 0 && (IRQ_ACCESS[register >> 2]! & WRITABLE) !== 0) this.#interrupts.write(register, value);
        return;
      case TARGET_CONFIG:
        if (channel === 0 && (CONFIG_ACCESS[register >> 2]! & WRITABLE) !== 0) this.#configBlock.write(register, value);
        return;
      case TARGET_H2C_SGDMA:
        return this.#writeSgdma(this.#h2c[channel], register, value);
      case TARGET_C2H_SGDMA:
        return this.#writeSgdma(this.#c2h[channel], register, value);
      case TARGET_SGDMA_COMMON:
        if (channel === 0 && (COMMON_ACCESS[register >> 2]! & WRITABLE) !== 0) this.#writeCommon(register, value);
        return;
      case TARGET_MSIX:
        return this.#interrupts.writeMsix(offset & 0xfffc, value);
    }
  }

  #readChannel(engine: Engine | undefined, target: number, channel: number, register: number): number {
    // An absent channel must not show an identifier, so that enumeration stops.
    if (engine === undefined || (CHANNEL_ACCESS[register >> 2]! & READABLE) === 0) return 0;
    switch (register) {
      case CHANNEL.identifier:
        return identifier(target, channel, this.#configuration.interface === "st");
      case CHANNEL.control:
        return engine.control;
      case CHANNEL.status:
        return engine.status;
      case CHANNEL.statusRC: {
        const value = engine.status;
        engine.clearStatus(STATUS_LOGGED_BITS);
        return value;
      }
      case CHANNEL.completedCount:
        return engine.report.completedCount;
      case CHANNEL.alignments:
        return alignments(this.#configuration, target, engine.control);
      case CHANNEL.writebackLow:
        return engine.report.writebackLow;
      case CHANNEL.writebackHigh:
        return engine.report.writebackHigh;
      case CHANNEL.interruptMask:
        return engine.report.interruptMask;
      default:
        return engine.perf.read(register, this.#clock.nowNs);
    }
  }

  #writeChannel(engine: Engine | undefined, register: number, value: number): void {
    if (engine === undefined || (CHANNEL_ACCESS[register >> 2]! & WRITABLE) === 0) return;
    switch (register) {
      case CHANNEL.control:
        return engine.writeControl(value);
      case CHANNEL.controlW1S:
        return engine.writeControl(engine.control | (value & ALIAS_BITS));
      case CHANNEL.controlW1C:
        return engine.writeControl(engine.control & ~(value & ALIAS_BITS));
      case CHANNEL.status:
        return engine.clearStatus(value & STATUS_LOGGED_BITS);
      case CHANNEL.writebackLow:
        engine.report.writebackLow = value;
        return;
      case CHANNEL.writebackHigh:
        engine.report.writebackHigh = value;
        return;
      case CHANNEL.interruptMask:
        engine.report.interruptMask = value & STATUS_LOGGED_BITS;
        return engine.publish();
      case CHANNEL.interruptMaskW1S:
        engine.report.interruptMask |= value & STATUS_LOGGED_BITS;
        return engine.publish();
      case CHANNEL.interruptMaskW1C:
        engine.report.interruptMask &= ~value;
        return engine.publish();
      case CHANNEL.perfControl:
        return engine.perf.writeControl(value, this.#clock.nowNs, (engine.control & 1) !== 0);
    }
  }

  #readSgdma(engine: Engine | undefined, target: number, channel: number, register: number): number {
    if (engine === undefined) return 0;
    switch (register) {
      case SGDMA.identifier:
        return identifier(target, channel, this.#configuration.interface === "st");
      case SGDMA.firstLow:
        return engine.fetch.firstLow;
      case SGDMA.firstHigh:
        return engine.fetch.firstHigh;
      case SGDMA.firstAdjacent:
        return engine.fetch.firstAdjacent;
      case SGDMA.credits:
        return engine.fetch.credits;
      default:
        return 0;
    }
  }

  #writeSgdma(engine: Engine | undefined, register: number, value: number): void {
    if (engine === undefined || (SGDMA_ACCESS[register >> 2]! & WRITABLE) === 0) return;
    switch (register) {
      case SGDMA.firstLow:
        engine.fetch.firstLow = value;
        return;
      case SGDMA.firstHigh:
        engine.fetch.firstHigh = value;
        return;
      case SGDMA.firstAdjacent:
        engine.fetch.firstAdjacent = value & 0x3f;
        return;
      case SGDMA.credits:
        engine.fetch.addCredits(value);
        return engine.resume();
    }
  }

  #readCommon(register: number): number {
    switch (register) {
      case COMMON.identifier:
        return identifier(TARGET_SGDMA_COMMON, 0, false);
      case COMMON.descriptorControl:
        return this.#descriptorControl;
      default:
        return this.#creditMode;
    }
  }

  #writeCommon(register: number, value: number): void {
    const bits = value & COMMON_BITS;
    switch (register) {
      case COMMON.descriptorControl:
        this.#descriptorControl = bits;
        break;
      case COMMON.descriptorControlW1S:
        this.#descriptorControl |= bits;
        break;
      case COMMON.descriptorControlW1C:
        this.#descriptorControl &= ~bits;
        break;
      case COMMON.creditMode:
        this.#creditMode = bits;
        break;
      case COMMON.creditModeW1S:
        this.#creditMode |= bits;
        break;
      case COMMON.creditModeW1C:
        this.#creditMode &= ~bits;
        break;
    }
    // All first, then on: an engine that goes on may interrupt, and an ISR may look at the others.
    this.#h2c.forEach((engine, channel) => this.#control(engine, channel));
    this.#c2h.forEach((engine, channel) => this.#control(engine, 16 + channel));
    for (const engine of this.#h2c) engine.resume();
    for (const engine of this.#c2h) engine.resume();
  }

  #control(engine: Engine, bit: number): void {
    engine.fetch.control((this.#descriptorControl >>> bit & 1) !== 0, (this.#creditMode >>> bit & 1) !== 0);
  }
}

/** The Alignments register: 23:16 address alignment, 15:8 length granularity, both in bytes; 7:0 address bits. */
export function alignments(configuration: XdmaConfiguration, target: number, control: number): number {
  const { interface: kind, link } = configuration;
  if (kind === "st") return target === TARGET_C2H ? 0x0001_4040 : 0x0001_0140;
  if ((control & CONTROL_NON_INCREMENTING) === 0) return 0x0001_0140;
  return (link.datapathBytes << 16) | (link.datapathBytes << 8) | 0x40;
}
