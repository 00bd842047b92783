/**
 * What stands between the CPU and RAM.
 *
 * On a coherent platform (x86, x64) nothing does: devices snoop, every operation here is a no-op and accesses go
 * straight to RAM. On a non-coherent one (many ARM systems) CPU writes stay in dirty lines until they are *cleaned*,
 * and CPU reads may return an old copy until it is *invalidated*; devices see RAM only. Real caches also evict lines
 * whenever they like; this one never does, so a forgotten clean or invalidate shows every time instead of rarely.
 *
 * All three operations work on whole lines, as hardware does. A line that a buffer shares with somebody else is where
 * people get hurt: invalidating it throws away the neighbour's fresh bytes too. The count that
 * {@link CpuCache.invalidate} returns lets a checker say so.
 */
import { PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import { copyBytes } from "./byte_store.ts";
import type { PhysicalMemory } from "./physical.ts";

const INVALID = 0;
const CLEAN = 1;
const DIRTY = 2;

interface CachedFrame {
  readonly bytes: Uint8Array;
  readonly lines: Uint8Array;
}

/** The CPU's view of RAM by physical address, through its cache. One cache for all CPUs. */
export class CpuCache {
  /** True if devices snoop the CPU's cache (x86, x64). */
  readonly coherent: boolean;
  /** Bytes in a line. */
  readonly lineBytes: number;
  readonly #memory: PhysicalMemory;
  readonly #frames = new Map<number, CachedFrame>();

  /**
   * An empty cache over this memory.
   *
   * @throws {RangeError} if `lineBytes` is not a power of two from 16 to 4096.
   */
  constructor(memory: PhysicalMemory, coherent: boolean, lineBytes = 64) {
    if (!(lineBytes >= 16 && lineBytes <= PAGE_SIZE && (lineBytes & (lineBytes - 1)) === 0)) {
      throw new RangeError(`Cannot use lines of ${lineBytes} bytes: expected a power of two from 16 to 4096`);
    }
    this.#memory = memory;
    this.coherent = coherent;
    this.lineBytes = lineBytes;
  }

  /** A CPU read. */
  read(physicalAddress: Address, target: Uint8Array, targetOffset: number, lengthBytes: number): void {
    if (this.coherent) this.#memory.read(physicalAddress, target, targetOffset, lengthBytes);
    else this.#throughLines(physicalAddress, target, targetOffset, lengthBytes, false);
  }

  /** A CPU write. */
  write(physicalAddress: Address, source: Uint8Array, sourceOffset: number, lengthBytes: number): void {
    if (this.coherent) this.#memory.write(physicalAddress, source, sourceOffset, lengthBytes);
    else this.#throughLines(physicalAddress, source, sourceOffset, lengthBytes, true);
  }

  /** A CPU load of a little-endian 32-bit word; `physicalAddress` is a multiple of 4. */
  read32(physicalAddress: Address): number {
    if (this.coherent) return this.#memory.read32(physicalAddress);
    const bytes = this.#line(physicalAddress);
    const at = physicalAddress & (PAGE_SIZE - 1);
    return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
  }

  /** A CPU store of a little-endian 32-bit word; `physicalAddress` is a multiple of 4. */
  write32(physicalAddress: Address, value: number): void {
    if (this.coherent) return this.#memory.write32(physicalAddress, value);
    const bytes = this.#line(physicalAddress);
    const at = physicalAddress & (PAGE_SIZE - 1);
    for (let index = 0; index < 4; index++) bytes[at + index] = value >>> (8 * index);
    this.#frame(Math.floor(physicalAddress / PAGE_SIZE)).lines[Math.floor(at / this.lineBytes)] = DIRTY;
  }

  /** Writes dirty lines back to RAM; the copies stay. Before a device reads. Returns how many lines were dirty. */
  clean(physicalAddress: Address, lengthBytes: number): number {
    return this.coherent ? 0 : this.#forLines(physicalAddress, lengthBytes, true, false);
  }

  /**
   * Throws copies away, *dirty ones too*, so that the next read sees RAM. After a device wrote. Returns how many dirty
   * lines were lost: with them went every byte in them, also those beside the range.
   */
  invalidate(physicalAddress: Address, lengthBytes: number): number {
    return this.coherent ? 0 : this.#forLines(physicalAddress, lengthBytes, false, true);
  }

  /** Clean, then invalidate. Returns how many lines were dirty. */
  flush(physicalAddress: Address, lengthBytes: number): number {
    return this.coherent ? 0 : this.#forLines(physicalAddress, lengthBytes, true, true);
  }

  /** Forgets a frame without writing it back: what freeing it amounts to. */
  drop(pfn: number): void {
    if (!this.coherent) this.#frames.delete(pfn);
  }

  #throughLines(physicalAddress: Address, bytes: Uint8Array, offset: number, length: number, write: boolean): void {
    let at = physicalAddress;
    const end = physicalAddress + length;
    while (at < end) {
      const piece = Math.min(end - at, this.lineBytes - (at & (this.lineBytes - 1)));
      const cached = this.#line(at);
      const inFrame = at & (PAGE_SIZE - 1);
      const inBytes = offset + (at - physicalAddress);
      if (write) {
        copyBytes(bytes, inBytes, cached, inFrame, piece);
        this.#frame(Math.floor(at / PAGE_SIZE)).lines[Math.floor(inFrame / this.lineBytes)] = DIRTY;
      } else {
        copyBytes(cached, inFrame, bytes, inBytes, piece);
      }
      at += piece;
    }
  }

  /** The cached bytes of the frame around an address, the line at the address being valid. */
  #line(physicalAddress: Address): Uint8Array {
    const frame = this.#frame(Math.floor(physicalAddress / PAGE_SIZE));
    const line = Math.floor((physicalAddress & (PAGE_SIZE - 1)) / this.lineBytes);
    if (frame.lines[line] === INVALID) {
      const start = line * this.lineBytes;
      this.#memory.read(physicalAddress - physicalAddress % this.lineBytes, frame.bytes, start, this.lineBytes);
      frame.lines[line] = CLEAN;
    }
    return frame.bytes;
  }

  #frame(pfn: number): CachedFrame {
    let frame = this.#frames.get(pfn);
    if (frame === undefined) {
      frame = { bytes: new Uint8Array(PAGE_SIZE), lines: new Uint8Array(PAGE_SIZE / this.lineBytes) };
      this.#frames.set(pfn, frame);
    }
    return frame;
  }

  #forLines(physicalAddress: Address, lengthBytes: number, writeBack: boolean, discard: boolean): number {
    let dirty = 0;
    const end = physicalAddress + lengthBytes;
    // An empty range covers no line, wherever it lies.
    let at = lengthBytes === 0 ? end : physicalAddress - physicalAddress % this.lineBytes;
    while (at < end) {
      const frame = this.#frames.get(Math.floor(at / PAGE_SIZE));
      if (frame === undefined) {
        at += PAGE_SIZE - (at & (PAGE_SIZE - 1));
        continue;
      }
      const line = Math.floor((at & (PAGE_SIZE - 1)) / this.lineBytes);
      if (frame.lines[line] === DIRTY) {
        dirty++;
        if (writeBack) this.#memory.write(at, frame.bytes, line * this.lineBytes, this.lineBytes);
        frame.lines[line] = CLEAN;
      }
      if (discard) frame.lines[line] = INVALID;
      at += this.lineBytes;
    }
    return dirty;
  }
}
