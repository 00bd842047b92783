/**
 * Hands out page frames by number, in the manner of a memory manager whose free memory is whole or in pieces.
 *
 * - `contiguous`: the lowest free frames; a buffer is one run. A machine just after boot.
 * - `fragmented`: no two neighbouring pages of a buffer are neighbours in RAM, and the system's own immovable pages
 *   are strewn over a quarter of all 2 MiB blocks: long contiguous runs do not exist, single large pages do.
 *   A machine that has been up for weeks.
 * - `mixed`: runs of 1 to 32 pages; immovable pages in one of 32 blocks on average.
 *
 * Small pages are gathered in blocks that are broken up already, as real memory managers do, so that large pages
 * remain possible.
 */
import { assert } from "../assert.ts";
import type { Prng } from "../prng.ts";
import { BLOCK_FRAMES, FrameBitmap } from "./frame_bitmap.ts";
import type { FrameRange, Placement, RamMap } from "./ram.ts";

/** How whole free memory is. */
export type Layout = "contiguous" | "fragmented" | "mixed";

/** The longest run of small pages (in frames) and of large pages that a layout hands out in one piece. */
const LONGEST_RUN: Readonly<Record<Layout, readonly [small: number, large: number]>> = {
  contiguous: [Infinity, Infinity],
  fragmented: [1, 1],
  mixed: [32, 4],
};

/**
 * From one 2 MiB block with an immovable system page to the next it is 1 to so many blocks; 0: there are none. So no
 * contiguous run reaches 16 MiB on a fragmented machine, nor 128 MiB on a mixed one.
 */
const PINNED_GAP: Readonly<Record<Layout, number>> = { contiguous: 0, fragmented: 7, mixed: 63 };

// Small pages are drawn from this many blocks at a time.
const OPEN_BLOCKS = 32;
// Firmware and real-mode leftovers: the first MiB is never handed out, so nobody is given physical address 0.
const FIRMWARE_FRAMES = 256;

/** The allocator of page frames. */
export class FrameAllocator {
  readonly #ram: RamMap;
  readonly #layout: Layout;
  readonly #prng: Prng;
  readonly #bitmap: FrameBitmap;
  readonly #open = new Map<string, number[]>();
  // Everything of a range below its hint is taken; saves rescanning in the contiguous layout.
  readonly #hint = new Map<number, number>();

  /** All of RAM free but for the firmware's part. */
  constructor(ram: RamMap, layout: Layout, prng: Prng) {
    this.#ram = ram;
    this.#layout = layout;
    this.#prng = prng;
    this.#bitmap = new FrameBitmap(ram.topPfn);
    this.#bitmap.take(0, FIRMWARE_FRAMES);
    const holeLow = ram.lowTop / 4096;
    const holeHigh = Math.min(0x10_0000, ram.topPfn);
    if (holeHigh > holeLow) this.#bitmap.take(holeLow, holeHigh - holeLow);
  }

  /** Frames that are free. */
  get freeCount(): number {
    return this.#bitmap.freeCount;
  }

  /** True if somebody holds the frame. */
  taken(pfn: number): boolean {
    return this.#bitmap.taken(pfn);
  }

