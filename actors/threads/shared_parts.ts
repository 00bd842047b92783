/**
 * Everything that the threads share, as it is handed to each of them: nothing but shared memory and sizes.
 *
 * ```text
 * path          requests, slots, descriptors, cursors, tables (fastpath/slots.ts)
 * ram           host memory that requests lie in
 * counters      heartbeats and the owner's bell
 * arrivals      by lane: request rows, owner → dispatcher
 * completions   by Worker: request rows, Worker → owner
 * prepared, moved   slots between the three stages
 * ```
 * A lane leads from one dispatcher to one engine: lane = dispatcher × engines + engine. It is a channel of the fast
 * path: a ring of slots with its cursors and its token, so that no dispatcher ever waits for another.
 */
import { prepareDescriptors } from "../../fastpath/3_map.ts";
import { pathLives } from "../../fastpath/lives.ts";
import { createRing } from "../../fastpath/ring.ts";
import { createPathMemory, DIRECTION, FLAG_WRITE } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { createCounters } from "./counters.ts";
import { engineCount, laneCount } from "./sizes.ts";
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
  /** By lane: rows that arrive. */
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
  const lanes = laneCount(sizes);
  const path = { channelCount: lanes, slotCount, descriptorsPerSlot, elementBytes, requestCount };
  const memory = createPathMemory(path, pathLives());
  prepareDescriptors(memory, DESCRIPTOR_ADDRESS, 0);
  for (let lane = 0; lane < lanes; lane++) {
    const toCard = lane % engineCount(sizes) < h2cCount;
    memory.control[memory.controlWord(lane, DIRECTION)] = toCard ? FLAG_WRITE : 0;
  }
  // No ring can overflow: there are no more rows, and no more slots, than it has places.
  const ofRows = (): SharedArrayBuffer => createRing(requestCount);
  const ofSlots = (): SharedArrayBuffer => createRing(slotCount * 2 ** Math.ceil(Math.log2(lanes)));
  const parts: SharedParts = {
    sizes,
    path: memory.buffer,
    ram: new SharedArrayBuffer(sizes.ramBytes),
    counters: createCounters(),
    arrivals: Array.from({ length: lanes }, ofRows),
    completions: Array.from({ length: 1 + sizes.dispatcherCount + sizes.dpcCount }, ofRows),
    prepared: ofSlots(),
    moved: ofSlots(),
  };
  return { parts, memory };
}
