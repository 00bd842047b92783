/**
 * Physical memory: which frames exist, who has them, and what is in them.
 *
 * Frames are handed out by number without anything being allocated for them, so that a 2 GiB buffer can be described
 * on a small machine; bytes come into being at the first write (see `byte_store.ts`).
 */
import { assert } from "../assert.ts";
import { Prng } from "../prng.ts";
import { address, LARGE_PAGE_SIZE, PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import { ByteStore } from "./byte_store.ts";
import { BLOCK_FRAMES } from "./frame_bitmap.ts";
import { FrameAllocator } from "./frames.ts";
import type { Layout } from "./frames.ts";
import { DEFAULT_HOLE_BYTES, RamMap } from "./ram.ts";
import type { Placement } from "./ram.ts";

/** Contiguous memory that is set aside at boot, before memory is fragmented (S1-3). */
export interface BootReservation extends Placement {
  /** What {@link PhysicalMemory.bootReservation} finds it by. */
  readonly name: string;
  /** A multiple of the page size. */
  readonly lengthBytes: number;
  /** Alignment of the first byte; a multiple of the page size. Default one page. */
  readonly alignmentBytes?: number;
}

/** What a machine's memory is like. */
export interface PhysicalMemoryOptions {
  /** RAM altogether, a multiple of 2 MiB. Default 64 GiB. */
  readonly sizeBytes?: number;
  /** The hole for devices that ends at 4 GiB. Default 1 GiB. */
  readonly holeBytes?: number;
  /** Decides which frames an allocation gets. Default 0. */
  readonly seed?: number | string;
  /** How whole free memory is. Default `"mixed"`. */
  readonly layout?: Layout;
  /** Contiguous memory taken at boot and never given back. */
  readonly bootReservations?: readonly BootReservation[];
}

/** Bytes of RAM in a default machine. */
export const DEFAULT_MEMORY_BYTES = 0x10_0000_0000;

/** The physical memory of one machine. */
export class PhysicalMemory {
  /** Where RAM lies. */
  readonly ram: RamMap;
  readonly #frames: FrameAllocator;
  readonly #bytes: ByteStore;
  readonly #reservations = new Map<string, number>();

  /**
   * @throws {RangeError} if a size cannot be, or if the boot reservations do not fit.
   */
  /** A machine's memory, after boot. */
  constructor(options: PhysicalMemoryOptions = {}) {
    this.ram = new RamMap(options.sizeBytes ?? DEFAULT_MEMORY_BYTES, options.holeBytes ?? DEFAULT_HOLE_BYTES);
    const prng = new Prng(options.seed ?? 0).fork("physical memory");
    this.#frames = new FrameAllocator(this.ram, options.layout ?? "mixed", prng);
    this.#bytes = new ByteStore(this.ram.topPfn);
    for (const wish of options.bootReservations ?? []) {
      const alignment = address(wish.alignmentBytes ?? PAGE_SIZE, "alignment");
      const pfn = this.allocateContiguous(address(wish.lengthBytes, "reservation") / PAGE_SIZE, {
        ...wish,
        alignmentBytes: alignment,
      });
      if (pfn < 0) throw new RangeError(`Cannot reserve ${wish.lengthBytes} bytes at boot for "${wish.name}"`);
      this.#reservations.set(wish.name, pfn);
    }
    this.#frames.settle();
  }

  /** Frames that nobody holds. */
  get freeFrames(): number {
    return this.#frames.freeCount;
  }

  /** Frames that have bytes of their own: what the simulated RAM costs us, in units of 4 KiB. */
  get touchedFrames(): number {
    return this.#bytes.touchedFrames;
  }

  /** The first frame of a boot reservation, or -1 if there is none of that name. */
  bootReservation(name: string): number {
    return this.#reservations.get(name) ?? -1;
  }

  /** `count` frames, each where the layout puts it; null when there are not so many. They read as zeros. */
  allocateFrames(count: number, placement: Placement = {}): Uint32Array | null {
    if (!(Number.isSafeInteger(count) && count > 0)) assert(false, `Cannot allocate ${count} frames`);
    const pfns = this.#frames.takeFrames(count, placement);
    if (pfns !== null) { for (let index = 0; index < count; index++) this.#bytes.drop(pfns[index]!); }
    return pfns;
  }

  /** The first of `count` contiguous frames; -1 when there is no such run. They read as zeros. */
  allocateContiguous(count: number, wish: Placement & { readonly alignmentBytes?: number } = {}): number {
    const alignmentFrames = (wish.alignmentBytes ?? PAGE_SIZE) / PAGE_SIZE;
    assert(
      Number.isSafeInteger(count) && Number.isSafeInteger(alignmentFrames),
      `Cannot allocate ${count} frames aligned to ${wish.alignmentBytes} bytes: expected whole pages`,
    );
    const pfn = this.#frames.takeRun(count, alignmentFrames, wish);
    if (pfn >= 0) { for (let frame = pfn; frame < pfn + count; frame++) this.#bytes.drop(frame); }
    return pfn;
  }

  /** The first frames of `count` large pages of 2 MiB; null when there are not so many. They read as zeros. */
  allocateLargePages(count: number, placement: Placement = {}): Uint32Array | null {
    assert(Number.isSafeInteger(count) && count > 0, `Cannot allocate ${count} large pages`);
    const first = this.#frames.takeLargePages(count, placement);
    if (first === null) return null;
    for (let page = 0; page < count; page++) {
      const pfn = first[page]!;
      for (let frame = pfn; frame < pfn + BLOCK_FRAMES; frame++) this.#bytes.drop(frame);
    }
    return first;
  }

  /** Gives frames back, one by one. A frame that is not allocated is a bug of ours and asserted. */
  free(pfns: Uint32Array): void {
    // From the last to the first, so that their slots are reused in rising order and copies stay long.
    for (let index = pfns.length - 1; index >= 0; index--) this.freeContiguous(pfns[index]!, 1);
  }

  /** Gives `count` contiguous frames back. */
  freeContiguous(pfn: number, count: number): void {
    this.#frames.giveRun(pfn, count);
    for (let frame = pfn + count - 1; frame >= pfn; frame--) this.#bytes.drop(frame);
  }

  /** True if somebody holds the frame. */
  allocated(pfn: number): boolean {
    return this.#frames.taken(pfn);
  }

  /** True if the frame was written since it was allocated; an untouched frame reads as zeros. */
  touched(pfn: number): boolean {
    return this.#bytes.touched(pfn);
  }

  /** True if RAM answers for all of these bytes. */
  contains(physicalAddress: Address, lengthBytes: number): boolean {
    return this.ram.contains(physicalAddress, lengthBytes);
  }

  /** Copies RAM into `target`. The range must be RAM ({@link PhysicalMemory.contains}). */
  read(physicalAddress: Address, target: Uint8Array, targetOffset: number, lengthBytes: number): void {
    if (!this.ram.contains(physicalAddress, lengthBytes)) this.#notRam(physicalAddress, lengthBytes);
    this.#bytes.read(physicalAddress, target, targetOffset, lengthBytes);
  }

  /** Copies `source` into RAM. The range must be RAM. */
  write(physicalAddress: Address, source: Uint8Array, sourceOffset: number, lengthBytes: number): void {
    if (!this.ram.contains(physicalAddress, lengthBytes)) this.#notRam(physicalAddress, lengthBytes);
    this.#bytes.write(physicalAddress, source, sourceOffset, lengthBytes);
  }

  /** A little-endian 32-bit word of RAM; `physicalAddress` is a multiple of 4. */
  read32(physicalAddress: Address): number {
    if ((physicalAddress & 3) !== 0 || !this.ram.contains(physicalAddress, 4)) this.#notRam(physicalAddress, 4);
    return this.#bytes.read32(physicalAddress);
  }

  /** Stores a little-endian 32-bit word in RAM; `physicalAddress` is a multiple of 4. */
  write32(physicalAddress: Address, value: number): void {
    if ((physicalAddress & 3) !== 0 || !this.ram.contains(physicalAddress, 4)) this.#notRam(physicalAddress, 4);
    this.#bytes.write32(physicalAddress, value);
  }

  #notRam(physicalAddress: Address, lengthBytes: number): never {
    assert(false, `Cannot access ${lengthBytes} bytes at physical ${physicalAddress.toString(16)}: not aligned RAM`);
  }
}

/** The page frame number of a physical address. */
export function pfnOf(physicalAddress: Address): number {
  return Math.floor(physicalAddress / PAGE_SIZE);
}

/** The frames of large pages, 512 each, from their first frames. */
export function largePageFrames(first: Uint32Array): Uint32Array {
  const pfns = new Uint32Array(first.length * (LARGE_PAGE_SIZE / PAGE_SIZE));
  for (let index = 0; index < pfns.length; index++) pfns[index] = first[index >>> 9]! + (index & 511);
  return pfns;
}
