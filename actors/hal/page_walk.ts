/**
 * Walks the pages of a range of an MDL chain, one piece a page: where bytes lie physically, which MDL and page they
 * belong to. One walker serves all; it makes no objects.
 */
import type { Mdl } from "../../sim/memory/mdl.ts";
import { PAGE_SHIFT, PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";

/** A walk over the pages of a range. */
export class PageWalk {
  /** The MDL of the present piece. */
  mdl: Mdl | null = null;
  /** Its page in that MDL. */
  page = 0;
  /** Where in its page the piece begins. */
  inPage = 0;
  /** Bytes of the piece. */
  lengthBytes = 0;
  #next: Mdl | null = null;
  #skip = 0;
  #left = 0;

  /** Begins at byte `offset` of the chain. */
  start(chain: Mdl, offset: number, lengthBytes: number): void {
    this.mdl = null;
    this.#next = chain;
    this.#skip = offset;
    this.#left = lengthBytes;
  }

  /** Goes to the next piece. False at the end of the range or of the chain. */
  advance(): boolean {
    if (this.#left === 0) return false;
    while (this.#next !== null && this.#skip >= this.#next.byteCount) {
      this.#skip -= this.#next.byteCount;
      this.#next = this.#next.next;
    }
    const mdl = this.#next;
    if (mdl === null) return false;
    const from = mdl.byteOffset + this.#skip;
    this.mdl = mdl;
    this.page = from >>> PAGE_SHIFT;
    this.inPage = from & (PAGE_SIZE - 1);
    this.lengthBytes = Math.min(PAGE_SIZE - this.inPage, mdl.byteCount - this.#skip, this.#left);
    this.#skip += this.lengthBytes;
    this.#left -= this.lengthBytes;
    return true;
  }

  /** The physical address of the piece. */
  get physicalAddress(): Address {
    return this.mdl!.pfns[this.page]! * PAGE_SIZE + this.inPage;
  }
}
