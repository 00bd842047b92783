/**
 * The descriptor fetch of one channel: block by block, one request in flight, into a small FIFO.
 *
 * A block is 1 + adjacent descriptors standing contiguously in host memory. Inside a block the fetch steps by 32 bytes
 * and ignores the next fields of all but the last descriptor, whose next address and nxt_adj name the next block
 * (PG195, "Descriptors"; some drivers leave the inner fields unwritten). One request is
 * limited by what is left of the block, by the maximum read request size, by the FIFO's room, by credits, and by
 * the end of the 4 KiB page where a block wraps.
 */
import { BUS_OK, BUS_UNSUPPORTED_REQUEST } from "../ports.ts";
import type { BusStatus } from "../ports.ts";
import { addressFromHalves } from "../units.ts";
import type { VirtualClock } from "../clock.ts";
import type { HostMemoryPort } from "../ports.ts";
import {
  ADJACENT_MAX,
  CONTROL_STOP,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_MAGIC,
  DESCRIPTOR_WORDS,
  WORD_CONTROL,
  WORD_NEXT,
} from "./descriptor.ts";
import type { ChannelFault, Faults } from "./faults.ts";
import { COMPLETION_OVERHEAD_BYTES, REQUEST_OVERHEAD_BYTES } from "./link.ts";
import type { Link } from "./link.ts";
import type { LinkDirection } from "./link_direction.ts";
import { hex } from "./notices.ts";
import type { Notices } from "./notices.ts";
import { STATUS_DESCR_ERROR_SHIFT } from "./registers.ts";

/** What the fetch works with. */
export interface FetchWiring {
  readonly clock: VirtualClock;
  readonly memory: HostMemoryPort;
  readonly link: Link;
  /** The link downwards: descriptors come as completions. */
  readonly downwards: LinkDirection;
  /** The link upwards: requests. */
  readonly upwards: LinkDirection;
  readonly faults: Faults;
  readonly notices: Notices;
  /** For notices: `h2c0`. */
  readonly name: string;
  /** Index over all engines of the card. */
  readonly engineIndex: number;
  /** Descriptors this channel may hold. */
  readonly capacity: number;
  /** The largest adjacent count that is believed; larger blocks are cut. */
  readonly adjacentLimit: number;
  /** From a descriptor's arrival to the first byte of its data at the far end of the link. */
  readonly dataLatencyNs: number;
}

/** The fetch unit of one channel. */
export class DescriptorFetch {
  /** Words of all descriptors held; the oldest begins at {@link headWord}. */
  readonly words: Uint32Array;
  /** First descriptor address, low half. Persists over transfers. */
  firstLow = 0;
  /** First descriptor address, high half. */
  firstHigh = 0;
  /** First descriptor adjacent. */
  firstAdjacent = 0;
  /** Descriptor Credits register. */
  credits = 0;
  /** Credit mode is on for this channel. */
  creditMode = false;
  /** dsc_halt is set for this channel. */
  halted = false;
  readonly #wiring: FetchWiring;
  readonly #ringMask: number;
  readonly #addresses: Float64Array;
  readonly #readyNs: Float64Array;
  readonly #requestBytes: Uint8Array;
  readonly #requestWords: Uint32Array;
  readonly #requestMax: number;
  #head = 0;
  #count = 0;
  // The block being fetched: where its next descriptor is, how many are left, and whether it wraps in its page.
  #nextAddress = 0;
  #blockRest = 0;
  #crosses = false;
  // The request in flight: how many descriptors; 0 if none.
  #inFlight = 0;
  #ended = true;
  #errorBit = 0;
  #epoch = 0;
  #arrived: () => void = () => {};

  constructor(wiring: FetchWiring) {
    this.#wiring = wiring;
    let ring = 1;
    while (ring < wiring.capacity) ring *= 2;
    this.#ringMask = ring - 1;
    this.words = new Uint32Array(ring * DESCRIPTOR_WORDS);
    this.#addresses = new Float64Array(ring);
    this.#readyNs = new Float64Array(ring);
    this.#requestMax = Math.max(1, wiring.link.maxReadRequestBytes / DESCRIPTOR_BYTES);
    this.#requestBytes = new Uint8Array(this.#requestMax * DESCRIPTOR_BYTES);
    // Every platform that runs this is little-endian, as descriptors are.
    this.#requestWords = new Uint32Array(this.#requestBytes.buffer);
  }

