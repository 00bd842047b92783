/**
 * Gathers a range of an MDL chain into the elements of a list, and undoes it: the part of Build and Put that touches
 * memory.
 *
 * ```text
 * fill  1 elements: physical runs, logical addresses, or bounce pages, as the list's route says
 *       2 non-coherent platforms: dirty lines go to RAM, and before a device writes the lines are dropped
 *       3 towards the device: what goes through bounce pages is copied now; later CPU writes are not seen (S1-22)
 * drain 4 non-coherent platforms: lines that are stale now are dropped
 *       5 from the device: bounce pages are copied back now; earlier CPU reads see old data (S1-13)
 *       6 logical addresses end
 * ```
 */
import { assert } from "../../sim/assert.ts";
import { DEVICE_READS, DEVICE_WRITES, FOUR_GIB, HARDWARE_RUNS, mdlRuns } from "../../sim/memory/mod.ts";
import type { Mdl, RunPolicy } from "../../sim/memory/mod.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { HalList } from "./hal_list.ts";
import { PageWalk } from "./page_walk.ts";
import { cleanForDevice, dropStaleLines, flushBeforeDeviceWrites } from "./platform_cache.ts";
import { firstInPage } from "./route.ts";

const walk = new PageWalk();

/** One element a logical range, so that each ends with the address and length it was made with. */
const LOGICAL_RUNS: RunPolicy = { coalesce: false, maxLengthBytes: FOUR_GIB, boundaryBytes: FOUR_GIB };

/**
 * Gives the pages of a list logical addresses, one range for each MDL touched. False if the device's domain is full;
 * then nothing is mapped.
 */
export function mapLogical(list: HalList): boolean {
  const { adapter, mdl: chain, offset, length, writeToDevice } = list.order;
  const access = writeToDevice ? DEVICE_READS : DEVICE_WRITES;
  list.runs.clear();
  let skip = offset;
  let left = length;
  for (let mdl: Mdl | null = chain; mdl !== null && left > 0; mdl = mdl.next) {
    if (skip >= mdl.byteCount) {
      skip -= mdl.byteCount;
      continue;
    }
    const piece = Math.min(left, mdl.byteCount - skip);
    const from = mdl.byteOffset + skip;
    const at = adapter.domain.map(mdl.pfns, Math.floor(from / PAGE_SIZE), from % PAGE_SIZE, piece, access);
    if (at < 0) {
      unmapLogical(list);
      list.runs.clear();
      return false;
    }
    list.runs.add(at, piece, LOGICAL_RUNS);
    left -= piece;
    skip = 0;
  }
  return true;
}

/** Ends the logical addresses of a list. Its elements stay as they are: stale, as in a driver's memory. */
export function unmapLogical(list: HalList): void {
  const { runs, order } = list;
  for (let run = 0; run < runs.count; run++) order.adapter.domain.unmap(runs.address(run), runs.length(run));
}

/** Writes the elements of a granted list. */
export function fillElements(list: HalList): void {
  const { adapter, mdl, offset, length, writeToDevice } = list.order;
  const { cache } = adapter.hal.memory;
  switch (list.route) {
    case "direct":
      mdlRuns(mdl, offset, length, HARDWARE_RUNS, list.runs);
      break;
    case "logical":
      // Mapped when the request was prepared.
      break;
    case "pageBounce":
      addReachablePages(list);
      break;
    case "contiguousBounce":
      addCopyInOnePiece(list);
      break;
  }
  // A copy in one piece is made and read back through the cache; the buffer itself never meets the device.
  if (!cache.coherent && list.route !== "contiguousBounce") {
    if (writeToDevice) cleanForDevice(cache, mdl, offset, length);
    else flushBeforeDeviceWrites(cache, mdl, offset, length);
  }
  if (writeToDevice) copyBounced(list, true);
}

/**
 * What a Put does to memory. `writeToDevice` is what the caller of Put says: a wrong direction loses data here, as it
 * does on Windows.
 */
export function drainElements(list: HalList, writeToDevice: boolean): void {
  const { adapter, mdl, offset, length } = list.order;
  const { cache } = adapter.hal.memory;
  if (!writeToDevice) {
    // Stale lines first: what is copied back after that goes through the cache and stays there.
    if (!cache.coherent && list.route !== "contiguousBounce") dropStaleLines(cache, mdl, offset, length);
    copyBounced(list, false);
  }
  if (adapter.domain.on) unmapLogical(list);
}

/** Pages within reach as they lie, others by the page of a register; registers are used in the order of the pages. */
function addReachablePages(list: HalList): void {
  const { adapter, mdl, offset, length } = list.order;
  let used = 0;
  walk.start(mdl, offset, length);
  while (walk.advance()) {
    const { physicalAddress, lengthBytes, inPage } = walk;
    const at = physicalAddress + lengthBytes <= adapter.reach
      ? physicalAddress
      : adapter.pool.address(list.registers.indexes[used++]!) + inPage;
    list.runs.add(at, lengthBytes, HARDWARE_RUNS);
  }
}

function addCopyInOnePiece(list: HalList): void {
  const { adapter, mdl, offset, length, writeToDevice } = list.order;
  const at = adapter.pool.address(list.registers.indexes[0]!) + firstInPage(mdl, offset);
  const logical = adapter.domain.mapRun(at, length, writeToDevice ? DEVICE_READS : DEVICE_WRITES);
  assert(logical >= 0, "Cannot give bounce pages a logical address: the device's domain is full");
  list.runs.add(logical, length, LOGICAL_RUNS);
}

/** Copies everything that goes through bounce pages, towards the device or back. */
function copyBounced(list: HalList, towardsDevice: boolean): void {
  // Registers that were freed under the list belong to somebody else by now.
  if (list.registers.count === 0 || list.route === "direct" || list.route === "logical") return;
  const { adapter, mdl, offset, length } = list.order;
  const { pool, reach, counters } = adapter;
  const { indexes } = list.registers;
  const inOnePiece = list.route === "contiguousBounce";
  let at = inOnePiece ? firstInPage(mdl, offset) : 0;
  let used = 0;
  walk.start(mdl, offset, length);
  while (walk.advance()) {
    const { physicalAddress, lengthBytes } = walk;
    if (inOnePiece) {
      copyPiece(list, at, physicalAddress, lengthBytes, towardsDevice);
      at += lengthBytes;
    } else if (physicalAddress + lengthBytes > reach) {
      pool.copy(indexes[used++]!, walk.inPage, physicalAddress, lengthBytes, towardsDevice);
    } else continue;
    counters.bytesBounced += lengthBytes;
  }
}

/** Copies a piece of one page to or from byte `at` of a copy in one piece, where it may touch two pages. */
function copyPiece(list: HalList, at: number, buffer: number, lengthBytes: number, towardsDevice: boolean): void {
  const { pool } = list.order.adapter;
  const { indexes } = list.registers;
  const first = Math.min(lengthBytes, PAGE_SIZE - at % PAGE_SIZE);
  pool.copy(indexes[Math.floor(at / PAGE_SIZE)]!, at % PAGE_SIZE, buffer, first, towardsDevice);
  if (first === lengthBytes) return;
  pool.copy(indexes[Math.floor(at / PAGE_SIZE) + 1]!, 0, buffer + first, lengthBytes - first, towardsDevice);
}
