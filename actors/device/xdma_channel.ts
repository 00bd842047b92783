/**
 * The driver's part of one XDMA engine, as PG195 wants it.
 *
 * ```text
 * prepare  1 element → 1 descriptor in the slot's own memory (a common buffer); the last one carries Stop + Completed
 *          2 adjacent counts, so that the card fetches blocks; a block never crosses 4 KiB
 * start    3 Run off (the engine halted at Stop with Run still set)      Control W1C
 *          4 where the first descriptor is, and how many stand behind it  SGDMA 0x80, 0x84, 0x88
 *          5 Run on: the doorbell, last                                   Control
 * service  6 read the status, which clears it                             Status RC
 * ```
 */
import { deviceChannelMachine } from "../../machines/device_channel.ts";
import type { DeviceChannelEvent } from "../../machines/device_channel.ts";
import { assert } from "../../sim/assert.ts";
import {
  adjacentCount,
  CONTROL_COMPLETED,
  CONTROL_STOP,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_MAGIC,
  DESCRIPTOR_WORDS,
  WORD_CONTROL,
  WORD_DESTINATION,
  WORD_LENGTH,
  WORD_NEXT,
  WORD_SOURCE,
} from "../../sim/card/descriptor.ts";
import {
  CHANNEL,
  CONTROL_NON_INCREMENTING,
  CONTROL_POLLMODE_WB,
  CONTROL_RUN,
  SGDMA,
  STATUS_BUSY,
  STATUS_DESCRIPTOR_STOPPED,
  STATUS_ERROR_BITS,
} from "../../sim/card/registers.ts";
import type { AddressSpace } from "../../sim/memory/mod.ts";
import type { Card } from "../../sim/ports.ts";
import { highHalf, lowHalf, PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { ChannelName } from "../../trace/event.ts";
import type { CommonBuffer } from "../hal/dma_operations.ts";
import { lasting } from "../lasting_event.ts";
import type { Life, Lives } from "../life.ts";
import type { DeviceChannel, Direction, HostPieces, ServiceResult } from "./device.ts";

/**
 * Status bits the driver logs and wants to hear of, as the vendor's Linux driver has them: descriptor stopped and
 * completed, alignment, magic, read errors, descriptor errors.
 *
 * Write errors (18:14, H2C), invalid length (5) and idle stopped (6) are not among them: an engine that stops on one of
 * these logs nothing and interrupts nobody. Only a timer finds out that nothing comes any more.
 */
export const XDMA_INTERRUPT_ENABLE = 0x00f8_3e1e;
/** The same for polling: errors only, completion comes by write-back. */
const POLL_ENABLE = 0x00f8_3e18;

const ALL_ONES = 0xffff_ffff;

/** What a channel needs from its surroundings. */
export interface XdmaChannelWiring {
  /** The card. */
  readonly card: Card;
  /** The BAR that holds the register space. */
  readonly bar: number;
  /** Where its lifecycle comes from. */
  readonly lives: Lives;
  /** The CPU's view of memory, for descriptors and write-back. */
  readonly space: AddressSpace;
  /** Shared memory for `slotCount` slots of `descriptorsPerSlot` descriptors, and the write-back word behind them. */
  readonly descriptors: CommonBuffer;
  /** Transfers that can be prepared at one time. */
  readonly slotCount: number;
  /** The most elements of one transfer. */
  readonly descriptorsPerSlot: number;
  /** Completion by the write-back of the card instead of interrupts. */
  readonly polling: boolean;
}

/** Bytes of one slot: whole descriptors, and whole pages as soon as a slot is larger than one. */
export function slotBytes(descriptorsPerSlot: number): number {
  const bytes = descriptorsPerSlot * DESCRIPTOR_BYTES;
  return bytes <= PAGE_SIZE ? 2 ** Math.ceil(Math.log2(bytes)) : Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;
}

/** Bytes of shared memory that a channel wants. */
export function descriptorBytes(slotCount: number, descriptorsPerSlot: number): number {
  return slotCount * slotBytes(descriptorsPerSlot) + WRITEBACK_BYTES;
}

const WRITEBACK_BYTES = 64;

/** One engine of an XDMA card. */
export class XdmaChannel implements DeviceChannel {
  /** `h2c0`, `c2h3`: direction and number. */
  readonly name: ChannelName;
  readonly index: number;
  /** Which way it carries. */
  readonly direction: Direction;
  /** Its lifecycle as the driver sees it. */
  readonly life: Life<Record<string, never>, DeviceChannelEvent>;
  readonly slotCount: number;
  readonly #wiring: XdmaChannelWiring;
  readonly #registers: number;
  readonly #sgdma: number;
  readonly #slotBytes: number;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #counts: Uint32Array;
  readonly #enable: number;
  #startedCount = 0;
  #lastStatus = 0;

  /** `number` counts the channels of one direction; `index` all channels of the card. */
  constructor(direction: Direction, number: number, index: number, wiring: XdmaChannelWiring) {
    this.name = `${direction}${number}`;
    this.index = index;
    this.direction = direction;
    this.slotCount = wiring.slotCount;
    this.#wiring = wiring;
    this.#registers = (direction === "h2c" ? 0x0000 : 0x1000) + number * 0x100;
    this.#sgdma = this.#registers + 0x4000;
    this.#slotBytes = slotBytes(wiring.descriptorsPerSlot);
    this.#words = new Uint32Array(wiring.descriptorsPerSlot * DESCRIPTOR_WORDS);
    this.#bytes = new Uint8Array(this.#words.buffer);
    this.#counts = new Uint32Array(wiring.slotCount);
    this.#enable = wiring.polling ? POLL_ENABLE | CONTROL_POLLMODE_WB : XDMA_INTERRUPT_ENABLE;
    this.life = wiring.lives.create(deviceChannelMachine, `channel:${this.name}`, undefined);
    this.initialise();
  }

  get lastStatus(): number {
    return this.#lastStatus;
  }

  prepare(slot: number, pieces: HostPieces, cardAddress: number): void {
    const count = pieces.numberOfElements;
    if (slot >= this.slotCount) assert(false, `Cannot prepare slot ${slot}: ${this.name} has ${this.slotCount}`);
    const room = this.#words.length / DESCRIPTOR_WORDS;
    if (count > room) assert(false, `${count} elements do not fit a slot of ${this.name}`);
    const words = this.#words;
    const first = this.#logicalAddress(slot);
    const toCard = this.direction === "h2c";
    let axi = cardAddress;
    for (let element = 0; element < count; element++) {
      const word = element * DESCRIPTOR_WORDS;
      const host = pieces.addresses[element]!;
      const length = pieces.lengths[element]!;
      const last = element === count - 1;
      const next = last ? 0 : first + (element + 1) * DESCRIPTOR_BYTES;
      const adjacent = last ? 0 : adjacentCount(next, count - element - 1);
      const control = last ? CONTROL_STOP | CONTROL_COMPLETED : 0;
      const source = toCard ? host : axi;
      const destination = toCard ? axi : host;
      words[word + WORD_CONTROL] = (DESCRIPTOR_MAGIC << 16) | (adjacent << 8) | control;
      words[word + WORD_LENGTH] = length;
      words[word + WORD_SOURCE] = lowHalf(source);
      words[word + WORD_SOURCE + 1] = highHalf(source);
      words[word + WORD_DESTINATION] = lowHalf(destination);
      words[word + WORD_DESTINATION + 1] = highHalf(destination);
      words[word + WORD_NEXT] = lowHalf(next);
      words[word + WORD_NEXT + 1] = highHalf(next);
      axi += length;
    }
    this.#counts[slot] = count;
    const va = this.#wiring.descriptors.virtualAddress + slot * this.#slotBytes;
    this.#wiring.space.write(va, this.#bytes, 0, count * DESCRIPTOR_BYTES);
  }

  start(slot: number): void {
    const { card, bar } = this.#wiring;
    const first = this.#logicalAddress(slot);
    this.life.send(START);
    this.#startedCount = this.#counts[slot]!;
    if (this.#wiring.polling) this.#clearWriteback();
    card.write32(bar, this.#registers + CHANNEL.controlW1C, CONTROL_RUN);
    card.write32(bar, this.#sgdma + SGDMA.firstLow, lowHalf(first));
    card.write32(bar, this.#sgdma + SGDMA.firstHigh, highHalf(first));
    card.write32(bar, this.#sgdma + SGDMA.firstAdjacent, adjacentCount(first, this.#startedCount));
    card.write32(bar, this.#registers + CHANNEL.control, this.#enable | CONTROL_RUN);
  }

  service(): ServiceResult {
    const { card, bar } = this.#wiring;
    const status = this.#lastStatus = card.read32(bar, this.#registers + CHANNEL.statusRC);
    if (status === ALL_ONES) {
      this.life.send(ALL_ONES_READ);
      return "lost";
    }
    if ((status & STATUS_ERROR_BITS) !== 0) {
      this.life.send(FAILED);
      // The engine stays stopped until Run is toggled; the status was just read.
      card.write32(bar, this.#registers + CHANNEL.controlW1C, CONTROL_RUN);
      this.life.send(STOP);
      return "failed";
    }
    // Idle alone says little where completion is not logged: an engine that stopped on an error whose enable bit is 0
    // is idle, too. The count tells them apart.
    const stopped = this.#wiring.polling
      ? (status & STATUS_BUSY) === 0 && this.polled()
      : (status & STATUS_DESCRIPTOR_STOPPED) !== 0;
    if (!stopped) return "running";
    this.life.send(COMPLETED);
    return "completed";
  }

  polled(): boolean {
    const word = this.#wiring.space.read32(this.#writebackVa());
    // Bit 31 is an error; bits 23:0 count descriptors since Run. A count beyond what was started is not believed.
    return word !== -1 && word >>> 0 !== ALL_ONES &&
      ((word & 0x8000_0000) !== 0 || (word & 0xff_ffff) === this.#startedCount);
  }

  /** What the driver sets up once: at start, and again after the function was reset. */
  initialise(): void {
    const { card, bar, polling } = this.#wiring;
    const writeback = this.#wiring.descriptors.logicalAddress + this.slotCount * this.#slotBytes;
    card.write32(bar, this.#registers + CHANNEL.controlW1C, CONTROL_NON_INCREMENTING);
    if (polling) {
      card.write32(bar, this.#registers + CHANNEL.writebackLow, lowHalf(writeback));
      card.write32(bar, this.#registers + CHANNEL.writebackHigh, highHalf(writeback));
      this.#clearWriteback();
    }
    card.write32(bar, this.#registers + CHANNEL.interruptMask, polling ? 0 : XDMA_INTERRUPT_ENABLE);
  }

  #writebackVa(): Address {
    return this.#wiring.descriptors.virtualAddress + this.slotCount * this.#slotBytes;
  }

  #clearWriteback(): void {
    this.#wiring.space.write32(this.#writebackVa(), 0);
  }

  #logicalAddress(slot: number): Address {
    return this.#wiring.descriptors.logicalAddress + slot * this.#slotBytes;
  }
}

const START: DeviceChannelEvent = lasting("START");
const COMPLETED: DeviceChannelEvent = lasting("COMPLETED");
const FAILED: DeviceChannelEvent = lasting("FAILED");
const STOP: DeviceChannelEvent = lasting("STOP");
const ALL_ONES_READ: DeviceChannelEvent = lasting("ALL_ONES");
