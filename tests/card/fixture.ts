/** A card in a slot, with flat host memory, recorded interrupts and the habits of drivers. */
import type { TraceEvent } from "../../trace/event.ts";
import { Recorder, SILENT } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { BUS_OK, BUS_UNSUPPORTED_REQUEST } from "../../sim/ports.ts";
import type { BusStatus, HostMemoryPort, InterruptLines } from "../../sim/ports.ts";
import { adjacentCount, CONTROL_COMPLETED, CONTROL_STOP, writeDescriptor } from "../../sim/card/descriptor.ts";
import { enableMsix } from "../../sim/card/msix.ts";
import type { XdmaOptions } from "../../sim/card/options.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";

/** Host memory from bus address 0, with regions that answer badly. */
export class FlatMemory implements HostMemoryPort {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Every access as `R address length` or `W address length`; only while {@link recording}. */
  readonly accesses: string[] = [];
  recording = false;
  /** Posted writes that went nowhere. */
  lostWrites = 0;
  readonly #faults: { readonly from: number; readonly to: number; readonly status: BusStatus }[] = [];

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  fault(from: number, lengthBytes: number, status: BusStatus): void {
    this.#faults.push({ from, to: from + lengthBytes, status });
  }

  read(busAddress: number, target: Uint8Array, targetOffset: number, lengthBytes: number): BusStatus {
    if (this.recording) this.accesses.push(`R ${busAddress.toString(16)} ${lengthBytes}`);
    const status = this.#check(busAddress, lengthBytes);
    if (status !== BUS_OK) return status;
    target.set(this.bytes.subarray(busAddress, busAddress + lengthBytes), targetOffset);
    return BUS_OK;
  }

  write(busAddress: number, source: Uint8Array, sourceOffset: number, lengthBytes: number): BusStatus {
    if (this.recording) this.accesses.push(`W ${busAddress.toString(16)} ${lengthBytes}`);
    const status = this.#check(busAddress, lengthBytes);
    if (status !== BUS_OK) {
      this.lostWrites++;
      return status;
    }
    this.bytes.set(source.subarray(sourceOffset, sourceOffset + lengthBytes), busAddress);
    return BUS_OK;
  }

  word(address: number): number {
    return this.view.getUint32(address, true);
  }

  #check(address: number, lengthBytes: number): BusStatus {
    if (address + lengthBytes > this.bytes.length) return BUS_UNSUPPORTED_REQUEST;
    for (const fault of this.#faults) {
      if (address < fault.to && address + lengthBytes > fault.from) return fault.status;
    }
    return BUS_OK;
  }
}

/** Interrupts as they came, with their time. */
export class RecordedLines implements InterruptLines {
  readonly messages: { readonly vector: number; readonly atNs: number }[] = [];
  readonly levels: { readonly pin: number; readonly asserted: boolean; readonly atNs: number }[] = [];
  readonly pins: boolean[] = [false, false, false, false, false];
  /** Called inside the message, like an ISR that runs at once. */
  isr: ((vector: number) => void) | null = null;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get vectors(): number[] {
    return this.messages.map(({ vector }) => vector);
  }

