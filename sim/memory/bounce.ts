/**
 * Bounce pages: the memory behind map registers. One page a register, all below the highest address that the device
 * can drive. Data for a device is copied in when a transfer is mapped, data from a device is copied out when it is
 * flushed; between the two, CPU and device do not see each other's bytes. Which register belongs to whom is the map
 * register pool's business, not ours.
 */
import { assert } from "../assert.ts";
import { PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import type { CpuCache } from "./cache.ts";
import type { PhysicalMemory } from "./physical.ts";
import type { RunList, RunPolicy } from "./run_list.ts";

/** What bank to build. */
export interface BounceOptions {
  /** Registers, each with one page. */
  readonly count: number;
  /** Every page lies wholly below this. 2^32 for a device with 32 address lines. */
  readonly belowAddress: Address;
  /** True: one contiguous run, as a device without scatter/gather needs it. Default false. */
  readonly contiguous?: boolean;
}

/** A bank of bounce pages. */
export class BounceBank {
  /** Frame of each register's page. */
  readonly pfns: Uint32Array;
  /** True if the pages are one run. */
  readonly contiguous: boolean;
  readonly #memory: PhysicalMemory;
  readonly #cache: CpuCache;
  readonly #scratch: Uint8Array<ArrayBuffer> = new Uint8Array(PAGE_SIZE);

  private constructor(memory: PhysicalMemory, cache: CpuCache, pfns: Uint32Array, contiguous: boolean) {
    this.#memory = memory;
    this.#cache = cache;
    this.pfns = pfns;
    this.contiguous = contiguous;
  }

  /** Builds a bank; null if there are not so many frames below the limit. */
  static create(memory: PhysicalMemory, cache: CpuCache, options: BounceOptions): BounceBank | null {
    const { count, belowAddress, contiguous = false } = options;
    const placement = { belowAddress };
    if (!contiguous) {
      const pfns = memory.allocateFrames(count, placement);
      return pfns === null ? null : new BounceBank(memory, cache, pfns, false);
    }
    const first = memory.allocateContiguous(count, placement);
    if (first < 0) return null;
    return new BounceBank(memory, cache, Uint32Array.from({ length: count }, (_, index) => first + index), true);
  }

  /** How many registers there are. */
  get count(): number {
    return this.pfns.length;
  }

  /** Physical address of a register's page. */
  address(register: number): Address {
    if (!(register >= 0 && register < this.count)) {
      assert(false, `Cannot use map register ${register} of ${this.count}`);
    }
    return this.pfns[register]! * PAGE_SIZE;
  }

  /** Appends where `lengthBytes` bytes lie that begin `byteOffset` bytes into the page of `firstRegister`. */
  runs(firstRegister: number, byteOffset: number, lengthBytes: number, policy: RunPolicy, into: RunList): void {
    this.#check(firstRegister, byteOffset, lengthBytes);
    into.addPages(this.pfns, firstRegister, byteOffset, lengthBytes, policy);
  }

  /**
   * Copies from the buffer into bounce pages, as the CPU does it: what it reads may still be in its cache, what it
   * writes goes to RAM, because bounce pages are mapped noncached where that matters.
   * `sourceOffset` counts bytes from the start of `source`.
   */
  copyIn(source: RunList, sourceOffset: number, firstRegister: number, byteOffset: number, lengthBytes: number): void {
    this.#copy(source, sourceOffset, firstRegister, byteOffset, lengthBytes, true);
  }

  /** Copies from bounce pages into the buffer, which the CPU sees at once. */
  copyOut(target: RunList, targetOffset: number, firstRegister: number, byteOffset: number, lengthBytes: number): void {
    this.#copy(target, targetOffset, firstRegister, byteOffset, lengthBytes, false);
  }

  /** Gives the frames back. */
  free(): void {
    this.#memory.free(this.pfns);
  }

  #copy(
    runs: RunList,
    offset: number,
    register: number,
    byteOffset: number,
    lengthBytes: number,
    inward: boolean,
  ): void {
    this.#check(register, byteOffset, lengthBytes);
    assert(offset >= 0 && offset + lengthBytes <= runs.totalBytes, "Cannot copy more bytes than the buffer has");
    let run = 0;
    let inRun = offset;
    while (run < runs.count && inRun >= runs.length(run)) inRun -= runs.length(run++);
    let page = register;
    let inPage = byteOffset;
    let left = lengthBytes;
    while (left > 0) {
      const piece = Math.min(left, PAGE_SIZE - inPage, runs.length(run) - inRun);
      const buffer = runs.address(run) + inRun;
      const bounce = this.address(page) + inPage;
      if (inward) {
        this.#cache.read(buffer, this.#scratch, 0, piece);
        this.#memory.write(bounce, this.#scratch, 0, piece);
      } else {
        this.#memory.read(bounce, this.#scratch, 0, piece);
        this.#cache.write(buffer, this.#scratch, 0, piece);
      }
      left -= piece;
      inRun += piece;
      inPage += piece;
      if (inPage === PAGE_SIZE) {
        page++;
        inPage = 0;
      }
      if (inRun === runs.length(run)) {
        run++;
        inRun = 0;
      }
    }
  }

  #check(firstRegister: number, byteOffset: number, lengthBytes: number): void {
    const pages = Math.ceil((byteOffset + lengthBytes) / PAGE_SIZE);
    if (!(firstRegister >= 0 && byteOffset >= 0 && byteOffset < PAGE_SIZE && firstRegister + pages <= this.count)) {
      assert(false, `Cannot use ${pages} map registers from ${firstRegister} on: there are ${this.count}`);
    }
  }
}
