/**
 * Everything that the threads share, as it is handed to each of them: nothing but shared memory and sizes.
 *
 * ```text
 * path          requests, slots, descriptors, cursors, tables (fastpath/slots.ts)
 * ram           host memory that requests lie in
 * counters      heartbeats, who ended, who waits, the owner's bell
 * claims        by request row: whether it may still be cancelled (fastpath/claims.ts)
 * queues        by engine: free slots, and the ring from any dispatcher over the card to any DPC
 * arrivals      by dispatcher and engine: request rows, owner → dispatcher
 * completions   by Worker: request rows, Worker → owner
 * prepared, moved   slots between the three stages
 * ```
 * A channel of the path's memory is an engine: its slots, its direction, its row. The cursors of its control block are
 * not used here, they are for one dispatcher and one DPC.
 */
import { prepareDescriptors } from "../../fastpath/3_map.ts";
import { pathLives } from "../../fastpath/lives.ts";
import { createRing } from "../../fastpath/ring.ts";
import { createPathMemory } from "../../fastpath/slots.ts";
import type { PathDirection, PathMemory } from "../../fastpath/slots.ts";
import { createCounters } from "./counters.ts";
import { createEngineQueues } from "./engine_queue.ts";
import { arrivalCount, engineCount, workerCount } from "./sizes.ts";
import type { ThreadSizes } from "./sizes.ts";

/** What a Worker is given. */
export interface SharedParts {
  /** How large everything is. */
  readonly sizes: ThreadSizes;
  /** The memory of the fast path. */
  readonly path: SharedArrayBuffer;
  /** Host memory. */
  readonly ram: SharedArrayBuffer;
  /** Counters and the owner's bell. */
  readonly counters: SharedArrayBuffer;
  /** By request row: its claim. */
  readonly claims: SharedArrayBuffer;
  /** By engine: its slots and their ring. */
  readonly queues: SharedArrayBuffer;
  /** By dispatcher and engine: rows that arrive. */
  readonly arrivals: readonly SharedArrayBuffer[];
  /** By Worker: rows that are completed. */
  readonly completions: readonly SharedArrayBuffer[];
  /** Three stages: slots with a list, on their way to the transfer stage. */
  readonly prepared: SharedArrayBuffer;
  /** Three stages: slots whose transfer is over, on their way to the last stage. */
  readonly moved: SharedArrayBuffer;
}

/** Bus address of {@link SharedParts.ram}: above 4 GiB, so that both halves of an address matter. */
export const RAM_ADDRESS = 0x1_0000_0000;
/** Bus address of the descriptors. */
export const DESCRIPTOR_ADDRESS = 0x2000_0000;

/**
 * Makes everything; every slot is free, every engine idle.
 *
 * @throws {RangeError} with one sentence, if a size cannot be.
 */
export function createSharedParts(sizes: ThreadSizes): { readonly parts: SharedParts; readonly memory: PathMemory } {
  const { slotCount, descriptorsPerSlot, elementBytes, requestCount, h2cCount } = sizes;
  const engines = engineCount(sizes);
  const directions = Array.from({ length: engines }, (_, engine): PathDirection => engine < h2cCount ? "h2c" : "c2h");
  const path = { channelCount: engines, slotCount, descriptorsPerSlot, elementBytes, requestCount, directions };
  const memory = createPathMemory(path, pathLives());
  prepareDescriptors(memory, DESCRIPTOR_ADDRESS, 0);
  // No ring can overflow: there are no more rows, and no more slots, than it has places.
  const ofRows = (): SharedArrayBuffer => createRing(requestCount);
  const ofSlots = (): SharedArrayBuffer => createRing(slotCount * 2 ** Math.ceil(Math.log2(engines)));
  const parts: SharedParts = {
    sizes,
    path: memory.buffer,
    ram: new SharedArrayBuffer(sizes.ramBytes),
    counters: createCounters(),
    claims: new SharedArrayBuffer(requestCount * 4),
    queues: createEngineQueues(engines, slotCount),
    arrivals: Array.from({ length: arrivalCount(sizes) }, ofRows),
    completions: Array.from({ length: workerCount(sizes) }, ofRows),
    prepared: ofSlots(),
    moved: ofSlots(),
  };
  return { parts, memory };
}