  message(vector: number): void {
    this.messages.push({ vector, atNs: this.#clock.nowNs });
    this.isr?.(vector);
  }

  level(pin: number, asserted: boolean): void {
    this.pins[pin] = asserted;
    this.levels.push({ pin, asserted, atNs: this.#clock.nowNs });
  }
}

/** Where channel registers are. */
export const H2C = (channel: number): number => channel * 0x100;
/** Where channel registers are. */
export const C2H = (channel: number): number => 0x1000 + channel * 0x100;
/** From a channel's registers to its descriptor registers. */
export const SG = 0x4000;
/** Control: every ie bit the vendor's Linux driver sets, and Run. */
export const VENDOR_RUN = 0x00f83e1f;
/** Control as mainline Linux starts: also the write_error group. */
export const MAINLINE_RUN = 0x00fffe1f;

/** One piece of a chain. */
export interface Piece {
  readonly host: number;
  readonly card: number;
  readonly lengthBytes: number;
  readonly control?: number;
}

/** A card ready for a driver. */
export class Bench {
  readonly clock: VirtualClock = new VirtualClock();
  readonly memory: FlatMemory;
  readonly lines: RecordedLines;
  readonly card: XdmaCard;
  readonly events: TraceEvent[];
  readonly bar: number;

  constructor(options: XdmaOptions = {}, given: { traced?: boolean; hostBytes?: number; msix?: boolean } = {}) {
    this.memory = new FlatMemory(given.hostBytes ?? 0x100_0000);
    this.lines = new RecordedLines(this.clock);
    const recorder = new Recorder();
    this.events = recorder.events;
    const trace: Tracer = given.traced ? recorder : SILENT;
    this.card = new XdmaCard(options);
    this.card.plug({ clock: this.clock, memory: this.memory, interrupts: this.lines, trace });
    this.bar = this.card.configBar;
    if (given.msix !== false && this.card.configuration.interruptMode === "msix") enableMsix(this.card);
  }

  read(offset: number): number {
    return this.card.read32(this.bar, offset);
  }

  write(offset: number, value: number): void {
    this.card.write32(this.bar, offset, value >>> 0);
  }

  /** Vectors in packed order and every channel enabled, as each driver does at start. */
  enableInterrupts(mask = 0x00f83e1e): void {
    const { h2cCount, c2hCount } = this.card.configuration;
    this.write(0x20a0, 0x03020100);
    this.write(0x20a4, 0x07060504);
    for (let channel = 0; channel < h2cCount; channel++) this.write(H2C(channel) + 0x90, mask);
    for (let channel = 0; channel < c2hCount; channel++) this.write(C2H(channel) + 0x90, mask);
    this.write(0x2014, 0xffffffff);
  }

  /** Writes a chain at `ring`, blocks as long as they may be. Returns the first adjacent count. */
  chain(ring: number, pieces: readonly Piece[], toCard: boolean): number {
    pieces.forEach(({ host, card, lengthBytes, control }, index) => {
      const isLast = index === pieces.length - 1;
      const next = ring + (index + 1) * 32;
      writeDescriptor(this.memory.view, ring + index * 32, {
        control: control ?? (isLast ? CONTROL_STOP | CONTROL_COMPLETED : 0),
        nextAdjacent: isLast ? 0 : adjacentCount(next, pieces.length - index - 1),
        lengthBytes,
        sourceAddress: toCard ? host : card,
        destinationAddress: toCard ? card : host,
        nextAddress: isLast ? 0 : next,
      });
    });
    return adjacentCount(ring, pieces.length);
  }

  /** Programs the first descriptor and sets Run. */
  start(channel: number, ring: number, adjacent: number, control: number = VENDOR_RUN): void {
    this.write(channel + SG + 0x80, ring);
    this.write(channel + SG + 0x84, 0);
    this.write(channel + SG + 0x88, adjacent);
    this.write(channel + 0x04, control);
  }

  /** A whole transfer of one piece, until nothing happens any more. */
  transfer(channel: number, pieces: readonly Piece[], ring = 0x1000, control: number = VENDOR_RUN): void {
    const toCard = channel < 0x1000;
    this.write(channel + 0x04, control & ~1);
    this.start(channel, ring, this.chain(ring, pieces, toCard), control);
    this.clock.run();
  }

  /** Bytes that say where they are from. */
  fill(address: number, lengthBytes: number, salt = 1): Uint8Array {
    const bytes = pattern(lengthBytes, salt);
    this.memory.bytes.set(bytes, address);
    return bytes;
  }

  noticed(name: string): boolean {
    return this.card.notices.some((notice) => notice.name === name);
  }
}

/** Whole pages, as the golden transfers move them. */
export function pages(count: number): Piece[] {
  return Array.from({ length: count }, (_, page) => ({
    host: 0x20_0000 + page * 4096,
    card: page * 4096,
    lengthBytes: 4096,
  }));
}

/** Bytes that differ everywhere, by salt. */
export function pattern(lengthBytes: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let state = (salt * 0x9e3779b1) >>> 0;
  for (let index = 0; index < lengthBytes; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/**
 * Plays register accesses as a driver makes them, in program order. One access a line, numbers in hexadecimal:
 * `R offset expected` (`*` for any value), `W offset value`, `run` (until nothing happens), `run TIME` (until a virtual
 * time, decimal). `#` begins a comment. `replace` puts values for names such as `Hc`.
 */
export function play(bench: Bench, script: string, replace: Readonly<Record<string, number>> = {}): void {
  for (const line of script.split("\n")) {
    const [operation, place, value] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (operation === undefined || operation === "") continue;
    if (operation === "run") {
      if (place === undefined) bench.clock.run();
      else bench.clock.runUntil(Number(place));
      continue;
    }
    const offset = place!.split("+").reduce((sum, part) => sum + (replace[part] ?? parseInt(part, 16)), 0);
    if (operation === "W") {
      bench.write(offset, replace[value!] ?? parseInt(value!, 16));
      continue;
    }
    const found = bench.read(offset);
    if (value === "*") continue;
    const expected = replace[value!] ?? parseInt(value!, 16);
    if (found !== expected) {
      throw new Error(`${line.trim()}: read ${found.toString(16)}, a driver expects ${expected.toString(16)}`);
    }
  }
}
