/**
 * The bytes of RAM. A frame costs nothing until somebody writes to it; until then it reads as zeros. Written frames
 * live in slabs of 256 KiB in the order of their first touch, so that a buffer written from front to back is copied in
 * large pieces, however scattered its frames are.
 */
import { PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";

const SLAB_SHIFT = 6;
const SLAB_FRAMES = 1 << SLAB_SHIFT;
const SLAB_BYTES = SLAB_FRAMES * PAGE_SIZE;
const TABLE_FRAMES = 512;
// Below this, a loop is quicker than making the view that TypedArray.set needs.
const LOOP_BYTES = 64;

/** Copies bytes; short pieces without making any object. */
export function copyBytes(source: Uint8Array, from: number, target: Uint8Array, to: number, lengthBytes: number): void {
  if (lengthBytes <= LOOP_BYTES) {
    for (let index = 0; index < lengthBytes; index++) target[to + index] = source[from + index]!;
  } else if (from === 0 && lengthBytes === source.length) {
    target.set(source, to);
  } else {
    target.set(source.subarray(from, from + lengthBytes), to);
  }
}

/** Sparse bytes by physical address. Knows nothing of who owns a frame. */
export class ByteStore {
  // By block of 512 frames, then by frame: 1 + the slot that holds its bytes; 0 = never written.
  readonly #tables: (Int32Array | undefined)[];
  readonly #slabs: Uint8Array[] = [];
  readonly #views: DataView[] = [];
  readonly #freeSlots: number[] = [];
  #nextSlot = 0;

  /** Room for frames 0 to `frameCount` - 1, all of them zeros. */
  constructor(frameCount: number) {
    this.#tables = new Array(Math.ceil(frameCount / TABLE_FRAMES)).fill(undefined);
  }

  /** Frames that hold bytes of their own at present. */
  get touchedFrames(): number {
    return this.#nextSlot - this.#freeSlots.length;
  }

  /** True if the frame was written since it was last dropped; false means that it reads as zeros. */
  touched(pfn: number): boolean {
    return this.#slot(pfn) >= 0;
  }

  /** Forgets a frame's bytes: it reads as zeros again. */
  drop(pfn: number): void {
    const table = this.#tables[pfn >>> 9];
    if (table === undefined || table[pfn & 511] === 0) return;
    this.#freeSlots.push(table[pfn & 511]! - 1);
    table[pfn & 511] = 0;
  }

  /** Copies RAM into `target`. */
  read(physicalAddress: Address, target: Uint8Array, targetOffset: number, lengthBytes: number): void {
    const inFrame = physicalAddress & (PAGE_SIZE - 1);
    if (inFrame + lengthBytes > PAGE_SIZE) return this.#readFrames(physicalAddress, target, targetOffset, lengthBytes);
    const slot = this.#slot(Math.floor(physicalAddress / PAGE_SIZE));
    if (slot < 0) target.fill(0, targetOffset, targetOffset + lengthBytes);
    else copyBytes(this.#slabs[slot >>> SLAB_SHIFT]!, slabOffset(slot) + inFrame, target, targetOffset, lengthBytes);
  }

  #readFrames(physicalAddress: Address, target: Uint8Array, targetOffset: number, lengthBytes: number): void {
    let pfn = Math.floor(physicalAddress / PAGE_SIZE);
    let inFrame = physicalAddress & (PAGE_SIZE - 1);
    let to = targetOffset;
    let left = lengthBytes;
    while (left > 0) {
      let piece = Math.min(left, PAGE_SIZE - inFrame);
      const slot = this.#slot(pfn++);
      if (slot < 0) {
        target.fill(0, to, to + piece);
      } else {
        const from = slabOffset(slot) + inFrame;
        // Frames whose bytes follow each other in the slab are one copy.
        for (let next = slot + 1; piece < left && (next & (SLAB_FRAMES - 1)) !== 0; next++, pfn++) {
          if (this.#slot(pfn) !== next) break;
          piece = Math.min(left, piece + PAGE_SIZE);
        }
        copyBytes(this.#slabs[slot >>> SLAB_SHIFT]!, from, target, to, piece);
      }
      inFrame = 0;
      to += piece;
      left -= piece;
    }
  }

  /** Copies `source` into RAM. */
  write(physicalAddress: Address, source: Uint8Array, sourceOffset: number, lengthBytes: number): void {
    const inFrame = physicalAddress & (PAGE_SIZE - 1);
    if (inFrame + lengthBytes > PAGE_SIZE) return this.#writeFrames(physicalAddress, source, sourceOffset, lengthBytes);
    if (lengthBytes === 0) return;
    const slot = this.#ensure(Math.floor(physicalAddress / PAGE_SIZE));
    copyBytes(source, sourceOffset, this.#slabs[slot >>> SLAB_SHIFT]!, slabOffset(slot) + inFrame, lengthBytes);
  }

  #writeFrames(physicalAddress: Address, source: Uint8Array, sourceOffset: number, lengthBytes: number): void {
    let pfn = Math.floor(physicalAddress / PAGE_SIZE);
    let inFrame = physicalAddress & (PAGE_SIZE - 1);
    let from = sourceOffset;
    let left = lengthBytes;
    while (left > 0) {
      let piece = Math.min(left, PAGE_SIZE - inFrame);
      const slot = this.#ensure(pfn++);
      const to = slabOffset(slot) + inFrame;
      for (let next = slot + 1; piece < left && (next & (SLAB_FRAMES - 1)) !== 0; next++, pfn++) {
        if (this.#ensure(pfn) !== next) break;
        piece = Math.min(left, piece + PAGE_SIZE);
      }
      copyBytes(source, from, this.#slabs[slot >>> SLAB_SHIFT]!, to, piece);
      inFrame = 0;
      from += piece;
      left -= piece;
    }
  }

  /** A little-endian 32-bit word; `physicalAddress` is a multiple of 4. */
  read32(physicalAddress: Address): number {
    const slot = this.#slot(Math.floor(physicalAddress / PAGE_SIZE));
    if (slot < 0) return 0;
    const at = slabOffset(slot) + (physicalAddress & (PAGE_SIZE - 1));
    return this.#views[slot >>> SLAB_SHIFT]!.getUint32(at, true);
  }

  /** Stores a little-endian 32-bit word; `physicalAddress` is a multiple of 4. */
  write32(physicalAddress: Address, value: number): void {
    const slot = this.#ensure(Math.floor(physicalAddress / PAGE_SIZE));
    const at = slabOffset(slot) + (physicalAddress & (PAGE_SIZE - 1));
    this.#views[slot >>> SLAB_SHIFT]!.setUint32(at, value, true);
  }

  #slot(pfn: number): number {
    const table = this.#tables[pfn >>> 9];
    return table === undefined ? -1 : table[pfn & 511]! - 1;
  }

  #ensure(pfn: number): number {
    const table = this.#tables[pfn >>> 9] ?? (this.#tables[pfn >>> 9] = new Int32Array(TABLE_FRAMES));
    const present = table[pfn & 511]!;
    if (present !== 0) return present - 1;
    const recycled = this.#freeSlots.pop();
    const slot = recycled ?? this.#nextSlot++;
    table[pfn & 511] = slot + 1;
    if (recycled !== undefined) {
      const start = slabOffset(slot);
      this.#slabs[slot >>> SLAB_SHIFT]!.fill(0, start, start + PAGE_SIZE);
    } else if ((slot & (SLAB_FRAMES - 1)) === 0) {
      const slab = new Uint8Array(SLAB_BYTES);
      this.#slabs.push(slab);
      this.#views.push(new DataView(slab.buffer));
    }
    return slot;
  }
}

/** Where in its slab a slot begins. */
function slabOffset(slot: number): number {
  return (slot & (SLAB_FRAMES - 1)) * PAGE_SIZE;
}
