/**
 * Memory that the driver lets go while it is mapped for a device: pages unlocked, or their MDL freed, before the list
 * over them is put, or the mapping flushed. Where the log shows that the device runs, that is certain at once; else it
 * is once the Put or the flush comes. If none ever comes, that it was forgotten is the misuse, and has its own name.
 */
import type { CallLine } from "./log_line.ts";
import type { ListRecord, MappingRecord, ReleaseRecord } from "./records.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** A chain that is longer is taken for a ring. */
const CHAIN_MAX = 256;

/** MmUnlockPages or IoFreeMdl, where the MDL itself may be unlocked or freed. */
export function memoryReleased(world: World, { name: call }: CallLine, at: Pointer): void {
  const { judge } = world;
  const release = (state: string): ReleaseRecord => ({ call, line: judge.line, mdl: at, state });
  for (const list of listsOver(world, at)) {
    if (list.released !== null || !list.life.has("live")) continue;
    list.released = release(list.life.state);
    if (list.life.state === "deviceOwned" && judge.hasSeen("device-done")) namePutAfterRelease(world, list);
  }
  for (const adapter of world.adapters.values()) {
    for (const { life, mappings } of adapter.grants) {
      for (const one of mappings) {
        if (one.released === null && touches(world, one, at)) one.released = release(life.state);
      }
    }
  }
}

/** PutScatterGatherList: was the list's memory let go before? */
export function namePutAfterRelease(world: World, list: ListRecord): void {
  if (!list.accused) nameRelease(world, list, `list 0x${list.pointer}`, "PutScatterGatherList", list.unsure);
}

/** FlushAdapterBuffers(Ex): was the memory of the mapping let go before? */
export function nameFlushAfterRelease(world: World, mapping: MappingRecord, resource: string): void {
  nameRelease(world, mapping, resource, "FlushAdapterBuffers", false);
}

function nameRelease(
  { judge }: World,
  mapped: ListRecord | MappingRecord,
  resource: string,
  ends: string,
  suspected: boolean,
): void {
  const { released, line: since } = mapped;
  if (released === null || released.told === true) return;
  const { call, line, mdl, state } = released;
  const details = `${call} of MDL 0x${mdl}, mapped since line ${since}`;
  const site = { call, line, since, resource, state, details, expected: [ends], suspected };
  judge.report("UnlockedWhileMapped", { ...site, beside: true });
  mapped.released = { ...released, told: true };
}

/** Live lists over an MDL: by the head of their chain, or by a later MDL of it. */
function* listsOver(world: World, at: Pointer): Iterable<ListRecord> {
  for (const list of world.listsByMdl.get(at) ?? []) if (touches(world, list, at)) yield list;
  if (!world.chains) return;
  for (const [head, lists] of world.listsByMdl) {
    if (head !== at) { for (const list of lists) if (touches(world, list, at)) yield list; }
  }
}

/** True if bytes of that MDL are in the range, as far as the lengths on the way to it are known. */
function touches(
  { mdls }: World,
  { mdl: head, offset, length }: Pick<MappingRecord, "mdl" | "offset" | "length">,
  wanted: Pointer,
): boolean {
  let start = 0;
  let at = head;
  for (let index = 0; at !== null && index < CHAIN_MAX; index++) {
    const known = mdls.get(at);
    const end = start + (known?.byteCount ?? Infinity);
    if (length !== null && start >= (offset ?? 0) + length) return false;
    if (at === wanted) return offset === null || end > offset;
    start = end;
    at = known?.next ?? null;
  }
  return false;
}