  /** What to call when a request has come back, whatever it brought. */
  onArrival(arrived: () => void): void {
    this.#arrived = arrived;
  }

  /** Descriptors held. */
  get count(): number {
    return this.#count;
  }

  /** A request is on its way. */
  get inFlight(): boolean {
    return this.#inFlight > 0;
  }

  /** The Status bit of the fetch that failed; it counts once everything before it is done. */
  get errorBit(): number {
    return this.#errorBit;
  }

  /** Where the oldest descriptor's words begin. */
  get headWord(): number {
    return this.#head * DESCRIPTOR_WORDS;
  }

  /** Where the oldest descriptor lies in host memory. */
  get headAddress(): number {
    return this.#addresses[this.#head]!;
  }

  /** From when the data of the oldest descriptor can move. */
  get headReadyNs(): number {
    return this.#readyNs[this.#head]!;
  }

  /** Adds to Descriptor Credits: 10 bits. Undocumented where it overflows; we stay at the largest value. */
  addCredits(count: number): void {
    if (this.creditMode) this.credits = Math.min(0x3ff, this.credits + (count & 0x3ff));
  }

  /** Bits of the common descriptor block for this channel. Without credit mode there are no credits. */
  control(halted: boolean, creditMode: boolean): void {
    this.halted = halted;
    this.creditMode = creditMode;
    if (!creditMode) this.credits = 0;
  }

  /** Begins the chain that the SGDMA registers name. */
  start(): void {
    this.stop();
    this.#ended = false;
    this.#beginBlock(addressFromHalves(this.firstLow, this.firstHigh), this.firstAdjacent);
  }

  /** Reset values; nothing held, nothing under way. */
  reset(): void {
    this.stop();
    this.control(false, false);
    this.firstLow = 0;
    this.firstHigh = 0;
    this.firstAdjacent = 0;
  }

  /** Drops everything, also what is on its way. */
  stop(): void {
    this.#head = 0;
    this.#count = 0;
    this.#inFlight = 0;
    this.#ended = true;
    this.#errorBit = 0;
    this.#epoch++;
  }

  /** Lets the oldest descriptor go. */
  shift(): void {
    this.#head = (this.#head + 1) & this.#ringMask;
    this.#count--;
  }

