/**
 * A common buffer whose logical address is aligned, as WdfCommonBufferCreateWithConfig makes it from an
 * AlignmentRequirement (S0-27).
 *
 * The requirement is a **mask**: 15 asks for 16 bytes. Up to a page the allocation is aligned anyway, on both sides.
 * Beyond a page, as many bytes more are allocated as the mask says, and only the logical address is aligned; the
 * virtual address is moved by the same distance and may not be. Windows DDI, WdfCommonBufferCreateWithConfig; KMDF's
 * public source.
 */
import { PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { CommonBuffer, DmaOperations, Result } from "./dma_operations.ts";

/** A part of a common buffer that begins at an aligned logical address. */
export interface AlignedCommonBuffer {
  /** What FreeCommonBuffer wants back. */
  readonly raw: CommonBuffer;
  /** Where the CPU finds the first aligned byte. */
  readonly alignedVirtualAddress: Address;
  /** Where the device finds it. */
  readonly alignedLogicalAddress: Address;
  /** Usable bytes from there. */
  readonly length: number;
  /** Where in `raw` it begins, in bytes: the offset for `commonBufferWords(raw)`. */
  readonly rawOffset: number;
}

/** The largest length: MAXULONG - PAGE_SIZE. */
const LENGTH_MAX = 0xffff_ffff - PAGE_SIZE;

/** Allocates a common buffer by alignment mask (0, 1, 3, … 2^n - 1). PASSIVE_LEVEL. */
export function allocateAlignedCommonBuffer(
  operations: Pick<DmaOperations, "allocateCommonBuffer">,
  p: { readonly length: number; readonly cacheEnabled: boolean; readonly alignmentRequirement: number },
): Result<{ readonly buffer: AlignedCommonBuffer }> {
  const { length, cacheEnabled, alignmentRequirement: mask } = p;
  if (!(Number.isInteger(length) && length > 0 && length <= LENGTH_MAX)) {
    return { status: "STATUS_INVALID_PARAMETER", why: `a length of ${length} bytes, expected 1 to ${LENGTH_MAX}` };
  }
  if (!(Number.isInteger(mask) && mask >= 0 && mask < 0xffff_ffff && Number.isInteger(Math.log2(mask + 1)))) {
    return { status: "STATUS_INVALID_PARAMETER", why: `an alignment requirement of ${mask} is no mask of low bits` };
  }
  const rawLength = mask < PAGE_SIZE ? length : length + mask;
  const raw = operations.allocateCommonBuffer({ length: rawLength, cacheEnabled });
  if (raw === null) {
    const why = `no common buffer of ${rawLength} bytes`;
    return { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory", why };
  }
  const size = mask + 1;
  const alignedLogicalAddress = Math.ceil(raw.logicalAddress / size) * size;
  const rawOffset = alignedLogicalAddress - raw.logicalAddress;
  const alignedVirtualAddress = raw.virtualAddress + rawOffset;
  return {
    status: "STATUS_SUCCESS",
    buffer: { raw, alignedVirtualAddress, alignedLogicalAddress, length, rawOffset },
  };
}
