/**
 * The pager: takes unlocked pages away and brings them back, in another frame. It exists to show what locking is for:
 * a locked page keeps its frame, so a device may hold its address (S3-13); an unlocked one may be gone in a moment.
 */
import { PAGE_SIZE } from "../units.ts";
import type { CpuCache } from "./cache.ts";
import type { PhysicalMemory } from "./physical.ts";
import { NOT_RESIDENT } from "./region.ts";
import type { Region } from "./region.ts";
import type { VaMap } from "./va_map.ts";

/** What one trim did, in pages. */
export interface TrimResult {
  /** Pages that went. */
  readonly pagedOut: number;
  /** Pages of pageable memory that stayed because they are locked. */
  readonly skippedLocked: number;
}

interface StoredPage {
  readonly oldPfn: number;
  /** Null for a page that was never written: it comes back as zeros. */
  readonly bytes: Uint8Array | null;
}

/** Moves pages between RAM and an imaginary page file. */
export class Pager {
  /**
   * False while the CPU runs at DISPATCH_LEVEL or above: touching a page that is not resident then is a bug check
   * (0xD1), which accesses report as a value. Whoever models IRQL keeps this.
   */
  pagingAllowed = true;
  readonly #memory: PhysicalMemory;
  readonly #cache: CpuCache;
  readonly #map: VaMap;
  readonly #file = new Map<Region, Map<number, StoredPage>>();
  #pageIns = 0;

  /** A pager for the regions of this map. */
  constructor(memory: PhysicalMemory, cache: CpuCache, map: VaMap) {
    this.#memory = memory;
    this.#cache = cache;
    this.#map = map;
  }

  /** Pages brought back so far. */
  get pageIns(): number {
    return this.#pageIns;
  }

  /** Pages out everything that may go: every resident, unlocked page of pageable memory. */
  trim(): TrimResult {
    let pagedOut = 0;
    let skippedLocked = 0;
    for (const region of this.#map.all()) {
      if (!region.pageable) continue;
      for (let page = 0; page < region.pageCount; page++) {
        if (region.pfns[page] === NOT_RESIDENT) continue;
        if (region.lockCount(page) > 0) skippedLocked++;
        else {
          this.#pageOut(region, page);
          pagedOut++;
        }
      }
    }
    return { pagedOut, skippedLocked };
  }

  /** Brings one page back, in a frame other than the one it had. False if no frame is free. */
  pageIn(region: Region, page: number): boolean {
    const stored = this.#file.get(region)?.get(page);
    if (stored === undefined) return region.pfns[page] !== NOT_RESIDENT;
    let frames = this.#memory.allocateFrames(1, region.placement);
    if (frames !== null && frames[0] === stored.oldPfn) {
      const other = this.#memory.allocateFrames(1, region.placement);
      // The very last free frame of all may be the old one; then that has to do.
      if (other !== null) {
        this.#memory.free(frames);
        frames = other;
      }
    }
    if (frames === null) return false;
    const pfn = frames[0]!;
    if (stored.bytes !== null) this.#memory.write(pfn * PAGE_SIZE, stored.bytes, 0, PAGE_SIZE);
    region.pfns[page] = pfn;
    this.#file.get(region)?.delete(page);
    this.#pageIns++;
    return true;
  }

  /** Forgets what the page file holds of a region that is freed. */
  forget(region: Region): void {
    this.#file.delete(region);
  }

  #pageOut(region: Region, page: number): void {
    const pfn = region.pfns[page]!;
    // The disk is a device too: what the CPU has not written back yet must reach RAM first.
    this.#cache.flush(pfn * PAGE_SIZE, PAGE_SIZE);
    this.#cache.drop(pfn);
    let bytes: Uint8Array | null = null;
    if (this.#memory.touched(pfn)) {
      bytes = new Uint8Array(PAGE_SIZE);
      this.#memory.read(pfn * PAGE_SIZE, bytes, 0, PAGE_SIZE);
    }
    let pages = this.#file.get(region);
    if (pages === undefined) this.#file.set(region, pages = new Map());
    pages.set(page, { oldPfn: pfn, bytes });
    region.pfns[page] = NOT_RESIDENT;
    this.#memory.freeContiguous(pfn, 1);
  }
}