  /** Asks for more descriptors if there are any, there is room and nothing forbids it. */
  pump(): void {
    const count = this.#nextRequest();
    if (count === 0) return;
    const { clock, link, downwards, upwards } = this.#wiring;
    const bytes = count * DESCRIPTOR_BYTES;
    const wireBytes = bytes + Math.ceil(bytes / link.completionBytes) * COMPLETION_OVERHEAD_BYTES;
    downwards.charge(wireBytes);
    upwards.charge(REQUEST_OVERHEAD_BYTES);
    this.#inFlight = count;
    clock.after(link.readLatencyNs + Math.ceil(wireBytes / link.packetBytesPerNs), this.#cameBack, this.#epoch);
  }

  /** The same without time passing. Returns false if nothing could be asked for. */
  fetchNow(): boolean {
    const count = this.#nextRequest();
    if (count === 0) return false;
    this.#take(count);
    return true;
  }

  #nextRequest(): number {
    if (this.#ended || this.#inFlight > 0 || this.halted) return 0;
    let count = Math.min(this.#blockRest, this.#requestMax, this.#wiring.capacity - this.#count);
    if (this.creditMode) count = Math.min(count, this.credits);
    if (this.#crosses) count = Math.min(count, (4096 - (this.#nextAddress & 4095)) / DESCRIPTOR_BYTES);
    if (this.creditMode) this.credits -= count;
    return count;
  }

  readonly #cameBack = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    const count = this.#inFlight;
    this.#inFlight = 0;
    this.#take(count);
    this.#arrived();
  };

  #take(count: number): void {
    const { memory, notices, faults, name } = this.#wiring;
    // 1. Read. Nobody lives at an address beyond 2^53.
    let status: BusStatus = this.#nextAddress < 0
      ? BUS_UNSUPPORTED_REQUEST
      : memory.read(this.#nextAddress, this.#requestBytes, 0, count * DESCRIPTOR_BYTES);
    if (faults.any) status = this.#withFault(status, count);
    if (status !== BUS_OK) {
      this.#ended = true;
      this.#errorBit = 1 << (STATUS_DESCR_ERROR_SHIFT + status - 1);
      notices.add(name, "DescriptorReadFailed", `${count} at ${hex(this.#nextAddress)}: completion status ${status}`);
      return;
    }
    // 2. Keep each; stop at Stop, at a wrong magic (nothing behind it can be trusted), or go on to the next block.
    for (let index = 0; index < count && !this.#ended; index++) this.#keep(index * DESCRIPTOR_WORDS);
  }

  #keep(from: number): void {
    const { clock, notices, name, dataLatencyNs } = this.#wiring;
    const words = this.#requestWords;
    const slot = (this.#head + this.#count) & this.#ringMask;
    const to = slot * DESCRIPTOR_WORDS;
    for (let word = 0; word < DESCRIPTOR_WORDS; word++) this.words[to + word] = words[from + word]!;
    this.#addresses[slot] = this.#nextAddress;
    this.#readyNs[slot] = clock.nowNs + dataLatencyNs;
    this.#count++;
    this.#blockRest--;

    const control = words[from + WORD_CONTROL]!;
    if (control >>> 16 !== DESCRIPTOR_MAGIC) {
      this.#ended = true;
    } else if ((control & CONTROL_STOP) !== 0) {
      this.#ended = true;
      if (this.#blockRest > 0) {
        notices.add(name, "StopInsideBlock", `at ${hex(this.#nextAddress)}: ${this.#blockRest} behind it are dropped`);
      }
    } else if (this.#blockRest > 0) {
      this.#nextAddress += DESCRIPTOR_BYTES;
      if (this.#crosses && (this.#nextAddress & 4095) === 0) this.#nextAddress -= 4096;
    } else {
      const next = addressFromHalves(words[from + WORD_NEXT]!, words[from + WORD_NEXT + 1]!);
      if (next === 0) notices.add(name, "ChainRunsOffTheEnd", `${hex(this.#nextAddress)} has no Stop and no successor`);
      this.#beginBlock(next, (control >>> 8) & ADJACENT_MAX);
    }
  }

  #beginBlock(address: number, adjacent: number): void {
    const { adjacentLimit, notices, name } = this.#wiring;
    this.#nextAddress = address;
    // Undocumented; we use the aligned address below and name it.
    if (address >= 0 && (address & (DESCRIPTOR_BYTES - 1)) !== 0) {
      this.#nextAddress = address - (address & (DESCRIPTOR_BYTES - 1));
      notices.add(name, "DescriptorNotAligned", `${hex(address)}: ${hex(this.#nextAddress)} is read instead`);
    }
    if (adjacent > adjacentLimit) {
      notices.add(name, "AdjacentBlockTooLong", `${adjacent} adjacent at ${hex(address)}: at most ${adjacentLimit}`);
    }
    this.#blockRest = 1 + Math.min(adjacent, adjacentLimit);
    // A block must not cross 4 KiB. Undocumented what happens; we wrap in the page and name it.
    this.#crosses = (this.#nextAddress & 4095) + this.#blockRest * DESCRIPTOR_BYTES > 4096;
    if (this.#crosses && address >= 0) {
      notices.add(name, "AdjacentBlockCrosses4KiB", `${this.#blockRest} descriptors at ${hex(address)}`);
    }
  }

  #withFault(status: BusStatus, count: number): BusStatus {
    const { faults, engineIndex, notices, name } = this.#wiring;
    for (let index = 0; index < count; index++) {
      if (faults.take("corruptedMagic", engineIndex) < 0) continue;
      this.#requestWords[index * DESCRIPTOR_WORDS]! ^= 0x0100_0000;
      notices.add(name, "FaultInjected", `corruptedMagic at ${hex(this.#nextAddress + index * DESCRIPTOR_BYTES)}`);
    }
    for (let index = 0; index < DESCRIPTOR_FAULTS.length; index++) {
      const { fault, as } = DESCRIPTOR_FAULTS[index]!;
      if (faults.take(fault, engineIndex) >= 0) return as;
    }
    return status;
  }
}

const DESCRIPTOR_FAULTS: readonly { readonly fault: ChannelFault; readonly as: BusStatus }[] = [
  { fault: "parityDescriptor", as: 3 },
  { fault: "poisonedDescriptor", as: 4 },
  { fault: "strayDescriptor", as: 5 },
];
