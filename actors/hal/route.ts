/**
 * How the bytes of one transfer reach the device, and how many map registers that takes.
 *
 * ```text
 * direct            the device reaches the pages as they lie, and takes as many elements as they make
 * logical           an IOMMU gives them addresses of the device's own; nothing is copied
 * pageBounce        pages beyond the device's reach go through a register each, the others directly
 * contiguousBounce  a device without scatter/gather gets a copy in one piece (S2-31)
 * ```
 *
 * Versions 1 and 2 reserve a register for every page as soon as the adapter may need any; version 3 takes what is
 * really needed. Windows DDI, "Map registers"; GetDmaTransferInfo for the difference; the rest is undocumented.
 */
import { HARDWARE_RUNS, mdlRuns } from "../../sim/memory/mod.ts";
import type { Mdl, RunList } from "../../sim/memory/mod.ts";
import { bytesToPages } from "../../sim/units.ts";
import type { Adapter } from "./adapter.ts";
import { PageWalk } from "./page_walk.ts";

/** How bytes reach the device. */
export type Route = "direct" | "logical" | "pageBounce" | "contiguousBounce";

const walk = new PageWalk();

/** The route of a range. `scratch` is overwritten. */
export function routeOf(adapter: Adapter, mdl: Mdl, offset: number, lengthBytes: number, scratch: RunList): Route {
  if (adapter.domain.on) {
    return adapter.scatterGather || liesInOneMdl(mdl, offset, lengthBytes) ? "logical" : "contiguousBounce";
  }
  if (!adapter.needsMapRegisters) return "direct";
  if (!adapter.scatterGather) {
    scratch.clear();
    mdlRuns(mdl, offset, lengthBytes, HARDWARE_RUNS, scratch);
    const direct = scratch.count === 1 && scratch.address(0) + lengthBytes <= adapter.reach;
    return direct ? "direct" : "contiguousBounce";
  }
  return unreachablePages(adapter, mdl, offset, lengthBytes) > 0 ? "pageBounce" : "direct";
}

/** Registers that a route really uses. */
export function registersUsed(
  adapter: Adapter,
  route: Route,
  mdl: Mdl,
  offset: number,
  lengthBytes: number,
): number {
  if (route === "pageBounce") return unreachablePages(adapter, mdl, offset, lengthBytes);
  return route === "contiguousBounce" ? bytesToPages(firstInPage(mdl, offset) + lengthBytes) : 0;
}

/** Where in its page byte `offset` of a chain lies: a copy in one piece begins at the same place. */
export function firstInPage(mdl: Mdl, offset: number): number {
  walk.start(mdl, offset, 1);
  walk.advance();
  return walk.inPage;
}

function liesInOneMdl(mdl: Mdl, offset: number, lengthBytes: number): boolean {
  let skip = offset;
  let first = mdl;
  while (skip >= first.byteCount && first.next !== null) {
    skip -= first.byteCount;
    first = first.next;
  }
  return skip + lengthBytes <= first.byteCount;
}

function unreachablePages(adapter: Adapter, mdl: Mdl, offset: number, lengthBytes: number): number {
  let count = 0;
  walk.start(mdl, offset, lengthBytes);
  while (walk.advance()) if (walk.physicalAddress + walk.lengthBytes > adapter.reach) count++;
  return count;
}
