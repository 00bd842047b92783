/** Where the list of a request lives: in the caller's buffer, or in pool memory that the HAL takes for it. */
import { assert } from "../../sim/assert.ts";
import { HARDWARE_RUNS, mdlRuns, RunList } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import type { Adapter } from "./adapter.ts";
import type { RoutineName } from "./adapter_counters.ts";
import type { Failure } from "./dma_operations.ts";
import { HalList } from "./hal_list.ts";
import type { ListOrder } from "./hal_list.ts";
import { livingBuffer } from "./list_buffer.ts";
import { PageWalk } from "./page_walk.ts";
import { registersUsed, routeOf } from "./route.ts";
import type { Route } from "./route.ts";
import { scatterGatherListBytes } from "./scatter_gather.ts";
import type { ScatterGatherBuffer } from "./scatter_gather.ts";

const scratch = new RunList(64);
const walk = new PageWalk();

/** What a range needs. */
export interface RangeNeeds {
  readonly route: Route;
  /** Registers that are really used. */
  readonly registers: number;
  readonly elements: number;
}

/** How a range would be mapped, without mapping anything. */
export function rangeNeeds(adapter: Adapter, mdl: Mdl, offset: number, lengthBytes: number): RangeNeeds {
  const route = routeOf(adapter, mdl, offset, lengthBytes, scratch);
  const registers = registersUsed(adapter, route, mdl, offset, lengthBytes);
  return { route, registers, elements: countElements(route, mdl, offset, lengthBytes) };
}

/** Where the list is to live, as a Build routine is told. */
export interface CallerBuffer {
  readonly scatterGatherBuffer: ScatterGatherBuffer;
  readonly scatterGatherLength: number;
}

/**
 * The list in the caller's buffer; a failure if the buffer is too small or still holds a live list. Versions 1 and 2
 * want room for an element a page, as CalculateScatterGatherList says; version 3 for the elements that there will be,
 * as GetDmaTransferInfo says.
 */
export function listInBuffer(
  call: RoutineName,
  order: ListOrder,
  buffer: CallerBuffer,
  pages: number,
): HalList | Failure {
  const { adapter } = order;
  const living = livingBuffer(buffer.scatterGatherBuffer);
  const { list } = living;
  if (living.pool === "paged") {
    adapter.hal.door.misuse("PagedSglBuffer", call, list.name, "the list buffer is in paged pool");
  }
  const room = Math.min(buffer.scatterGatherLength, living.lengthBytes);
  let needed = scatterGatherListBytes(pages);
  if (room < needed && order.transferContext !== null) {
    needed = scatterGatherListBytes(rangeNeeds(adapter, order.mdl, order.offset, order.length).elements);
  }
  if (room < needed) {
    return { status: "STATUS_BUFFER_TOO_SMALL", why: `the list needs ${needed} bytes, the buffer has ${room}` };
  }
  const { state } = list.life;
  if (state !== "empty" && state !== "put") {
    // The chart names it; on Windows the HAL's private part of the live list would be lost.
    list.life.send({ type: "REQUEST" });
    return { status: "STATUS_INVALID_PARAMETER", why: `the buffer still holds ${list.name}, which is ${state}` };
  }
  return list;
}

/** A list in memory of the HAL: a kept one, or new pool memory; null if there is none (S4-1). */
export function listOfHal(adapter: Adapter, elements: number): HalList | null {
  const { hal } = adapter;
  const lengthBytes = scatterGatherListBytes(elements);
  const kept = hal.listCache.take(lengthBytes);
  if (kept !== null) return kept;
  const block = hal.memory.pool.allocate("HalS", lengthBytes, "nonpaged");
  if (block === null) return null;
  adapter.counters.poolAllocations++;
  return new HalList(hal, { block });
}

function countElements(route: Route, mdl: Mdl, offset: number, lengthBytes: number): number {
  switch (route) {
    case "contiguousBounce":
      return 1;
    case "logical":
      return countMdls(mdl, offset, lengthBytes);
    case "direct":
      scratch.clear();
      assert(mdlRuns(mdl, offset, lengthBytes, HARDWARE_RUNS, scratch), "Cannot count elements beyond the chain");
      return scratch.count;
    case "pageBounce":
      // How bounce pages will neighbour is not known before they are granted: an element a page.
      return countPages(mdl, offset, lengthBytes);
  }
}

function countMdls(chain: Mdl, offset: number, lengthBytes: number): number {
  let count = 0;
  let start = 0;
  for (let mdl: Mdl | null = chain; mdl !== null && start < offset + lengthBytes; mdl = mdl.next) {
    if (start + mdl.byteCount > offset) count++;
    start += mdl.byteCount;
  }
  return count;
}

function countPages(mdl: Mdl, offset: number, lengthBytes: number): number {
  let count = 0;
  walk.start(mdl, offset, lengthBytes);
  while (walk.advance()) count++;
  return count;
}
