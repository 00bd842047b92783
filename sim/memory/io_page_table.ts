/**
 * The pages of one IOMMU domain: a two-level table from logical page to frame and rights, and the choice of which
 * logical pages the next mapping gets. Leaves are dropped when empty and reused, so that a long run of short mappings
 * neither grows nor makes garbage.
 */
import { assert } from "../assert.ts";

const LEAF_PAGES = 512;

/** Logical pages by index from the window's start. An entry is frame × 4 + rights; 0 is not mapped. */
export class IoPageTable {
  readonly #pageCount: number;
  readonly #windowPfn: number;
  readonly #leaves: (Uint32Array | undefined)[];
  readonly #live: Uint16Array;
  readonly #spare: Uint32Array[] = [];
  #cursor = 0;
  #mappedPages = 0;

  /** `windowPfn` is the number of the window's first logical page. */
  constructor(pageCount: number, windowPfn: number) {
    this.#pageCount = pageCount;
    this.#windowPfn = windowPfn;
    const leafCount = Math.ceil(pageCount / LEAF_PAGES);
    this.#leaves = new Array(leafCount).fill(undefined);
    this.#live = new Uint16Array(leafCount);
  }

  /** Pages mapped at present. */
  get mappedPages(): number {
    return this.#mappedPages;
  }

  /** The entry of a page; 0 for one that is not mapped or lies outside the window. */
  entry(page: number): number {
    if (page < 0 || page >= this.#pageCount) return 0;
    const leaf = this.#leaves[Math.floor(page / LEAF_PAGES)];
    return leaf === undefined ? 0 : leaf[page % LEAF_PAGES]!;
  }

  /** Maps `count` frames of a list to contiguous pages; returns the first, or -1. */
  map(pfns: Uint32Array, firstPage: number, count: number, rights: number): number {
    const at = this.#choose(pfns, firstPage, 0, count);
    for (let index = 0; at >= 0 && index < count; index++) this.#set(at + index, pfns[firstPage + index]!, rights);
    return at;
  }

  /** Maps `count` contiguous frames to contiguous pages; returns the first, or -1. */
  mapRun(pfn: number, count: number, rights: number): number {
    const at = this.#choose(null, 0, pfn, count);
    for (let index = 0; at >= 0 && index < count; index++) this.#set(at + index, pfn + index, rights);
    return at;
  }

  /** Ends the mapping of `count` pages. */
  unmap(page: number, count: number): void {
    for (let index = page; index < page + count; index++) {
      if (this.entry(index) === 0) assert(false, `Cannot unmap logical page ${index}: it is not mapped`);
      const place = Math.floor(index / LEAF_PAGES);
      const leaf = this.#leaves[place]!;
      leaf[index % LEAF_PAGES] = 0;
      this.#mappedPages--;
      if (--this.#live[place]! === 0) {
        this.#leaves[place] = undefined;
        this.#spare.push(leaf);
      }
    }
  }

  #set(page: number, pfn: number, rights: number): void {
    const place = Math.floor(page / LEAF_PAGES);
    let leaf = this.#leaves[place];
    if (leaf === undefined) this.#leaves[place] = leaf = this.#spare.pop() ?? new Uint32Array(LEAF_PAGES);
    leaf[page % LEAF_PAGES] = pfn * 4 + rights;
    this.#live[place]!++;
    this.#mappedPages++;
  }

  /**
   * The next place of `count` free pages behind the last one given, none of them at its own frame's number. Going
   * round the whole window before anything is reused is what makes stale addresses fault. Frames come from `pfns`, or
   * count up from `runPfn` where that is null.
   *
   * Mappings are aligned to their own size, up to a large page, so that a device which works in larger blocks than
   * pages (a table of 64 KiB entries, S1-8) meets the same alignment as with physical addresses.
   */
  #choose(pfns: Uint32Array | null, firstPage: number, runPfn: number, count: number): number {
    if (count > this.#pageCount - this.#mappedPages) return -1;
    const alignment = Math.min(LEAF_PAGES, 2 ** Math.floor(Math.log2(count)));
    let start = this.#cursor;
    let wrapped = false;
    for (;;) {
      start = Math.ceil((this.#windowPfn + start) / alignment) * alignment - this.#windowPfn;
      if (start + count > this.#pageCount) {
        if (wrapped) return -1;
        wrapped = true;
        start = 0;
        continue;
      }
      let index = 0;
      for (; index < count; index++) {
        const pfn = pfns === null ? runPfn + index : pfns[firstPage + index]!;
        if (this.entry(start + index) !== 0 || pfn === this.#windowPfn + start + index) break;
      }
      if (index === count) {
        this.#cursor = start + count;
        return start;
      }
      if (wrapped && start >= this.#cursor) return -1;
      // A taken page rules out every start up to it; a page at its own number only this one start.
      start += this.entry(start + index) !== 0 ? index + 1 : 1;
    }
  }
}
