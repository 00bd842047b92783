/** What two live lists, or one element, must not do to the memory of the device. */
import type { ListRecord } from "./records.ts";
import { addressOf } from "./values.ts";
import type { World } from "./world.ts";

const CACHE_LINE_BYTES = 64;
/** Linux' limit: seven overlapping mappings beside the first are still taken for intended. */
const OVERLAPS_TOLERATED = 8;
const FOUR_GIB = 0x1_0000_0000;

/** Names live lists over the same bytes: two that the device writes, or a suspicious number of them. */
export function judgeOverlap(world: World, call: string, list: ListRecord): void {
  const { mdl, offset, length } = list;
  if (mdl === null || offset === null || length === null) return;
  const beside = world.listsByMdl.get(mdl);
  if (beside === undefined || beside.size < 2) return;
  let overlaps = 0;
  let written: ListRecord | null = null;
  for (const other of beside) {
    if (other === list || other.offset === null || other.length === null || !other.life.has("live")) continue;
    if (!shareLine(offset, length, other.offset, other.length)) continue;
    overlaps++;
    if (other.writeToDevice === false && list.writeToDevice === false) written ??= other;
  }
  const resource = list.pointer === null ? `mdl 0x${mdl}` : `list 0x${list.pointer}`;
  const site = { call, resource, state: list.life.state };
  if (overlaps === OVERLAPS_TOLERATED) {
    const details = `${overlaps + 1} live lists map ${length} bytes from offset ${offset} of mdl 0x${mdl}`;
    world.judge.report("MappingLeakSuspected", { ...site, since: oldest(beside), details });
  } else if (written !== null && overlaps === 1) {
    const details = `the list of line ${written.line} lets the device write there too`;
    world.judge.report("OverlappingDeviceWrites", { ...site, since: written.line, details });
  }
}

/** Names an element that crosses what the device cannot: the end of its address width. */
export function judgeElements(world: World, call: string, list: ListRecord): void {
  const width = list.adapter?.addressWidth ?? null;
  if (width === null || width > 32 || list.elements === null) return;
  const end = width === 32 ? FOUR_GIB : 2 ** width;
  for (const { address, lengthBytes } of list.elements) {
    const at = addressOf(address);
    if (at >= end || at + lengthBytes <= end) continue;
    const details = `${lengthBytes} bytes from 0x${address} cross 0x${
      end.toString(16)
    }, and the device has ${width} bits`;
    world.judge.report("ElementCrossesBoundary", {
      call,
      resource: `list 0x${list.pointer}`,
      since: list.line,
      details,
    });
    return;
  }
}

function shareLine(a: number, aLength: number, b: number, bLength: number): boolean {
  const line = (at: number): number => Math.floor(at / CACHE_LINE_BYTES);
  return line(a) <= line(b + bLength - 1) && line(b) <= line(a + aLength - 1);
}

function oldest(lists: Iterable<ListRecord>): number | null {
  for (const list of lists) return list.line;
  return null;
}
