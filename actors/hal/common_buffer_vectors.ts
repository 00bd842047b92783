/**
 * Vectors of equal common buffers. Every misuse is bug check 0x1DC, whose kind the vector's chart names. Windows DDI,
 * AllocateCommonBufferVector and its relatives. The level at which they may be called is undocumented; we ask for
 * PASSIVE_LEVEL where memory is allocated or freed, as for single buffers, and DISPATCH_LEVEL at most for the look-up.
 */
import { commonBufferVectorMachine } from "../../machines/common_buffer_vector.ts";
import type { CommonBufferVectorContext, CommonBufferVectorEvent } from "../../machines/common_buffer_vector.ts";
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from "../../sim/kernel/irql.ts";
import type { Irql } from "../../sim/kernel/irql.ts";
import type { Life } from "../life.ts";
import type { Adapter } from "./adapter.ts";
import type { RoutineName } from "./adapter_counters.ts";
import type { AllocatedCommonBuffer } from "./common_buffer_memory.ts";
import type { CommonBuffers } from "./common_buffers.ts";
import type { CommonBufferVector, DmaOperations } from "./dma_operations.ts";

/** The members of DMA_OPERATIONS that this file supplies. */
export type CommonBufferVectorOperations = Required<
  Pick<
    DmaOperations,
    | "allocateCommonBufferVector"
    | "getCommonBufferFromVectorByIndex"
    | "freeCommonBufferFromVector"
    | "freeCommonBufferVector"
  >
>;

/** DMA_COMMON_BUFFER_VECTOR with its life. */
class LivingVector implements CommonBufferVector {
  readonly name: string;
  readonly life: Life<CommonBufferVectorContext, CommonBufferVectorEvent>;
  readonly buffers: readonly AllocatedCommonBuffer[];

  constructor(name: string, life: LivingVector["life"], buffers: readonly AllocatedCommonBuffer[]) {
    this.name = name;
    this.life = life;
    this.buffers = buffers;
  }
}

/** The vectors of one adapter. */
export class CommonBufferVectors {
  readonly #adapter: Adapter;
  readonly #buffers: CommonBuffers;
  readonly #live = new Set<LivingVector>();

  constructor(adapter: Adapter, buffers: CommonBuffers) {
    this.#adapter = adapter;
    this.#buffers = buffers;
  }

  /** PutDmaAdapter comes: every vector that was not freed is named as leaked (0x1DC/5). */
  nameLeaks(): void {
    for (const vector of this.#live) vector.life.send({ type: "LEAK" });
  }

  /** The routines on vectors. */
  operations(): CommonBufferVectorOperations {
    return {
      allocateCommonBufferVector: (p) => this.#allocate(p),
      getCommonBufferFromVectorByIndex: ({ vector, index }) => {
        const living = this.#enter("GetCommonBufferFromVectorByIndex", vector, DISPATCH_LEVEL);
        if (living === null || living.life.send({ type: "GET_COMMON_BUFFER", index }).misuses.length > 0) return null;
        const { virtualAddress, logicalAddress } = living.buffers[index]!;
        return { virtualAddress, logicalAddress };
      },
      freeCommonBufferFromVector: ({ vector, index }) => {
        const living = this.#enter("FreeCommonBufferFromVector", vector, PASSIVE_LEVEL);
        if (living === null || living.life.send({ type: "FREE_COMMON_BUFFER", index }).misuses.length > 0) return;
        end(living.buffers[index]!);
      },
      freeCommonBufferVector: ({ vector }) => {
        const living = this.#enter("FreeCommonBufferVector", vector, PASSIVE_LEVEL);
        if (living === null) return;
        living.life.send({ type: "FREE_COMMON_BUFFER_VECTOR" });
        this.#live.delete(living);
      },
    };
  }

  #allocate(
    p: Parameters<CommonBufferVectorOperations["allocateCommonBufferVector"]>[0],
  ): ReturnType<CommonBufferVectorOperations["allocateCommonBufferVector"]> {
    const { lives, door, irql } = this.#adapter.hal;
    const { lowAddress, highAddress, cacheEnabled, idealNode, flags, numberOfElements, sizeOfElements } = p;
    if (!this.#adapter.admits("AllocateCommonBufferVector", "any")) {
      return { status: "STATUS_INVALID_DEVICE_REQUEST", why: "the adapter was put" };
    }
    if (irql.level > PASSIVE_LEVEL) {
      // There is no vector yet whose chart could name it.
      door.misuse("CommonBufferVectorMisuse", "AllocateCommonBufferVector", this.#adapter.name, irql.name, "1");
    }
    if (!(Number.isInteger(numberOfElements) && numberOfElements > 0)) {
      return { status: "STATUS_INVALID_PARAMETER", why: `a vector of ${numberOfElements} buffers` };
    }
    const name = this.#buffers.nextName("commonBufferVector");
    const wish = {
      length: sizeOfElements,
      cacheEnabled,
      minimumAddress: lowAddress,
      maximumAddress: highAddress,
      preferredNode: idealNode,
      flags,
    };
    const buffers: AllocatedCommonBuffer[] = [];
    for (let index = 0; index < numberOfElements; index++) {
      const cache = cacheEnabled ? "cached" : "noncached";
      const buffer = this.#buffers.obtain(wish, cache, this.#adapter.domain, `${name}[${index}]`);
      if (typeof buffer === "string") {
        buffers.forEach(end);
        const why = `buffer ${index} of ${numberOfElements}: ${buffer}`;
        return { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory", why };
      }
      buffers.push(buffer);
    }
    const life = lives.create(commonBufferVectorMachine, name, { count: numberOfElements });
    const vector = new LivingVector(name, life, buffers);
    this.#live.add(vector);
    if (door.tracing) {
      const args = {
        DmaAdapter: door.pointers.of(this.#adapter),
        NumberOfElements: numberOfElements,
        SizeOfElements: sizeOfElements,
        CacheEnabled: cacheEnabled,
      };
      door.record("AllocateCommonBufferVector", args, "STATUS_SUCCESS", { VectorOut: door.pointers.of(vector) });
    }
    return { status: "STATUS_SUCCESS", vector };
  }

  /** The vector behind a handle; null if it is not one of this adapter's. The wrong level is the chart's to name. */
  #enter(routine: RoutineName, vector: CommonBufferVector, highest: Irql): LivingVector | null {
    const { door, irql } = this.#adapter.hal;
    if (!this.#adapter.admits(routine, "any")) return null;
    if (door.tracing) {
      door.record(routine, { DmaAdapter: door.pointers.of(this.#adapter), Vector: door.pointers.of(vector) });
    }
    if (!(vector instanceof LivingVector)) {
      door.misuse("CommonBufferVectorMisuse", routine, vector.name, "a vector that nobody allocated");
      return null;
    }
    if (irql.level > highest) vector.life.send({ type: "WRONG_IRQL" });
    return vector;
  }
}

/** A buffer of a vector goes: its own life hears so, too. */
function end(buffer: AllocatedCommonBuffer): void {
  buffer.life.send({ type: "FREE_COMMON_BUFFER", sameLength: true, sameAddresses: true });
  buffer.end();
}
