/**
 * PutScatterGatherList: the transfer is over, the list goes back.
 *
 * 1 the list's chart says whether there is anything to put, and whether the device is done with it (S0-19)
 * 2 the adapter's chart drops the reference that the list kept (S0-7)
 * 3 data from the device becomes visible to the CPU; logical addresses end
 * 4 map registers go back and the longest waiter is served (S0-11)
 * 5 memory that a Get routine allocated goes back, to the cache first; a caller's buffer stays the caller's
 */
import type { ScatterGatherListEvent } from "../../machines/scatter_gather_list.ts";
import { lasting } from "../lasting_event.ts";
import type { Adapter } from "./adapter.ts";
import { listPointer } from "./call_arguments.ts";
import { drainElements } from "./gather.ts";
import { HalList } from "./hal_list.ts";
import { namePutAfterRelease } from "./released_memory.ts";
import type { ScatterGatherList } from "./scatter_gather.ts";

const PUT: ScatterGatherListEvent = lasting("PUT_SCATTER_GATHER_LIST");
const DROP = lasting("PUT_SCATTER_GATHER_LIST");

/** PutScatterGatherList. = DISPATCH_LEVEL. */
export function putScatterGatherList(adapter: Adapter, scatterGather: ScatterGatherList, writeToDevice: boolean): void {
  const alive = adapter.enter("PutScatterGatherList", "= DISPATCH_LEVEL");
  const { door } = adapter.hal;
  if (door.tracing) {
    const args = {
      DmaAdapter: door.pointers.of(adapter),
      ScatterGather: listPointer(adapter.hal, scatterGather),
      WriteToDevice: writeToDevice,
    };
    door.record("PutScatterGatherList", args);
  }
  if (!alive) return;
  if (!(scatterGather instanceof HalList)) {
    door.misuse("PutUnknown", "PutScatterGatherList", scatterGather.name, "no routine of this HAL built it");
    return;
  }
  put(adapter, scatterGather, writeToDevice);
}

function put(adapter: Adapter, list: HalList, writeToDevice: boolean): void {
  const { door } = adapter.hal;
  const live = list.life.has("live");
  if (live && list.adapter !== adapter) {
    // Windows would free somebody else's registers; we name it, and the right adapter can still put the list.
    const details = `built with ${list.adapter?.name}, put with ${adapter.name}`;
    door.misuse("SglNotFromThisAdapter", "PutScatterGatherList", list.name, details);
    return;
  }
  list.life.send(PUT);
  if (!live) return;
  adapter.life.send(DROP);
  if (list.releasedBy !== null) namePutAfterRelease(list, adapter.hal);
  if (list.order.writeToDevice !== writeToDevice) {
    const details = `built with WriteToDevice ${list.order.writeToDevice}, put with ${writeToDevice}`;
    door.misuse("PutDirectionMismatch", "PutScatterGatherList", list.name, details);
  }
  drainElements(list, writeToDevice);
  adapter.lists.remove(list);
  adapter.counters.listsPut++;
  adapter.forget(list);
  if (list.registers.count > 0) adapter.giveRegisters(list);
  list.discard(adapter.hal);
  adapter.hal.serve();
}
