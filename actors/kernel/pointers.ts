/**
 * Addresses for objects that live outside simulated memory: MDLs, IRPs, list heads, adapters, contexts. Traces carry
 * DDI parameters, and pointers are hex strings there; the same object always has the same one, and two objects never
 * share one. Given in the order of first use, so the same run prints the same addresses.
 */
import { hexText } from "../../trace/event.ts";

/** x64 kernel addresses that no region of the simulated address space uses. */
const FIRST_POINTER = 0xffff_8000;
/** The lower half of a pointer has eight digits: those of a number with this bit, without the first. */
const NINTH_DIGIT = 0x1_0000_0000;
/** Objects are as far apart as this, so that `pointer + offset of a field` stays inside its object. */
const STRIDE_BYTES = 0x400;

/** Hands out a stable pointer for every object that is asked about. */
export class Pointers {
  readonly #known = new WeakMap<object, string>();
  #count = 0;

  /** The pointer of an object as a hex string; null for null (a NULL parameter). */
  of(object: object | null): string | null {
    if (object === null) return null;
    let pointer = this.#known.get(object);
    if (pointer === undefined) this.#known.set(object, pointer = numberedPointer(FIRST_POINTER, this.#count++));
    return pointer;
  }
}

/**
 * A pointer built from a block of addresses and a rising number, for rows that have no object of their own. `offset`
 * is that of a field.
 */
export function numberedPointer(high: number, number: number, offset = 0): string {
  const low = number * STRIDE_BYTES + offset;
  const carried = high + Math.floor(low / NINTH_DIGIT);
  return hexText(carried) + hexText(NINTH_DIGIT + low % NINTH_DIGIT).slice("0x1".length);
}
