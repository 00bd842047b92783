/**
 * Memory that the driver lets go while it is mapped for a device: pages unlocked, or their MDL freed, before the list
 * over them is put, or the mapping flushed. The pages may belong to somebody else by then, and both Put and Flush read
 * the MDL. No bug check has a number for it: Windows goes on with what is corrupted.
 *
 * Where the device runs, that is certain at once. Where it is idle, the driver may have forgotten the Put, which has a
 * name of its own at PutDmaAdapter; so the order is named when the Put, or the flush, does come.
 */
import type { Mdl } from "../../sim/memory/mod.ts";
import type { ChannelGrant, Mapping } from "./channel_grant.ts";
import type { Hal } from "./hal.ts";
import type { HalList } from "./hal_list.ts";

/** What remembers the routine that let its memory go: null for none, "" once that was told. */
type Remembering = Pick<HalList | Mapping, "releasedBy">;

/** MmUnlockPages or IoFreeMdl of an MDL, as `call` says. */
export function memoryReleased(hal: Hal, mdl: Mdl, call: string): void {
  for (const adapter of hal.adapters) {
    if (adapter.life.state === "released") continue;
    for (const list of adapter.lists) {
      const { order } = list;
      if (list.releasedBy !== null || !touches(order.mdl, order.offset, order.length, mdl)) continue;
      list.releasedBy = call;
      if (list.life.state === "deviceOwned") nameRelease(hal, list, list.name, "the device runs on it");
    }
    for (const { mappings } of adapter.grants) {
      for (const one of mappings) {
        if (one.releasedBy === null && touches(one.mdl, one.offset, one.length, mdl)) one.releasedBy = call;
      }
    }
  }
}

/** PutScatterGatherList: was the list's memory let go before? */
export function namePutAfterRelease(list: HalList, hal: Hal): void {
  nameRelease(hal, list, list.name, "PutScatterGatherList came after it");
}

/** FlushAdapterBuffers(Ex) of a mapping: was its memory let go before? */
export function nameFlushAfterRelease(grant: ChannelGrant, mapping: Mapping): void {
  nameRelease(grant.adapter.hal, mapping, grant.name, "the flush came after it");
}

function nameRelease({ door }: Hal, what: Remembering, resource: string, details: string): void {
  const { releasedBy } = what;
  if (releasedBy === null || releasedBy === "") return;
  door.misuse("UnlockedWhileMapped", releasedBy, resource, details);
  what.releasedBy = "";
}

/** True if bytes of that MDL are in the range of its chain. */
function touches(chain: Mdl, offset: number, length: number, wanted: Mdl): boolean {
  let start = 0;
  for (let mdl: Mdl | null = chain; mdl !== null && start < offset + length; mdl = mdl.next) {
    const end = start + mdl.byteCount;
    if (mdl === wanted) return end > offset;
    start = end;
  }
  return false;
}
