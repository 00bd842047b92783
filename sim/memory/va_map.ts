/**
 * Which region lies at a virtual address. Every kind of memory has its own area, so that an address alone tells what
 * it is (a stack, an image, a user's buffer); inside an area addresses only rise, with an unmapped page after every
 * region, so that a stale pointer or an overrun of pages hits nothing.
 */
import { assert } from "../assert.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import type { Region, RegionKind } from "./region.ts";

/**
 * System addresses begin here. Real ones (the upper half of 64 bits) do not fit a safe integer; these are canonical, as
 * whoever reads a log of ours expects of an address, and high enough to be told from a user's.
 */
export const SYSTEM_BASE = 0x2000_0000_0000;

const USER_BASE = 0x200_0000_0000;
const AREA_BYTES = 0x1000_0000_0000;
// In the order of their areas; the user's share the first one.
const AREAS: readonly RegionKind[] = ["user", "nonpaged", "paged", "stack", "image", "systemMapping"];

// A power of two, a good deal more than the buffers of a deep queue.
const RECENT_PLACES = 256;

interface Area {
  next: Address;
  readonly end: Address;
  // Sorted by address, because addresses only rise.
  readonly regions: Region[];
}

/** The regions of one machine by address. */
export class VaMap {
  readonly #areas: readonly Area[] = AREAS.map((_, index) => {
    const base = index === 0 ? USER_BASE : SYSTEM_BASE + (index - 1) * AREA_BYTES;
    return { next: base, end: base + AREA_BYTES, regions: [] };
  });
  // Accesses come back to the same few regions: the last one found for each of so many pages is tried first.
  readonly #recent: (Region | null)[] = new Array<Region | null>(RECENT_PLACES).fill(null);

  /** A page-aligned address for a region of this kind and length (whole pages). */
  reserve(kind: RegionKind, pageCount: number, large: boolean): Address {
    const area = this.#areas[areaIndex(kind)]!;
    const alignment = large ? LARGE_PAGE_SIZE : PAGE_SIZE;
    const va = Math.ceil(area.next / alignment) * alignment;
    area.next = va + (pageCount + 1) * PAGE_SIZE;
    if (area.next > area.end) assert(false, `Cannot find virtual addresses for ${pageCount} more ${kind} pages`);
    return va;
  }

  /** Puts a region where {@link VaMap.reserve} said. */
  add(region: Region): void {
    this.#areas[areaIndex(region.kind)]!.regions.push(region);
  }

  /** Takes a region away. */
  remove(region: Region): void {
    const regions = this.#areas[areaIndex(region.kind)]!.regions;
    const index = floorIndex(regions, region.baseVa);
    if (regions[index] !== region) {
      assert(false, `Cannot remove the region at ${region.va.toString(16)}: it is not there`);
    }
    regions.splice(index, 1);
    for (let page = Math.min(region.pageCount, RECENT_PLACES) - 1; page >= 0; page--) {
      const place = recentPlace(region.baseVa + page * PAGE_SIZE);
      if (this.#recent[place] === region) this.#recent[place] = null;
    }
  }

  /** The region whose pages hold this address, or null. */
  find(va: Address): Region | null {
    const place = recentPlace(va);
    const recent = this.#recent[place]!;
    if (recent !== null && recent.covers(va, 1)) return recent;
    const index = va < SYSTEM_BASE ? 0 : 1 + Math.floor((va - SYSTEM_BASE) / AREA_BYTES);
    const regions = this.#areas[index]?.regions;
    if (regions === undefined) return null;
    const found = regions[floorIndex(regions, va)];
    if (found === undefined || !found.covers(va, 1)) return null;
    this.#recent[place] = found;
    return found;
  }

  /** Every region, area by area. */
  all(): Region[] {
    return this.#areas.flatMap((area) => area.regions);
  }
}

function recentPlace(va: Address): number {
  return (va / PAGE_SIZE) & (RECENT_PLACES - 1);
}

function areaIndex(kind: RegionKind): number {
  return kind === "userMapping" ? 0 : AREAS.indexOf(kind);
}

/** The index of the last region that begins at or below `va`; -1 if none does. */
function floorIndex(regions: readonly Region[], va: Address): number {
  let low = 0;
  let high = regions.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (regions[middle]!.baseVa <= va) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
