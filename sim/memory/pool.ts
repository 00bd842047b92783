/**
 * Kernel pool: the allocator that GetScatterGatherList depends on and BuildScatterGatherList does not (S4-1, S4-2). It
 * counts, it can be limited, and it can be made to fail by plan. A block has an address only once somebody asks for
 * it, so a HAL that merely accounts for its private memory pays for a counter.
 *
 * Every block gets pages of its own; that small blocks share pages (and cache lines) on a real system is not modelled.
 */
import type { Prng } from "../prng.ts";
import type { Address } from "../units.ts";
import type { AddressSpace } from "./address_space.ts";
import type { Region } from "./region.ts";

/** Which pool: resident, or one that may be paged out. */
export type PoolType = "nonpaged" | "paged";

/** When allocations fail on purpose. What is left out never happens. */
export interface PoolFaults {
  /** Every allocation fails. */
  readonly failAll?: boolean;
  /** Every n-th allocation fails, counted from the moment this plan is set. */
  readonly failEvery?: number;
  /** Each allocation fails with this probability. */
  readonly probability?: number;
}

/** Limits of the pool. */
export interface PoolOptions {
  /** Bytes that may be allocated at one time, both types together. Default: no limit. */
  readonly limitBytes?: number;
  /** Failures from the start. */
  readonly faults?: PoolFaults;
}

/** One allocation. */
export class PoolBlock {
  /** The caller's mark, four characters by custom. */
  readonly tag: string;
  /** Bytes asked for. */
  readonly lengthBytes: number;
  /** The pool it came from. */
  readonly type: PoolType;
  readonly #space: AddressSpace;
  #region: Region | null = null;
  #live = true;

  /** For {@link KernelPool.allocate}. */
  constructor(tag: string, lengthBytes: number, type: PoolType, space: AddressSpace) {
    this.tag = tag;
    this.lengthBytes = lengthBytes;
    this.type = type;
    this.#space = space;
  }

  /** False once freed. */
  get live(): boolean {
    return this.#live;
  }

  /** The block's memory, which comes into being at the first question. Null if memory has run out, or once freed. */
  get region(): Region | null {
    if (this.#region === null && this.#live) {
      const region = this.#space.allocate(this.lengthBytes, { kind: this.type });
      if (region.kind !== "refused") this.#region = region;
    }
    return this.#region;
  }

  /** Virtual address of the first byte; -1 if memory has run out. */
  get va(): Address | -1 {
    return this.region?.va ?? -1;
  }

  /** Ends the block; for {@link KernelPool.free}. */
  end(): void {
    this.#live = false;
    if (this.#region !== null) this.#space.free(this.#region);
    this.#region = null;
  }
}

/** Both kernel pools. */
export class KernelPool {
  /** Bytes that may be allocated at one time. */
  limitBytes: number;
  readonly #space: AddressSpace;
  readonly #prng: Prng;
  #faults: PoolFaults = {};
  #sinceFaults = 0;
  #allocations = 0;
  #failures = 0;
  #outstanding = 0;
  #outstandingBytes = 0;
  #peakBytes = 0;

  /** Empty pools whose blocks get their addresses from `space`, and their bad luck from `prng`. */
  constructor(space: AddressSpace, prng: Prng, options: PoolOptions = {}) {
    this.#space = space;
    this.#prng = prng;
    this.limitBytes = options.limitBytes ?? Infinity;
    this.setFaults(options.faults ?? {});
  }

  /** Allocations that succeeded so far. */
  get allocations(): number {
    return this.#allocations;
  }

  /** Allocations that failed so far, by plan or for want of memory. */
  get failures(): number {
    return this.#failures;
  }

  /** Blocks that are allocated now. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Bytes that are allocated now. */
  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  /** The most bytes that were ever allocated at one time. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Changes when allocations fail from now on. */
  setFaults(faults: PoolFaults): void {
    this.#faults = faults;
    this.#sinceFaults = 0;
  }

  /** Allocates `lengthBytes`, or returns null, as ExAllocatePool2 does. */
  allocate(tag: string, lengthBytes: number, type: PoolType): PoolBlock | null {
    if (this.#fails() || this.#outstandingBytes + lengthBytes > this.limitBytes) {
      this.#failures++;
      return null;
    }
    this.#allocations++;
    this.#outstanding++;
    this.#outstandingBytes += lengthBytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#outstandingBytes);
    return new PoolBlock(tag, lengthBytes, type, this.#space);
  }

  /** Frees a block. False if it was freed before: the caller decides whose mistake that is. */
  free(block: PoolBlock): boolean {
    if (!block.live) return false;
    block.end();
    this.#outstanding--;
    this.#outstandingBytes -= block.lengthBytes;
    return true;
  }

  #fails(): boolean {
    const { failAll, failEvery, probability } = this.#faults;
    this.#sinceFaults++;
    if (failAll === true) return true;
    if (failEvery !== undefined && this.#sinceFaults % failEvery === 0) return true;
    return probability !== undefined && probability > 0 && this.#prng.chance(probability);
  }
}
