/**
 * SCATTER_GATHER_LIST as the driver sees it, and the buffer that a Build routine fills.
 *
 * Elements are columns, not objects: a list of 1024 pages is two arrays. Addresses are **logical** addresses of the
 * device's bus, usable as they are (S0-31). Windows DDI, SCATTER_GATHER_LIST; x64 sizes: header 16 bytes, element 24.
 */
import type { ScatterGatherListEvent } from "../../machines/scatter_gather_list.ts";
import type { Address } from "../../sim/units.ts";
import type { Life } from "../life.ts";

/** Bytes of SCATTER_GATHER_LIST before its elements, on x64. */
export const SCATTER_GATHER_LIST_HEADER_BYTES = 16;

/** Bytes of one SCATTER_GATHER_ELEMENT, on x64. */
export const SCATTER_GATHER_ELEMENT_BYTES = 24;

/**
 * Bytes that the HAL keeps behind the elements for itself: queue links, register base, register count (S4-3). How many
 * they are on Windows is undocumented; this is ours.
 */
export const SCATTER_GATHER_PRIVATE_BYTES = 64;

/** Bytes of memory that a list of so many elements takes, the HAL's own part included. */
export function scatterGatherListBytes(elementCount: number): number {
  return SCATTER_GATHER_LIST_HEADER_BYTES + elementCount * SCATTER_GATHER_ELEMENT_BYTES + SCATTER_GATHER_PRIVATE_BYTES;
}

/** What a granted list holds. Readable from the grant until Put. */
export interface ScatterGatherList {
  /** Its name in traces: `sgl:17`. */
  readonly name: string;
  /** NumberOfElements. */
  readonly numberOfElements: number;
  /** Elements[i].Address: logical addresses; valid below `numberOfElements`. */
  readonly addresses: Float64Array;
  /** Elements[i].Length in bytes; valid below `numberOfElements`. */
  readonly lengths: Float64Array;
  /** Its lifecycle. Whoever starts the device on it, or hears that the device is done, tells it so (S0-19). */
  readonly life: Life<Record<string, never>, ScatterGatherListEvent>;
}

/** Caller's memory for a list (the ScatterGatherBuffer of Build routines). Made by `createScatterGatherBuffer`. */
export interface ScatterGatherBuffer {
  /** Names it in traces. */
  readonly name: string;
  /** Its size; a Build routine needs at least what CalculateScatterGatherList or GetDmaTransferInfo said. */
  readonly lengthBytes: number;
  /** Paged pool must not be touched at DISPATCH_LEVEL (S1-33). */
  readonly pool: "nonpaged" | "paged";
  /** Where it lies, for traces. */
  readonly va: Address;
}
