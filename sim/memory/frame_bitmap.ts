/**
 * Which page frames are taken: one bit a frame, and a free count for each 2 MiB block, so that full and empty blocks
 * are stepped over at once. For 64 GiB this is 2 MiB of zeros that the operating system does not even commit.
 */
import { assert } from "../assert.ts";

/** Frames in one large page, and in one block of the bitmap. */
export const BLOCK_FRAMES = 512;

/** Taken or free, for every frame from 0 up. */
export class FrameBitmap {
  /** Frames covered. */
  readonly frameCount: number;
  /** 2 MiB blocks covered. */
  readonly blockCount: number;
  #freeCount: number;
  readonly #words: Uint32Array;
  readonly #freeInBlock: Int16Array;
  // By block: the one frame in it that was pinned and is not in the words yet; or -1. A machine that has been up for
  // long has such frames all over its memory, and putting them down would commit all of the bitmap.
  readonly #pinned: Int16Array;

  /** Frames 0 to `frameCount` - 1, all of them free. */
  constructor(frameCount: number) {
    this.blockCount = Math.ceil(frameCount / BLOCK_FRAMES);
    this.frameCount = frameCount;
    this.#freeCount = frameCount;
    this.#words = new Uint32Array((this.blockCount * BLOCK_FRAMES) / 32);
    this.#freeInBlock = new Int16Array(this.blockCount).fill(BLOCK_FRAMES);
    this.#pinned = new Int16Array(this.blockCount).fill(-1);
    // Frames beyond the end do not exist: nobody may be given one.
    const missing = this.blockCount * BLOCK_FRAMES - frameCount;
    this.#freeCount += missing;
    this.take(frameCount, missing);
  }

  /** Free frames altogether. */
  get freeCount(): number {
    return this.#freeCount;
  }

  /** Free frames of one block. */
  freeInBlock(block: number): number {
    return this.#freeInBlock[block] ?? 0;
  }

  /** True if the frame is taken. */
  taken(pfn: number): boolean {
    this.#putDown(pfn >>> 9);
    return ((this.#words[pfn >>> 5]! >>> (pfn & 31)) & 1) !== 0;
  }

  /** Takes one frame, if it is free. */
  pin(pfn: number): void {
    const block = pfn >>> 9;
    if (this.#freeInBlock[block] !== BLOCK_FRAMES) {
      if (!this.taken(pfn)) this.take(pfn, 1);
      return;
    }
    this.#pinned[block] = pfn & (BLOCK_FRAMES - 1);
    this.#freeInBlock[block]!--;
    this.#freeCount--;
  }

  /** Takes `count` frames from `pfn` on, all of which are free. */
  take(pfn: number, count: number): void {
    for (let frame = pfn; frame < pfn + count;) {
      this.#putDown(frame >>> 9);
      if ((frame & 31) === 0 && pfn + count - frame >= 32) {
        if (this.#words[frame >>> 5] !== 0) assert(false, `Cannot take frames from ${frame} on: one is taken already`);
        this.#words[frame >>> 5] = 0xffff_ffff;
        this.#freeInBlock[frame >>> 9]! -= 32;
        frame += 32;
      } else {
        if (this.taken(frame)) assert(false, `Cannot take frame ${frame}: it is taken already`);
        this.#words[frame >>> 5]! |= 1 << (frame & 31);
        this.#freeInBlock[frame >>> 9]!--;
        frame++;
      }
    }
    this.#freeCount -= count;
  }

  /** Gives `count` frames from `pfn` on back, all of which are taken. */
  give(pfn: number, count: number): void {
    for (let frame = pfn; frame < pfn + count; frame++) {
      if (frame >= this.frameCount || !this.taken(frame)) {
        assert(false, `Cannot free frame ${frame}: it is not allocated`);
      }
      this.#words[frame >>> 5]! &= ~(1 << (frame & 31));
      this.#freeInBlock[frame >>> 9]!++;
    }
    this.#freeCount += count;
  }

  /** The first free frame from `from` up to, not including, `to`; or -1. */
  nextFree(from: number, to: number): number {
    for (let frame = from; frame < to;) {
      this.#putDown(frame >>> 9);
      if ((frame & 511) === 0 && this.#freeInBlock[frame >>> 9] === 0) frame += BLOCK_FRAMES;
      else if ((frame & 31) === 0 && this.#words[frame >>> 5] === 0xffff_ffff) frame += 32;
      else if (this.taken(frame)) frame++;
      else return frame;
    }
    return -1;
  }

  /** The first taken frame from `from` up to, not including, `to`; or `to` if all are free. */
  nextTaken(from: number, to: number): number {
    for (let frame = from; frame < to;) {
      this.#putDown(frame >>> 9);
      if ((frame & 511) === 0 && this.#freeInBlock[frame >>> 9] === BLOCK_FRAMES) frame += BLOCK_FRAMES;
      else if ((frame & 31) === 0 && this.#words[frame >>> 5] === 0) frame += 32;
      else if (!this.taken(frame)) frame++;
      else return frame;
    }
    return to;
  }

  /** Writes the pinned frame of a block into the words; whoever looks at these does this first. */
  #putDown(block: number): void {
    const place = this.#pinned[block]!;
    if (!(place >= 0)) return;
    this.#pinned[block] = -1;
    this.#words[block * (BLOCK_FRAMES / 32) + (place >>> 5)]! |= 1 << (place & 31);
  }
}
