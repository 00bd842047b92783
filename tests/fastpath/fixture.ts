/** A small memory of the fast path with its lives, and requests that differ from each other. */
import { pathLives } from "../../fastpath/lives.ts";
import type { PathLives } from "../../fastpath/lives.ts";
import { createPathMemory, FLAG_LOCKED, FLAG_WRITE } from "../../fastpath/slots.ts";
import type { PathMemory, PathSizes } from "../../fastpath/slots.ts";
import { prepareDescriptors } from "../../fastpath/3_map.ts";

export const lives: PathLives = pathLives();

export const SIZES: PathSizes = {
  channelCount: 2,
  slotCount: 8,
  descriptorsPerSlot: 4,
  elementBytes: 4096,
  requestCount: 32,
};

/** A memory whose requests are all valid writes of one descriptor. */
export function makeMemory(sizes: Partial<PathSizes> = {}): PathMemory {
  const memory = createPathMemory({ ...SIZES, ...sizes }, lives);
  prepareDescriptors(memory, 0x1000, 0);
  for (let request = 0; request < memory.requestCount; request++) {
    memory.requestFlags[request] = FLAG_WRITE | FLAG_LOCKED;
    memory.requestLength[request] = 4 * (request + 1);
    memory.requestHostLow[request] = request * 8192;
    memory.requestCardLow[request] = request * 4096;
  }
  return memory;
}
