/** The device's side: descriptors, doorbells, completions and bus accesses, against what is mapped for it. */
import { counted } from "./counted.ts";
import { judgeDescriptors } from "./descriptors.ts";
import type { EventLine } from "./log_line.ts";
import type { ListRecord, MappingRecord } from "./records.ts";
import { addressOf, count, flag, pointer } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** `descriptors-written`. */
export function descriptorsWritten(world: World, { name, fields }: EventLine): void {
  const descriptors = fields.descriptors as Parameters<typeof judgeDescriptors>[2] | undefined;
  const list = useList(world, name, fields.sgl, "READ");
  if (descriptors === undefined) return;
  if (list !== null) return judgeDescriptors(world, list, descriptors, fields.format);
  if (fields.sgl === undefined || fields.sgl === null) judgePieces(world, name, descriptors);
}

/** `doorbell`. */
export function doorbell(world: World, event: EventLine): void {
  const { name, fields } = event;
  const list = useList(world, name, fields.sgl, "DOORBELL");
  const address = pointer(fields.address);
  if (address !== null && !isMapped(world, address, 1) && isCertain(world)) {
    const bypass = [...world.adapters.values()].some((adapter) => adapter.bypass);
    const put = bypass ? null : putListAt(world, address);
    const site = { call: name, resource: `address 0x${address}`, suspected: world.startsInTheMiddle };
    const details = put === null
      ? "no live list, mapping or common buffer holds it"
      : `the list of line ${put.line} held it until line ${put.putLine}`;
    if (put !== null) world.judge.report("SglReadAfterPut", { ...site, since: put.putLine, details });
    else if (!bypass) world.judge.report("DeviceGivenRawPhysical", { ...site, since: null, details });
  }
  world.channels.started(world, event, list);
}

/** `device-done`. */
export function deviceDone(world: World, { fields }: EventLine): void {
  world.judge.see("device-done");
  const at = pointer(fields.sgl);
  const list = at === null ? undefined : world.lists.get(at) ?? world.putLists.find(at);
  list?.life.send({ type: "DEVICE_DONE" });
  world.channels.done(String(fields.channel ?? ""), list ?? null);
  for (const adapter of world.adapters.values()) {
    if (adapter.master === false) { for (const grant of adapter.grants) grant.ended = true; }
  }
}

/** The list that an event names, moved on; names its use before or after its life. */
function useList(world: World, call: string, sgl: unknown, type: "READ" | "DOORBELL"): ListRecord | null {
  const { judge } = world;
  const at = pointer(sgl);
  if (at === null) return null;
  const list = world.lists.get(at);
  const resource = `list 0x${at}`;
  if (list !== undefined) {
    const { state, legal } = list.life;
    const site = { call, resource, state, expected: legal, since: list.line };
    const [misuse] = list.life.send({ type });
    if (misuse !== undefined) judge.reportWhen("routine", misuse.rule, site);
    return list;
  }
  const failed = [...world.adapters.values()].find(({ failedBuffers }) => failedBuffers.has(at));
  const put = world.putLists.find(at);
  if (failed !== undefined) {
    const since = failed.failure?.line ?? null;
    judge.report("StatusNotChecked", { call, resource, state: "empty", since });
  } else if (put !== undefined) {
    const { legal: expected } = put.life;
    judge.report("SglReadAfterPut", { call, resource, state: "put", expected, since: put.putLine });
  }
  return null;
}

/** Descriptors for what MapTransfer mapped: no longer than the piece that it answered. */
function judgePieces(world: World, call: string, descriptors: readonly (readonly unknown[])[]): void {
  for (const [address, lengthBytes] of descriptors) {
    const at = pointer(address);
    for (const mapping of mappings(world)) {
      if (mapping.address === null || mapping.address !== at || mapping.mapped === null) continue;
      if ((lengthBytes as number) <= mapping.mapped) continue;
      const details = `MapTransfer mapped ${mapping.mapped} bytes there, the descriptor carries ${lengthBytes}`;
      const resource = `address 0x${at}`;
      world.judge.report("NonContiguousMappedAsSingle", { call, resource, since: mapping.line, details });
      return;
    }
  }
}

