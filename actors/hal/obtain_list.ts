/**
 * What the four Get and Build routines have in common: from a range of an MDL chain to a granted list.
 *
 * ```text
 * 1 the arguments: length, range, locked pages           INVALID_PARAMETER, BUFFER_TOO_SMALL
 * 2 R, and the registers that will really be taken
 * 3 the memory for the list: the caller's, or the HAL's  BUFFER_TOO_SMALL
 * 4 the transfer context's chart (version 3)             INVALID_PARAMETER, CANCELLED
 * 5 the adapter's chart: granted, queued or refused      INSUFFICIENT_RESOURCES with its reason
 * 6 granted: elements, caches, bounce copies; then the execution routine, if there is one
 * ```
 */
import { mdlChainByteCount, mmGetMdlVirtualAddress, RunList } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { assert } from "../../sim/assert.ts";
import type { Adapter } from "./adapter.ts";
import type { RoutineName } from "./adapter_counters.ts";
import type { Failure } from "./dma_operations.ts";
import type { HalList, ListOrder } from "./hal_list.ts";
import { noRegisters } from "./channel_request.ts";
import type { ChannelRequest } from "./channel_request.ts";
import { listInBuffer, listOfHal } from "./list_memory.ts";
import type { CallerBuffer } from "./list_memory.ts";
import { registersForOffset } from "./map_registers.ts";
import { registersUsed, routeOf } from "./route.ts";
import type { Route } from "./route.ts";

const scratch = new RunList(64);

/** Obtains a list, now or later. The list is valid where it is returned and the order was not queued. */
export function obtainList(call: RoutineName, order: ListOrder, buffer: CallerBuffer | null): HalList | Failure {
  const { adapter, mdl, offset, length } = order;
  const version3 = order.transferContext !== null;
  const trouble = rangeTrouble(adapter, call, mdl, offset, length, version3);
  if (trouble !== null) return trouble;

  const pages = registersForOffset(mdl, offset, length);
  const route = routeOf(adapter, mdl, offset, length, scratch);
  const used = registersUsed(adapter, route, mdl, offset, length);
  // Versions 1 and 2 reserve a register a page as soon as the adapter may need any.
  const taken = adapter.operationsVersion < 3 && adapter.needsMapRegisters ? pages : used;
  const real = adapter.operationsVersion === 3 && adapter.hal.options.registersOfReachableDevice === "real";

  const list = buffer === null ? listOfHal(adapter, pages) : listInBuffer(call, order, buffer, pages);
  if (list !== null && "status" in list) return list;

  const refused = order.transferContext?.allocate() ?? null;
  if (refused !== null) {
    list?.discard(adapter.hal);
    return refused;
  }
  return ask(order, list, route, real ? used : pages, taken);
}

/** `compared`: registers that are compared with N. `taken`: those that are taken from the pool. */
function ask(
  order: ListOrder,
  list: HalList | null,
  route: Route,
  compared: number,
  taken: number,
): HalList | Failure {
  const { adapter, transferContext, routine } = order;
  if (list !== null) list.begin(order, route, compared, taken);
  const outcome = adapter.ask(list ?? withoutMemory(order, compared));
  if (list === null || (outcome !== "granted" && outcome !== "queued")) {
    assert(outcome !== "granted" && outcome !== "queued", "Cannot grant a list that has no memory");
    transferContext?.refuse();
    list?.discard(adapter.hal);
    return outcome;
  }
  if (outcome === "queued") {
    transferContext?.queue(list);
    list.life.send({ type: "REQUEST" });
    adapter.hal.serve();
    return list;
  }
  list.fill();
  if (routine === null) adapter.hold(transferContext, list);
  else list.runRoutine();
  return list;
}

/** A request that can only be refused: the pool had no memory for its list, and the chart says what that means. */
function withoutMemory({ synchronous, routine }: ListOrder, mapRegisters: number): ChannelRequest {
  return {
    form: "list",
    mapRegisters,
    poolRegisters: 0,
    contiguous: false,
    synchronous,
    withRoutine: routine !== null,
    memoryAvailable: false,
    registers: noRegisters(),
    prepare: () => true,
    unprepare: () => {},
    granted: () => {},
    withdrawn: () => {},
  };
}

/** What is wrong with the range, named where it is a misuse; null if nothing is. */
function rangeTrouble(
  adapter: Adapter,
  call: RoutineName,
  mdl: Mdl,
  offset: number,
  length: number,
  version3: boolean,
): Failure | null {
  const { door, mdls } = adapter.hal;
  if (length <= 0) {
    door.misuse("ZeroLengthMap", call, adapter.name, `Length is ${length}`);
    return { status: "STATUS_INVALID_PARAMETER", why: `Length is ${length}` };
  }
  const total = mdlChainByteCount(mdl);
  if (offset < 0 || offset >= (version3 ? total : mdl.byteCount)) {
    // Versions 1 and 2 test nothing here and gather garbage; we refuse.
    const why = `the range begins at offset ${offset} of an MDL chain of ${total} bytes`;
    const virtualAddress = `0x${(mmGetMdlVirtualAddress(mdl) + offset).toString(16)}`;
    door.misuse("VaOutsideMdl", call, adapter.name, why, undefined, { virtualAddress, mdl: door.pointers.of(mdl)! });
    return { status: "STATUS_INVALID_PARAMETER", why };
  }
  if (offset + length > total) {
    const why = `${length} bytes from offset ${offset} do not fit into an MDL chain of ${total} bytes`;
    door.misuse("MdlShorterThanLength", call, adapter.name, why);
    return { status: version3 ? "STATUS_INVALID_PARAMETER" : "STATUS_BUFFER_TOO_SMALL", why };
  }
  if (mdls.mayDma(mdl, offset, length)) return null;
  // Windows would map whatever frame numbers the MDL holds; we refuse.
  return { status: "STATUS_INVALID_PARAMETER", why: "the MDL's pages are not locked" };
}
