/**
 * Common buffers: memory that driver and device share for as long as the driver likes. Doors over the charts of the
 * buffer and of the adapter. Windows DDI, AllocateCommonBuffer and its relatives, FreeCommonBuffer; S0-26, S1-4.
 *
 * A buffer is at least a page, contiguous for the device, below the device's reach, and not longer than N pages. On
 * platforms where devices do not snoop, the plain routine gives noncached memory; the newer ones give what was asked.
 */
import { commonBufferMachine } from "../../machines/common_buffer.ts";
import type { CommonBufferEvent } from "../../machines/common_buffer.ts";
import type { CacheType, IommuDomain } from "../../sim/memory/mod.ts";
import { bytesToPages } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { TraceArguments } from "../kernel/door.ts";
import type { Adapter } from "./adapter.ts";
import { AllocatedCommonBuffer } from "./common_buffer_memory.ts";
import type { CommonBuffer, CommonBufferParameters, DmaOperations } from "./dma_operations.ts";
import { hexText } from "../../trace/event.ts";

/** The members of DMA_OPERATIONS that this file supplies. */
export type SingleBufferOperations = Required<
  Pick<
    DmaOperations,
    "allocateCommonBuffer" | "freeCommonBuffer" | "allocateCommonBufferEx" | "allocateCommonBufferWithBounds"
  >
>;

/** NUMA nodes of the simulated machine. */
const NODE_COUNT = 1;
/** MM_ANY_NODE_OK: the caller does not mind. */
const ANY_NODE = 0x8000_0000;
/** DOMAIN_COMMON_BUFFER_LARGE_PAGE: 512 pages at a time. */
export const DOMAIN_COMMON_BUFFER_LARGE_PAGE = 0x1;

const ALLOCATE = { type: "ALLOCATE_COMMON_BUFFER" } as const;
const FREE = { type: "FREE_COMMON_BUFFER" } as const;
/** Above every address there is. */
const NO_LIMIT: Address = Number.MAX_SAFE_INTEGER - 1;

/** The common buffers of one adapter. */
export class CommonBuffers {
  readonly #adapter: Adapter;
  // Virtual addresses are never given twice, so a buffer that was freed can still be told from one that never was.
  readonly #byVa = new Map<Address, AllocatedCommonBuffer>();
  #count = 0;

  /** The common buffers of one adapter. */
  constructor(adapter: Adapter) {
    this.#adapter = adapter;
  }

  /** A name for the next buffer, or vector, of this adapter. */
  nextName(kind: "commonBuffer" | "commonBufferVector"): string {
    return `${kind}:${this.#adapter.name.replace("adapter:", "")}.${this.#count++}`;
  }

  /** Checks the parameters and obtains the memory; a sentence that says why not. */
  obtain(
    p: CommonBufferParameters,
    cache: CacheType,
    domain: IommuDomain,
    name: string,
  ): AllocatedCommonBuffer | string {
    const { memory, lives } = this.#adapter.hal;
    const { length, cacheEnabled, preferredNode = ANY_NODE, flags = 0 } = p;
    const { minimumAddress = 0, maximumAddress = NO_LIMIT } = p;
    if (!(Number.isInteger(length) && length > 0)) return `a length of ${length} bytes`;
    // The node is checked and then ignored: this machine has one.
    if (preferredNode !== ANY_NODE && !(preferredNode >= 0 && preferredNode < NODE_COUNT)) {
      return `no NUMA node ${preferredNode}, there is ${NODE_COUNT}`;
    }
    const pages = bytesToPages(length);
    const { numberOfMapRegisters } = this.#adapter;
    if (pages > numberOfMapRegisters) return `${pages} pages, the adapter was granted ${numberOfMapRegisters}`;
    return AllocatedCommonBuffer.obtain(
      memory,
      domain,
      {
        length,
        cacheEnabled,
        cache,
        minimumAddress,
        maximumAddress,
        largePages: (flags & DOMAIN_COMMON_BUFFER_LARGE_PAGE) !== 0,
      },
      lives,
      name,
    );
  }

  /** Obtains a buffer that the adapter counts: FreeCommonBuffer must come before PutDmaAdapter. */
  allocate(
    p: CommonBufferParameters,
    cache: CacheType = p.cacheEnabled ? "cached" : "noncached",
    domain: IommuDomain = this.#adapter.domain,
  ): AllocatedCommonBuffer | string {
    const buffer = this.obtain(p, cache, domain, this.nextName("commonBuffer"));
    if (typeof buffer === "string") return buffer;
    this.#adapter.life.send(ALLOCATE);
    this.#byVa.set(buffer.virtualAddress, buffer);
    return buffer;
  }