/** `device-access`. */
export function deviceAccess(world: World, { name: call, fields }: EventLine): void {
  const at = pointer(fields.address);
  const length = count(fields.length) ?? 1;
  const write = flag(fields.write) === true;
  if (at === null) return;
  const range = rangeAt(world, at, length, write);
  if (range !== null && !(write && range.readOnly)) return;
  const { judge } = world;
  const resource = `address 0x${at}`;
  const details = `the device ${write ? "writes" : "reads"} ${counted(length, "byte")}`;
  if (range !== null) {
    const mapped = `set up with WriteToDevice true, and ${details}`;
    const suspected = world.startsInTheMiddle || !isCertain(world);
    const site = { call, resource, since: range.line, details: mapped, suspected, kind: "direction" };
    judge.report("DeviceAccessOutsideMapping", site);
    return;
  }
  const overrun = rangeAt(world, at, 1);
  if (overrun !== null) {
    const kind = overrun.shared ? "2" : "5";
    judge.report("BufferOverrun", { call, resource, state: "allocated", since: overrun.line, details, kind });
    return;
  }
  const put = putListAt(world, at);
  if (put === null && !isCertain(world)) return;
  const since = put?.putLine ?? null;
  const state = put === null ? "" : "put";
  const suspected = put === null && world.startsInTheMiddle;
  judge.report("DeviceAccessOutsideMapping", { call, resource, state, since, details, suspected });
}

interface MappedRange {
  readonly line: number;
  /** A common buffer. */
  readonly shared: boolean;
  /** For a transfer to the device: an IOMMU lets it read these bytes, and not write them. */
  readonly readOnly: boolean;
}

function isMapped(world: World, at: Pointer, length: number): boolean {
  return rangeAt(world, at, length) !== null;
}

/** What maps these bytes for the device; null if nothing does. What the device may `write` comes first then. */
function rangeAt(world: World, at: Pointer, length: number, write = false): MappedRange | null {
  let readOnly: MappedRange | null = null;
  for (const range of rangesAt(world, at, length)) {
    if (!write || !range.readOnly) return range;
    readOnly ??= range;
  }
  return readOnly;
}

function* rangesAt(world: World, at: Pointer, length: number): Generator<MappedRange> {
  const address = addressOf(at);
  const holds = (start: Pointer, bytes: number): boolean => {
    const from = addressOf(start);
    return address >= from && address + length <= from + bytes;
  };
  for (const list of world.lists.values()) {
    if (list.elements === null || !list.life.has("live")) continue;
    for (const element of list.elements) {
      if (!holds(element.address, element.lengthBytes)) continue;
      yield { line: list.line, shared: false, readOnly: list.writeToDevice === true };
    }
  }
  for (const adapter of world.adapters.values()) {
    for (const { logicalAddress, length: bytes, line } of adapter.commonBuffers.values()) {
      if (logicalAddress === null || bytes === null || !holds(logicalAddress, bytes)) continue;
      yield { line, shared: true, readOnly: false };
    }
  }
  for (const { address: start, mapped, line, writeToDevice } of mappings(world)) {
    if (start === null || mapped === null || !holds(start, mapped)) continue;
    yield { line, shared: false, readOnly: writeToDevice === true };
  }
}

function* mappings(world: World): Generator<MappingRecord> {
  for (const adapter of world.adapters.values()) for (const grant of adapter.grants) yield* grant.mappings;
}

/** True if the log tells every address that may be mapped: then an unknown one is none. */
function isCertain(world: World): boolean {
  if (world.adapters.size === 0) return false;
  for (const adapter of world.adapters.values()) {
    if (adapter.waiting.length > 0) return false;
    for (const list of adapter.lists) if (list.elements === null) return false;
    if (adapter.vectors.size > 0) return false;
    for (const { logicalAddress, length } of adapter.commonBuffers.values()) {
      if (logicalAddress === null || length === null) return false;
    }
  }
  for (const { address, mapped } of mappings(world)) if (address === null || mapped === null) return false;
  return true;
}

/** The list that held this address and was put; the newest, if there were several. */
function putListAt(world: World, at: Pointer): ListRecord | null {
  const address = addressOf(at);
  let newest: ListRecord | null = null;
  for (const list of world.putLists.values()) {
    for (const element of list.elements ?? []) {
      const start = addressOf(element.address);
      if (address >= start && address < start + element.lengthBytes) newest = list;
    }
  }
  return newest;
}
