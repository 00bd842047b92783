/**
 * The memory side of MapTransfer and FlushAdapterBuffers: from a range of an MDL chain to addresses that the device can
 * use, through the registers of one grant, and back.
 *
 * ```text
 * IOMMU on                       one logical range for each MDL touched
 * device takes many elements     runs as they lie; pages beyond its reach go through the register of that page
 * device takes one               the range as it lies if it is contiguous and in reach, else one copy in one piece
 * ```
 *
 * Each page of the range stands for one register of the grant, whether its bounce page is used or not.
 */
import { DEVICE_READS, DEVICE_WRITES, FOUR_GIB, HARDWARE_RUNS } from "../../sim/memory/mod.ts";
import type { Mdl, RunList, RunPolicy } from "../../sim/memory/mod.ts";
import { bytesToPages, PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { ChannelGrant, Mapping } from "./channel_grant.ts";
import { unmapLogicalRanges } from "./channel_grant.ts";
import { PageWalk } from "./page_walk.ts";
import { cleanForDevice, dropStaleLines, flushBeforeDeviceWrites } from "./platform_cache.ts";

/** The range to map. */
export interface MapRange {
  readonly mdl: Mdl;
  readonly offset: number;
  readonly length: number;
  readonly writeToDevice: boolean;
  /** True for version 3: the HAL looks after the CPU's cache, where versions 1 and 2 leave that to KeFlushIoBuffers. */
  readonly ownsCache: boolean;
}

const walk = new PageWalk();
const ONE_PIECE: RunPolicy = { coalesce: false, maxLengthBytes: FOUR_GIB, boundaryBytes: Number.MAX_SAFE_INTEGER };

/** Registers of a grant behind which nothing is mapped yet. A device that takes none has no limit. */
export function registersLeft(grant: ChannelGrant): number {
  return grant.adapter.needsMapRegisters ? grant.mapRegisters - grant.usedRegisters : Infinity;
}

/** Pages that a range touches: the registers it stands for. */
export function pagesOf(mdl: Mdl, offset: number, lengthBytes: number): number {
  let pages = 0;
  walk.start(mdl, offset, lengthBytes);
  while (walk.advance()) pages++;
  return pages;
}

/**
 * Maps the beginning of a range, as much as fits into `elementsMax` elements and the registers left, and writes the
 * elements to `runs`. The mapping says how much it is; null if nothing could be mapped.
 */
export function mapPiece(grant: ChannelGrant, range: MapRange, elementsMax: number, runs: RunList): Mapping | null {
  const { adapter } = grant;
  runs.clear();
  const logical: (readonly [Address, number])[] = [];
  let bounced: Mapping["bounced"] = "none";
  if (adapter.domain.on) mapLogically(grant, range, adapter.scatterGather ? elementsMax : 1, runs, logical);
  else if (adapter.scatterGather) bounced = addPages(grant, range, elementsMax, runs);
  else bounced = addOnePiece(grant, range, runs);
  const length = runs.totalBytes;
  if (length === 0) return null;
  const { mdl, offset, writeToDevice, ownsCache } = range;
  const pages = bounced === "onePiece" ? bytesToPages(inPageAt(mdl, offset) + length) : pagesOf(mdl, offset, length);
  const mapping = {
    mdl,
    offset,
    length,
    writeToDevice,
    pages,
    firstRegister: grant.usedRegisters,
    bounced,
    logical,
    ownsCache,
    releasedBy: null,
  };
  grant.mappings.push(mapping);
  grant.usedRegisters += pages;
  towardsDevice(grant, mapping);
  return mapping;
}

/** Ends a mapping. `writeToDevice` is what the flush says: a wrong direction loses data, as on Windows. */
export function unmapPiece(grant: ChannelGrant, mapping: Mapping, writeToDevice: boolean): void {
  const { adapter, mappings } = grant;
  const { cache } = adapter.hal.memory;
  if (!writeToDevice) {
    if (!cache.coherent) dropStaleLines(cache, mapping.mdl, mapping.offset, mapping.length);
    copyBounced(grant, mapping, false);
  }
  unmapLogicalRanges(adapter, mapping);
  mappings.splice(mappings.indexOf(mapping), 1);
  // Registers are used from the first on; they start over when nothing is mapped.
  if (mappings.length === 0) grant.usedRegisters = 0;
}

function towardsDevice(grant: ChannelGrant, mapping: Mapping): void {
  const { cache } = grant.adapter.hal.memory;
  const { mdl, offset, length, writeToDevice, ownsCache } = mapping;
  if (ownsCache && !cache.coherent) {
    if (writeToDevice) cleanForDevice(cache, mdl, offset, length);
    else flushBeforeDeviceWrites(cache, mdl, offset, length);
  }
  if (writeToDevice) copyBounced(grant, mapping, true);
}

/** A logical range for each MDL touched. */
function mapLogically(
  grant: ChannelGrant,
  range: MapRange,
  elementsMax: number,
  runs: RunList,
  logical: (readonly [Address, number])[],
): void {
  const { domain } = grant.adapter;
  const access = range.writeToDevice ? DEVICE_READS : DEVICE_WRITES;
  let skip = range.offset;
  let left = range.length;
  for (let mdl: Mdl | null = range.mdl; mdl !== null && left > 0 && runs.count < elementsMax; mdl = mdl.next) {
    if (skip >= mdl.byteCount) {
      skip -= mdl.byteCount;
      continue;
    }
    const piece = Math.min(left, mdl.byteCount - skip);
    const from = mdl.byteOffset + skip;
    const at = domain.map(mdl.pfns, Math.floor(from / PAGE_SIZE), from % PAGE_SIZE, piece, access);
    if (at < 0) return;
    runs.add(at, piece, ONE_PIECE);
    logical.push([at, piece]);
    left -= piece;
    skip = 0;
  }
}

/** Page by page: in reach as it lies, else by the page's register; until elements or registers are used up. */
function addPages(grant: ChannelGrant, range: MapRange, elementsMax: number, runs: RunList): Mapping["bounced"] {
  const { adapter, registers } = grant;
  const limit = registersLeft(grant);
  let bounced: Mapping["bounced"] = "none";
  let page = 0;
  let end = -1;
  walk.start(range.mdl, range.offset, range.length);
  while (page < limit && walk.advance()) {
    const { physicalAddress, lengthBytes, inPage } = walk;
    const reachable = physicalAddress + lengthBytes <= adapter.reach;
    const at = reachable
      ? physicalAddress
      : adapter.pool.address(registers.indexes[grant.usedRegisters + page]!) + inPage;
    const joins = at === end && at % FOUR_GIB !== 0;
    if (!joins && runs.count === elementsMax) break;
    runs.add(at, lengthBytes, HARDWARE_RUNS);
    if (!reachable) bounced = "pages";
    end = at + lengthBytes;
    page++;
  }
  return bounced;
}

/** One element: the range as it lies, or a copy in one piece that begins at the same place in its page. */
function addOnePiece(grant: ChannelGrant, range: MapRange, runs: RunList): Mapping["bounced"] {
  const { adapter, registers, usedRegisters } = grant;
  const inPage = inPageAt(range.mdl, range.offset);
  const length = Math.min(range.length, registersLeft(grant) * PAGE_SIZE - inPage);
  if (length <= 0) return "none";
  walk.start(range.mdl, range.offset, length);
  walk.advance();
  const start = walk.physicalAddress;
  let end = start + walk.lengthBytes;
  let contiguous = true;
  while (walk.advance()) {
    contiguous &&= walk.physicalAddress === end;
    end += walk.lengthBytes;
  }
  if (contiguous && end <= adapter.reach) {
    runs.add(start, length, ONE_PIECE);
    return "none";
  }
  runs.add(adapter.pool.address(registers.indexes[usedRegisters]!) + inPage, length, ONE_PIECE);
  return "onePiece";
}

function inPageAt(mdl: Mdl, offset: number): number {
  walk.start(mdl, offset, 1);
  walk.advance();
  return walk.inPage;
}

function copyBounced(grant: ChannelGrant, mapping: Mapping, inward: boolean): void {
  if (mapping.bounced === "none") return;
  const { mdl, offset, length, firstRegister, bounced } = mapping;
  const { counters, reach } = grant.adapter;
  let page = firstRegister;
  let at = bounced === "onePiece" ? inPageAt(mdl, offset) : 0;
  walk.start(mdl, offset, length);
  while (walk.advance()) {
    const { physicalAddress, lengthBytes, inPage } = walk;
    if (bounced === "onePiece") {
      copyTo(grant, firstRegister, at, physicalAddress, lengthBytes, inward);
      at += lengthBytes;
    } else if (physicalAddress + lengthBytes > reach) {
      copyTo(grant, page++, inPage, physicalAddress, lengthBytes, inward);
    } else {
      page++;
      continue;
    }
    counters.bytesBounced += lengthBytes;
  }
}

/** Copies bytes of one buffer page to or from byte `at` behind a register of the grant, where two pages may meet. */
function copyTo(
  grant: ChannelGrant,
  register: number,
  at: number,
  buffer: Address,
  lengthBytes: number,
  inward: boolean,
): void {
  const { pool } = grant.adapter;
  const { indexes } = grant.registers;
  const first = register + Math.floor(at / PAGE_SIZE);
  const inPage = at % PAGE_SIZE;
  const piece = Math.min(lengthBytes, PAGE_SIZE - inPage);
  pool.copy(indexes[first]!, inPage, buffer, piece, inward);
  if (piece < lengthBytes) pool.copy(indexes[first + 1]!, 0, buffer + piece, lengthBytes - piece, inward);
}
