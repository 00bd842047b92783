/**
 * BuildMdlFromScatterGatherList: an MDL of the memory that the device really uses. It is the original one unless bytes
 * go through bounce pages; there is no way back from a list's addresses to the driver's buffer (S1-6). Windows DDI;
 * reserved for the system there.
 */
import { Mdl } from "../../sim/memory/mod.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import { ADAPTER_GONE } from "./adapter.ts";
import type { Adapter } from "./adapter.ts";
import { listPointer } from "./call_arguments.ts";
import type { Result } from "./dma_operations.ts";
import { HalList } from "./hal_list.ts";
import { PageWalk } from "./page_walk.ts";
import { firstInPage } from "./route.ts";
import type { ScatterGatherList } from "./scatter_gather.ts";

const walk = new PageWalk();
/** BuildMdlFromScatterGatherList. <= DISPATCH_LEVEL. The MDL is good until Put. */
export function buildMdlFromScatterGatherList(
  adapter: Adapter,
  scatterGather: ScatterGatherList,
  originalMdl: Mdl | null,
): Result<{ readonly targetMdl: Mdl }> {
  const alive = adapter.enter("BuildMdlFromScatterGatherList", "<= DISPATCH_LEVEL");
  const result = alive ? targetMdl(scatterGather, originalMdl) : ADAPTER_GONE;
  const { door } = adapter.hal;
  if (door.tracing) {
    const args = {
      DmaAdapter: door.pointers.of(adapter),
      ScatterGather: listPointer(adapter.hal, scatterGather),
      OriginalMdl: door.pointers.of(originalMdl),
    };
    const out = "targetMdl" in result ? { TargetMdl: door.pointers.of(result.targetMdl) } : null;
    door.record("BuildMdlFromScatterGatherList", args, result.status, out);
  }
  return result;
}

function targetMdl(list: ScatterGatherList, originalMdl: Mdl | null): Result<{ readonly targetMdl: Mdl }> {
  if (originalMdl === null) return { status: "STATUS_INVALID_PARAMETER", why: "OriginalMdl is NULL" };
  list.life.send({ type: "READ" });
  if (!(list instanceof HalList) || !list.life.has("live")) {
    return { status: "STATUS_INVALID_PARAMETER", why: `${list.name} is not a live list` };
  }
  if (list.targetMdlMade) return { status: "STATUS_NONE_MAPPED", why: `${list.name} has its MDL already` };
  list.targetMdlMade = true;
  switch (list.route) {
    case "direct":
    case "logical":
      return { status: "STATUS_SUCCESS", targetMdl: originalMdl };
    case "contiguousBounce":
      return { status: "STATUS_SUCCESS", targetMdl: copyInOnePiece(list) };
    case "pageBounce":
      return { status: "STATUS_SUCCESS", targetMdl: withBouncePages(list) };
  }
}

/** One MDL of the registers' pages. Addresses in it are indexes, as in every MDL. */
function copyInOnePiece(list: HalList): Mdl {
  const { adapter, mdl, offset, length } = list.order;
  const target = locked(new Mdl(firstInPage(mdl, offset), length));
  for (let page = 0; page < target.pfns.length; page++) {
    target.pfns[page] = adapter.pool.frame(list.registers.indexes[page]!);
  }
  return target;
}

/** A chain like the original one over the range, with bounce pages in place of those out of reach. */
function withBouncePages(list: HalList): Mdl {
  const { adapter, mdl: chain, offset, length } = list.order;
  let first: Mdl | null = null;
  let last: Mdl | null = null;
  let skip = offset;
  let left = length;
  for (let mdl: Mdl | null = chain; mdl !== null && left > 0; mdl = mdl.next) {
    if (skip >= mdl.byteCount) {
      skip -= mdl.byteCount;
      continue;
    }
    const piece = Math.min(left, mdl.byteCount - skip);
    const part = locked(new Mdl(mdl.startVa + mdl.byteOffset + skip, piece));
    if (last === null) first = part;
    else last.next = part;
    last = part;
    left -= piece;
    skip = 0;
  }
  let target = first!;
  let source: Mdl | null = null;
  let used = 0;
  let page = 0;
  walk.start(chain, offset, length);
  while (walk.advance()) {
    if (source !== null && walk.mdl !== source) {
      target = target.next!;
      page = 0;
    }
    source = walk.mdl;
    const reachable = walk.physicalAddress + walk.lengthBytes <= adapter.reach;
    target.pfns[page++] = reachable
      ? Math.floor(walk.physicalAddress / PAGE_SIZE)
      : adapter.pool.frame(list.registers.indexes[used++]!);
  }
  return first!;
}

function locked(mdl: Mdl): Mdl {
  // The HAL's own pages never leave; pages of the original are locked by its owner.
  mdl.bornNonPaged = true;
  return mdl;
}
