/**
 * A common buffer as memory: its frames, its life, and the quick way for a driver to write words into it.
 *
 * Descriptors of a card live in common buffers and are written on every transfer, so {@link CommonBufferWords} goes
 * straight to the right bytes: it knows the frames and whether the CPU's cache stands before them (a cached buffer on a
 * platform whose devices do not snoop). Through the virtual address the same bytes are reached, only slower.
 */
import { commonBufferMachine } from "../../machines/common_buffer.ts";
import type { CommonBufferEvent } from "../../machines/common_buffer.ts";
import { assert } from "../../sim/assert.ts";
import type { HostMemory, IommuDomain, Region } from "../../sim/memory/mod.ts";
import { DEVICE_READS_AND_WRITES } from "../../sim/memory/mod.ts";
import { bytesToPages, LARGE_PAGE_SIZE, PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { Life, Lives } from "../life.ts";
import type { CommonBuffer } from "./dma_operations.ts";

/** The life of a common buffer. */
export type CommonBufferLife = Life<Record<string, never>, CommonBufferEvent>;

/** What memory is wanted. */
export interface CommonBufferWish {
  /** Bytes. */
  readonly length: number;
  /** CacheEnabled: memory that the CPU caches. */
  readonly cacheEnabled: boolean;
  /** The cache attribute that the memory gets. */
  readonly cache: "cached" | "noncached";
  /** Bounds of the logical address of the first and the last byte. */
  readonly minimumAddress: Address;
  /** Bound of the last byte. */
  readonly maximumAddress: Address;
  /** 512 pages at a time, aligned. */
  readonly largePages: boolean;
}

const OVERRUN: CommonBufferEvent = { type: "OVERRUN" };

/** Words and bytes of a common buffer by offset. */
export class CommonBufferWords {
  readonly #memory: HostMemory;
  readonly #pfns: Uint32Array;
  readonly #throughCache: boolean;
  readonly #length: number;
  readonly #life: CommonBufferLife;
  #live = true;

  /** Words of `region` as long as `life` allows. */
  constructor(memory: HostMemory, region: Region, length: number, life: CommonBufferLife) {
    this.#memory = memory;
    this.#pfns = region.pfns;
    this.#throughCache = region.cache === "cached" && !memory.cache.coherent;
    this.#length = length;
    this.#life = life;
  }

  /** A CPU store of a little-endian word; `offset` is a multiple of 4. Beyond the length it is a `BufferOverrun`. */
  write32(offset: number, value: number): void {
    if (!this.#within(offset)) return;
    const at = this.#physical(offset);
    if (this.#throughCache) this.#memory.cache.write32(at, value);
    else this.#memory.physical.write32(at, value);
  }

  /** A CPU load of a little-endian word; `offset` is a multiple of 4. 0 beyond the length. */
  read32(offset: number): number {
    if (!this.#within(offset)) return 0;
    const at = this.#physical(offset);
    return this.#throughCache ? this.#memory.cache.read32(at) : this.#memory.physical.read32(at);
  }

  #physical(offset: number): Address {
    return this.#pfns[offset >>> 12]! * PAGE_SIZE + (offset & (PAGE_SIZE - 1));
  }

  /** The buffer is freed: nothing is written through here any more. */
  end(): void {
    this.#live = false;
  }

  /** Accesses to a freed buffer, and beyond the length, are named and not done: they would hit somebody else. */
  #within(offset: number): boolean {
    if (offset < 0 || (offset & 3) !== 0) assert(false, `Cannot access word ${offset} of a common buffer`);
    if (offset + 4 <= this.#length && this.#live) return true;
    this.#life.send(OVERRUN);
    return false;
  }
}

/** A common buffer that was allocated. */
export class AllocatedCommonBuffer implements CommonBuffer {
  /** Where the CPU finds it. */
  readonly virtualAddress: Address;
  /** Where the device finds it. */
  readonly logicalAddress: Address;
  /** Bytes. */
  readonly length: number;
  /** CacheEnabled: memory that the CPU caches. */
  readonly cacheEnabled: boolean;
  /** Words of the buffer by offset: how a driver writes descriptors. */
  readonly words: CommonBufferWords;
  /** Its lifecycle. */
  readonly life: CommonBufferLife;
  readonly #memory: HostMemory;
  readonly #domain: IommuDomain;
  readonly #region: Region;

  private constructor(
    memory: HostMemory,
    domain: IommuDomain,
    region: Region,
    logicalAddress: Address,
    wish: CommonBufferWish,
    life: CommonBufferLife,
  ) {
    this.virtualAddress = region.va;
    this.logicalAddress = logicalAddress;
    this.length = wish.length;
    this.cacheEnabled = wish.cacheEnabled;
    this.words = new CommonBufferWords(memory, region, wish.length, life);
    this.life = life;
    this.#memory = memory;
    this.#domain = domain;
    this.#region = region;
  }

  /**
   * Obtains memory that the device sees as one range: contiguous frames, or any frames made contiguous by the IOMMU.
   * A sentence that says why, where there is none.
   */
  static obtain(
    memory: HostMemory,
    domain: IommuDomain,
    wish: CommonBufferWish,
    lives: Lives,
    name: string,
  ): AllocatedCommonBuffer | string {
    const { minimumAddress, maximumAddress, cache, largePages } = wish;
    const pages = largePages
      ? Math.ceil(wish.length / LARGE_PAGE_SIZE) * (LARGE_PAGE_SIZE / PAGE_SIZE)
      : bytesToPages(wish.length);
    const lengthBytes = pages * PAGE_SIZE;
    const reach = Math.min(maximumAddress + 1, 2 ** domain.addressBits);
    const { highTop } = memory.physical.ram;
    const region = memory.space.allocate(lengthBytes, {
      kind: "nonpaged",
      cache,
      contiguous: !domain.on || largePages,
      ...(largePages ? { alignmentBytes: LARGE_PAGE_SIZE } : {}),
      ...(domain.on || reach >= highTop ? {} : { belowAddress: reach }),
    });
    if (region.kind === "refused") return region.reason;
    const logical = domain.map(region.pfns, 0, 0, lengthBytes, DEVICE_READS_AND_WRITES);
    if (logical < minimumAddress || logical + wish.length > reach) {
      if (logical >= 0) domain.unmap(logical, lengthBytes);
      memory.space.free(region);
      return logical < 0 ? "the device's IOMMU domain has no addresses left" : "no logical address within the bounds";
    }
    const life = lives.create(commonBufferMachine, name, {});
    life.send({ type: "ALLOCATE_COMMON_BUFFER" });
    return new AllocatedCommonBuffer(memory, domain, region, logical, wish, life);
  }

  /** Gives memory and logical addresses back. The chart has agreed before. */
  end(): void {
    this.words.end();
    this.#domain.unmap(this.logicalAddress, this.#region.lengthBytes);
    this.#memory.space.free(this.#region);
  }
}

/** The words of a common buffer that a DMA routine returned. */
export function commonBufferWords(buffer: CommonBuffer): CommonBufferWords {
  assert(buffer instanceof AllocatedCommonBuffer, "Cannot write to a common buffer that no DMA routine returned");
  return buffer.words;
}
