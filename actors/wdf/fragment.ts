/**
 * How the framework cuts a transaction: where the next fragment begins, and how many bytes of it fit N map registers.
 * The arithmetic is that of KMDF's public source, which says that its own comes from the HAL.
 */
import type { Mdl } from "../../sim/memory/mdl.ts";
import { assert } from "../../sim/assert.ts";
import { bytesToPages, PAGE_SIZE } from "../../sim/units.ts";

/** A place in an MDL chain. */
export interface ChainPlace {
  /** The MDL that it lies in. */
  readonly mdl: Mdl;
  /** Bytes from the start of that MDL's buffer. */
  readonly offset: number;
}

/** What a fragment would take. */
export interface FragmentNeeds {
  /** R of the whole fragment. */
  readonly registers: number;
  /** The longest part of it that fits the registers; it ends where an MDL ends, or with the fragment. */
  readonly fittingLength: number;
}

/** The place `movedBytes` behind another. */
export function placeBehind({ mdl, offset }: ChainPlace, movedBytes: number): ChainPlace {
  let at: Mdl = mdl;
  let from = offset + movedBytes;
  while (from >= at.byteCount && at.next !== null) {
    from -= at.byteCount;
    at = at.next;
  }
  assert(from < at.byteCount, "Cannot go behind the end of an MDL chain");
  return { mdl: at, offset: from };
}

/** What the next `lengthBytes` bytes would take, with N map registers; null if the chain is more than a page short. */
export function fragmentNeeds(place: ChainPlace, lengthBytes: number, mapRegisters: number): FragmentNeeds | null {
  let mdl = place.mdl;
  let available = mdl.byteCount - place.offset;
  let mdlBytes = available;
  let inPage = (mdl.byteOffset + place.offset) % PAGE_SIZE;
  let registers = 0;
  let fittingLength = 0;
  while (available < lengthBytes && mdl.next !== null) {
    registers += bytesToPages(inPage + mdlBytes);
    if (registers <= mapRegisters) fittingLength = available;
    mdl = mdl.next;
    inPage = mdl.byteOffset;
    mdlBytes = mdl.byteCount;
    available += mdlBytes;
  }
  if (available + PAGE_SIZE < lengthBytes + inPage) return null;
  registers += bytesToPages(inPage + lengthBytes + mdlBytes - available);
  if (registers <= mapRegisters) fittingLength = lengthBytes;
  return { registers, fittingLength };
}
