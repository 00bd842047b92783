/** A caller's memory for a list: the ScatterGatherBuffer of the Build routines. */
import { assert } from "../../sim/assert.ts";
import type { Address } from "../../sim/units.ts";
import type { Hal } from "./hal.ts";
import { HalList } from "./hal_list.ts";
import type { ScatterGatherBuffer } from "./scatter_gather.ts";

/** Made by {@link createScatterGatherBuffer}. */
export class ListBuffer implements ScatterGatherBuffer {
  /** Names it in traces. */
  readonly name: string;
  readonly lengthBytes: number;
  readonly pool: "nonpaged" | "paged";
  readonly va: Address;
  /** The list in it, which is filled again and again. */
  readonly list: HalList;

  /** Memory of the driver at `va`. */
  constructor(hal: Hal, lengthBytes: number, pool: "nonpaged" | "paged", va: Address) {
    this.lengthBytes = lengthBytes;
    this.pool = pool;
    this.va = va;
    this.list = new HalList(hal, { lengthBytes, va });
    this.name = this.list.name;
  }
}

/**
 * Memory for one list at a time, of as many bytes as CalculateScatterGatherList or GetDmaTransferInfo said. Null if the
 * kernel pool has none left; that is why drivers allocate it early (S4-9).
 */
export function createScatterGatherBuffer(
  hal: Hal,
  lengthBytes: number,
  pool: "nonpaged" | "paged" = "nonpaged",
): ListBuffer | null {
  const region = hal.memory.pool.allocate("SgLs", lengthBytes, pool)?.region;
  return region == null ? null : new ListBuffer(hal, lengthBytes, pool, region.va);
}

/** The living buffer behind what a driver passes. */
export function livingBuffer(buffer: ScatterGatherBuffer): ListBuffer {
  assert(buffer instanceof ListBuffer, `Cannot use ${buffer.name}: it was not made by createScatterGatherBuffer`);
  return buffer;
}