  /** Frees the buffer that these five values (this adapter's and four more) belong to, or names what is wrong. */
  free(p: CommonBuffer): void {
    const buffer = this.#find(p);
    const sameAddresses = buffer?.virtualAddress === p.virtualAddress && buffer.logicalAddress === p.logicalAddress;
    const event: CommonBufferEvent = {
      type: "FREE_COMMON_BUFFER",
      sameLength: buffer?.length === p.length,
      sameAddresses,
    };
    if (buffer === null) {
      // Nobody we know: a life that was never allocated says what that is.
      this.#adapter.hal.lives.create(commonBufferMachine, `${this.#adapter.name}.foreign`, {}, "transient").send(event);
      return;
    }
    const wasShared = buffer.life.has("shared");
    buffer.life.send(event);
    if (!wasShared) return;
    if (buffer.cacheEnabled !== p.cacheEnabled) {
      const details = `allocated with CacheEnabled ${buffer.cacheEnabled}`;
      this.#adapter.hal.door.misuse("CacheAttributeConflict", "FreeCommonBuffer", buffer.life.name, details);
    }
    buffer.end();
    this.#adapter.life.send(FREE);
  }

  #find(p: CommonBuffer): AllocatedCommonBuffer | null {
    const found = this.#byVa.get(p.virtualAddress);
    if (found !== undefined) return found;
    for (const buffer of this.#byVa.values()) {
      if (buffer.logicalAddress === p.logicalAddress && buffer.life.has("shared")) return buffer;
    }
    return null;
  }
}

/** The routines on single common buffers. */
export function singleBufferOperations(adapter: Adapter, buffers: CommonBuffers): SingleBufferOperations {
  const { door, memory } = adapter.hal;

  const record = (call: string, p: CommonBufferParameters, made: AllocatedCommonBuffer | string): void => {
    if (!door.tracing) return;
    const args: TraceArguments = {
      DmaAdapter: door.pointers.of(adapter),
      Length: p.length,
      CacheEnabled: p.cacheEnabled,
      ...(p.minimumAddress === undefined ? {} : { MinimumAddress: hexText(p.minimumAddress) }),
      ...(p.maximumAddress === undefined ? {} : { MaximumAddress: hexText(p.maximumAddress) }),
    };
    if (typeof made === "string") door.record(call, args, null, { why: made });
    else door.record(call, args, hexText(made.virtualAddress), { LogicalAddress: hexText(made.logicalAddress) });
  };

  return {
    allocateCommonBuffer: ({ length, cacheEnabled }) => {
      if (!adapter.admits("AllocateCommonBuffer", "= PASSIVE_LEVEL")) return null;
      // CacheEnabled is ignored: the platform decides.
      const made = buffers.allocate({ length, cacheEnabled }, memory.cache.coherent ? "cached" : "noncached");
      record("AllocateCommonBuffer", { length, cacheEnabled }, made);
      return typeof made === "string" ? null : made;
    },
    allocateCommonBufferEx: (p) => {
      if (!adapter.admits("AllocateCommonBufferEx", "= PASSIVE_LEVEL")) return null;
      const { length, cacheEnabled, maximumAddress, preferredNode } = p;
      const made = buffers.allocate({
        length,
        cacheEnabled,
        ...(maximumAddress === undefined ? {} : { maximumAddress }),
        ...(preferredNode === undefined ? {} : { preferredNode }),
      });
      record("AllocateCommonBufferEx", p, made);
      return typeof made === "string" ? null : made;
    },
    allocateCommonBufferWithBounds: (p) => {
      if (!adapter.admits("AllocateCommonBufferWithBounds", "= PASSIVE_LEVEL")) return null;
      const made = buffers.allocate(p);
      record("AllocateCommonBufferWithBounds", p, made);
      return typeof made === "string" ? null : made;
    },
    freeCommonBuffer: (p) => {
      if (!adapter.admits("FreeCommonBuffer", "= PASSIVE_LEVEL")) return;
      buffers.free(p);
      if (!door.tracing) return;
      door.record("FreeCommonBuffer", {
        DmaAdapter: door.pointers.of(adapter),
        Length: p.length,
        LogicalAddress: hexText(p.logicalAddress),
        VirtualAddress: hexText(p.virtualAddress),
        CacheEnabled: p.cacheEnabled,
      });
    },
  };
}