  /** The end of boot: the system's immovable pages settle where they will stay. Called once. */
  settle(): void {
    const gap = PINNED_GAP[this.#layout];
    if (gap === 0) return;
    for (let block = this.#prng.below(gap); block < this.#bitmap.blockCount; block += this.#prng.between(1, gap)) {
      const pfn = block * BLOCK_FRAMES + this.#prng.below(BLOCK_FRAMES);
      if (pfn < this.#bitmap.frameCount) this.#bitmap.pin(pfn);
    }
  }

  /** `count` single frames, or null if there are not so many. */
  takeFrames(count: number, placement: Placement): Uint32Array | null {
    if (count > this.freeCount) return null;
    const pfns = new Uint32Array(count);
    let filled = 0;
    for (const range of this.#ranges(placement)) {
      while (filled < count) {
        const previous = filled === 0 ? -2 : pfns[filled - 1]!;
        const pfn = this.#layout === "contiguous" ? this.#lowest(range) : this.#scattered(range, previous);
        if (pfn < 0) break;
        const run = this.#runLength(0, count - filled);
        const end = this.#bitmap.nextTaken(pfn, Math.min(pfn + run, this.#runLimit(pfn, range)));
        this.#bitmap.take(pfn, end - pfn);
        for (let frame = pfn; frame < end; frame++) pfns[filled++] = frame;
      }
    }
    if (filled === count) return pfns;
    this.giveFrames(pfns.subarray(0, filled));
    return null;
  }

  /** The first frame of `count` contiguous ones whose first is a multiple of `alignmentFrames`; or -1. */
  takeRun(count: number, alignmentFrames: number, placement: Placement): number {
    assert(count > 0 && alignmentFrames > 0, `Cannot take a run of ${count} frames aligned to ${alignmentFrames}`);
    for (const range of this.#ram.ranges(placement)) {
      let start = roundUp(range.low, alignmentFrames);
      while (start + count <= range.high) {
        const obstacle = this.#bitmap.nextTaken(start, start + count);
        if (obstacle === start + count) {
          this.#bitmap.take(start, count);
          return start;
        }
        const free = this.#bitmap.nextFree(obstacle, range.high);
        if (free < 0) break;
        start = roundUp(free, alignmentFrames);
      }
    }
    return -1;
  }

  /** The first frames of `count` large pages, or null if there are not so many. */
  takeLargePages(count: number, placement: Placement): Uint32Array | null {
    const first = new Uint32Array(count);
    let filled = 0;
    for (const range of this.#ranges(placement)) {
      while (filled < count) {
        const previous = filled === 0 ? -2 : first[filled - 1]! / BLOCK_FRAMES;
        let block = this.#freeBlock(range, previous);
        if (block < 0) break;
        for (let run = this.#runLength(1, count - filled); run > 0; run--, block++) {
          if (!this.#isFreeBlock(block, range)) break;
          this.#bitmap.take(block * BLOCK_FRAMES, BLOCK_FRAMES);
          first[filled++] = block * BLOCK_FRAMES;
        }
      }
    }
    if (filled === count) return first;
    for (let index = 0; index < filled; index++) this.giveRun(first[index]!, BLOCK_FRAMES);
    return null;
  }

  /** Takes single frames back. Freeing a frame that is free is a bug of ours and is asserted. */
  giveFrames(pfns: Uint32Array): void {
    for (let index = 0; index < pfns.length; index++) this.giveRun(pfns[index]!, 1);
  }

  /** Takes contiguous frames back. */
  giveRun(pfn: number, count: number): void {
    this.#bitmap.give(pfn, count);
    for (const [low, hint] of this.#hint) if (pfn >= low && pfn < hint) this.#hint.set(low, pfn);
  }

  /** Whole memory is used in order of preference; scattered memory is drawn from all of it at once. */
  #ranges(placement: Placement): FrameRange[] {
    const ranges = this.#ram.ranges(placement);
    if (this.#layout === "contiguous" || ranges.length < 2) return ranges;
    return [{ low: ranges[1]!.low, high: ranges[0]!.high }];
  }

  #runLength(size: 0 | 1, wanted: number): number {
    const longest = LONGEST_RUN[this.#layout][size];
    return longest === Infinity ? wanted : Math.min(wanted, this.#prng.between(1, longest));
  }

  #runLimit(pfn: number, range: FrameRange): number {
    if (this.#layout === "contiguous") return range.high;
    return Math.min(range.high, (Math.floor(pfn / BLOCK_FRAMES) + 1) * BLOCK_FRAMES);
  }

  #lowest(range: FrameRange): number {
    const from = Math.max(range.low, this.#hint.get(range.low) ?? 0);
    const pfn = this.#bitmap.nextFree(from, range.high);
    if (pfn >= 0) this.#hint.set(range.low, pfn);
    return pfn;
  }

  /** A free frame somewhere that is not the one after `previous`, unless nothing else is left. */
  #scattered(range: FrameRange, previous: number): number {
    const key = `${range.low}-${range.high}`;
    let open = this.#open.get(key);
    if (open === undefined) this.#open.set(key, open = new Array<number>(OPEN_BLOCKS).fill(-1));
    let neighbour = -1;
    for (let attempt = 0; attempt < 4; attempt++) {
      const place = this.#prng.below(OPEN_BLOCKS);
      let pfn = open[place]! < 0 ? -1 : this.#frameIn(open[place]!, range);
      if (pfn < 0) {
        open[place] = this.#brokenBlock(range);
        if (open[place]! < 0) break;
        pfn = this.#frameIn(open[place]!, range);
      }
      if (pfn !== previous + 1) return pfn;
      neighbour = pfn;
    }
    // Out of luck or nearly out of memory: any frame but the neighbour, and the neighbour if it is the last one.
    const after = this.#bitmap.nextFree(Math.max(range.low, neighbour + 1), range.high);
    if (after >= 0) return after;
    const before = this.#bitmap.nextFree(range.low, Math.max(range.low, neighbour));
    return before >= 0 ? before : neighbour;
  }

  #frameIn(block: number, range: FrameRange): number {
    const low = Math.max(block * BLOCK_FRAMES, range.low);
    const high = Math.min((block + 1) * BLOCK_FRAMES, range.high);
    const from = low + this.#prng.below(high - low);
    const pfn = this.#bitmap.nextFree(from, high);
    return pfn >= 0 ? pfn : this.#bitmap.nextFree(low, from);
  }

  /** A block for small pages: one that is broken up already, or else a whole one. */
  #brokenBlock(range: FrameRange): number {
    const low = Math.floor(range.low / BLOCK_FRAMES);
    const count = Math.ceil(range.high / BLOCK_FRAMES) - low;
    const start = this.#prng.below(count);
    let whole = -1;
    for (let step = 0; step < count; step++) {
      const block = low + (start + step) % count;
      const free = this.#bitmap.freeInBlock(block);
      if (free === 0 || this.#frameIn(block, range) < 0) continue;
      if (free < BLOCK_FRAMES) return block;
      if (whole < 0) whole = block;
    }
    return whole;
  }

  #isFreeBlock(block: number, range: FrameRange): boolean {
    return this.#bitmap.freeInBlock(block) === BLOCK_FRAMES && block * BLOCK_FRAMES >= range.low &&
      (block + 1) * BLOCK_FRAMES <= range.high;
  }

  /** A wholly free block that is not the one after `previous`, unless nothing else is left. */
  #freeBlock(range: FrameRange, previous: number): number {
    const low = Math.ceil(range.low / BLOCK_FRAMES);
    const count = Math.floor(range.high / BLOCK_FRAMES) - low;
    if (count <= 0) return -1;
    const scattered = this.#layout !== "contiguous";
    const start = scattered ? this.#prng.below(count) : 0;
    let neighbour = -1;
    for (let step = 0; step < count; step++) {
      const block = low + (start + step) % count;
      if (!this.#isFreeBlock(block, range)) continue;
      if (!scattered || block !== previous + 1) return block;
      neighbour = block;
    }
    return neighbour;
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
