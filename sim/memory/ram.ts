/**
 * Where RAM lies in the physical address map, and which part of it an allocation may come from.
 *
 * A PC has RAM from 0 up to a hole below 4 GiB that belongs to devices, and the rest of its RAM from 4 GiB upwards.
 * The hole matters twice: an address inside it is answered by nobody (so a stray DMA faults), and a 32-bit device
 * cannot reach what lies above it (so the HAL has to copy).
 */
import { assert } from "../assert.ts";
import { address, PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";

/** Which part of RAM frames may come from. */
export type Zone = "any" | "below4GiB" | "above4GiB";

/** A wish about where frames lie. Both parts must hold. */
export interface Placement {
  /** Default `"any"`. */
  readonly zone?: Zone;
  /** Frames must lie wholly below this physical address, as a device of limited address width needs it. */
  readonly belowAddress?: Address;
}

/** Page frame numbers from `low` up to, not including, `high`. */
export interface FrameRange {
  /** The first frame. */
  readonly low: number;
  /** One past the last. */
  readonly high: number;
}

/** Bytes below which a 32-bit device can reach. */
export const FOUR_GIB = 0x1_0000_0000;

/** Default size of the hole for devices below 4 GiB: 1 GiB, as on most PCs. */
export const DEFAULT_HOLE_BYTES = 0x4000_0000;

// An IOMMU entry keeps a frame number and two bits in 32 bits.
const MAX_FRAMES = 0x4000_0000;

/** The map of RAM. */
export class RamMap {
  /** Bytes of RAM altogether. */
  readonly sizeBytes: number;
  /** RAM below the hole ends here. */
  readonly lowTop: Address;
  /** RAM above 4 GiB ends here; 4 GiB exactly if there is none. */
  readonly highTop: Address;

  /**
   * RAM of `sizeBytes` altogether, around a hole of `holeBytes` that ends at 4 GiB.
   *
   * @throws {RangeError} if a size is not a positive multiple of 2 MiB, or more than 4 TiB.
   */
  constructor(sizeBytes: number, holeBytes: number = DEFAULT_HOLE_BYTES) {
    for (const [name, value] of [["memory size", sizeBytes], ["device hole", holeBytes]] as const) {
      address(value, name);
      if (value === 0 || value % 0x20_0000 !== 0) {
        throw new RangeError(`Cannot use ${value} bytes as ${name}: expected a positive multiple of 2 MiB`);
      }
    }
    if (sizeBytes / PAGE_SIZE + FOUR_GIB / PAGE_SIZE > MAX_FRAMES || holeBytes >= FOUR_GIB) {
      throw new RangeError(`Cannot build ${sizeBytes} bytes of memory with a hole of ${holeBytes} bytes`);
    }
    this.sizeBytes = sizeBytes;
    this.lowTop = Math.min(sizeBytes, FOUR_GIB - holeBytes);
    this.highTop = FOUR_GIB + sizeBytes - this.lowTop;
  }

  /** One past the highest page frame number. */
  get topPfn(): number {
    return (this.highTop > FOUR_GIB ? this.highTop : this.lowTop) / PAGE_SIZE;
  }

  /** True if RAM answers for all of these bytes. */
  contains(physicalAddress: Address, lengthBytes: number): boolean {
    const end = physicalAddress + lengthBytes;
    return end <= this.lowTop || (physicalAddress >= FOUR_GIB && end <= this.highTop);
  }

  /**
   * The ranges a placement allows, the one above 4 GiB first: like real memory managers we keep low memory for those
   * who can use nothing else.
   */
  ranges(placement: Placement): FrameRange[] {
    const zone = placement.zone ?? "any";
    const limit = placement.belowAddress ?? this.highTop;
    assert(limit >= 0, `Cannot place frames below ${limit}`);
    const ranges: FrameRange[] = [];
    if (zone !== "below4GiB") push(ranges, FOUR_GIB, Math.min(limit, this.highTop));
    if (zone !== "above4GiB") push(ranges, 0, Math.min(limit, this.lowTop));
    return ranges;
  }
}

function push(ranges: FrameRange[], low: Address, top: Address): void {
  const range = { low: low / PAGE_SIZE, high: Math.floor(top / PAGE_SIZE) };
  if (range.high > range.low) ranges.push(range);
}
