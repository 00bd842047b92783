/**
 * What the HAL does to the CPU's cache on a platform whose devices do not snoop it. Version 3 routines do this by
 * themselves; on coherent platforms nothing here is called. Windows DDI, "Flushing cached data during DMA operations".
 */
import type { CpuCache, Mdl } from "../../sim/memory/mod.ts";
import type { Address } from "../../sim/units.ts";
import { PageWalk } from "./page_walk.ts";

const walk = new PageWalk();
const edge = new Uint8Array(4096);

/** Before the device reads: dirty lines go to RAM. */
export function cleanForDevice(cache: CpuCache, mdl: Mdl, offset: number, lengthBytes: number): void {
  walk.start(mdl, offset, lengthBytes);
  while (walk.advance()) if (isCached(walk.mdl)) cache.clean(walk.physicalAddress, walk.lengthBytes);
}

/** Before the device writes: dirty lines go to RAM, for the sake of neighbours in the first and last line, and go. */
export function flushBeforeDeviceWrites(cache: CpuCache, mdl: Mdl, offset: number, lengthBytes: number): void {
  walk.start(mdl, offset, lengthBytes);
  while (walk.advance()) if (isCached(walk.mdl)) cache.flush(walk.physicalAddress, walk.lengthBytes);
}

/**
 * After the device wrote: what the CPU holds is stale. A line that the buffer shares with a neighbour is dropped too;
 * the neighbour's bytes are saved across that, which is what the HAL's handling of unaligned edges amounts to.
 */
export function dropStaleLines(cache: CpuCache, mdl: Mdl, offset: number, lengthBytes: number): void {
  walk.start(mdl, offset, lengthBytes);
  while (walk.advance()) {
    if (!isCached(walk.mdl)) continue;
    const start = walk.physicalAddress;
    const end = start + walk.lengthBytes;
    const head = start % cache.lineBytes;
    const tail = end % cache.lineBytes === 0 ? 0 : cache.lineBytes - end % cache.lineBytes;
    save(cache, start - head, head, 0);
    save(cache, end, tail, head);
    cache.invalidate(start, walk.lengthBytes);
    restore(cache, start - head, head, 0);
    restore(cache, end, tail, head);
  }
}

function isCached(mdl: Mdl | null): boolean {
  return mdl !== null && mdl.cache === "cached";
}

function save(cache: CpuCache, at: Address, lengthBytes: number, place: number): void {
  if (lengthBytes > 0) cache.read(at, edge, place, lengthBytes);
}

function restore(cache: CpuCache, at: Address, lengthBytes: number, place: number): void {
  if (lengthBytes > 0) cache.write(at, edge, place, lengthBytes);
}
