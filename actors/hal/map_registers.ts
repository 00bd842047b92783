/**
 * The two numbers that decide whether a request can ever be granted: N, what an adapter was granted for one transfer,
 * and R, what a request needs. `R > N` is STATUS_INSUFFICIENT_RESOURCES for ever; `R == N` passes.
 *
 * R counts 4 KiB pages of virtual span. Physical contiguity, large pages and 64-bit addresses do not reduce it.
 * Sources: Windows DDI, CalculateScatterGatherList and "Getting an adapter object"; KMDF's public source, which says
 * that its arithmetic is the HAL's.
 */
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import { byteOffset, bytesToPages, PAGE_SIZE, spanPages } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { DeviceDescription } from "./device_description.ts";

/** Whose rules decide N: today's Windows, or the open re-implementation of an older HAL. */
export type HalPersonality = "windows" | "reactos";

/** Stands for R where the chain is too short for the length. */
export const CHAIN_TOO_SHORT: number = -1;

const ULONG_SIZE = 0x1_0000_0000;
/** Registers that a transfer could have on old systems; what the re-implementation still grants. */
const OLD_LIMIT = 16;

/**
 * N: `BYTES_TO_PAGES(MaximumLength) + 1`; the one more is for a buffer that does not start on a page boundary.
 * The re-implementation masks bit 31 of the length, so that 2 GiB become 0, and grants 16 at most to those who need
 * registers at all; what Windows does from 2 GiB on is undocumented, and we follow the formula.
 */
export function grantedMapRegisters(description: DeviceDescription, personality: HalPersonality): number {
  if (personality === "windows") return bytesToPages(description.maximumLength) + 1;
  const registers = bytesToPages(description.maximumLength & 0x7fff_ffff) + 1;
  const fastBus = description.interfaceType === "PCIBus" || description.interfaceType === "Eisa";
  if (description.scatterGather && fastBus) return description.master ? registers : 1;
  if (description.scatterGather && !description.master) return 1;
  return Math.min(registers, OLD_LIMIT);
}

/** R where no MDL is given: the pages that the range touches (S4-6). */
export function registersForRange(currentVa: Address, lengthBytes: number): number {
  return spanPages(currentVa, lengthBytes);
}

/**
 * R for `lengthBytes` bytes of a chain from byte `offset` on: each MDL touched adds the pages of the part used, so a
 * chain can need more than one buffer of the same length (S4-5). {@link CHAIN_TOO_SHORT} if the chain ends more than a
 * page early: the arithmetic has one page of slack, and the HAL's own is known to be the same.
 */
export function registersForOffset(chain: Mdl, offset: number, lengthBytes: number): number {
  let first = chain;
  let skip = offset;
  while (skip >= first.byteCount && first.next !== null) {
    skip -= first.byteCount;
    first = first.next;
  }
  return countSpans(first, first.byteCount - skip, first.byteOffset + skip, lengthBytes);
}

/**
 * R for `lengthBytes` bytes of a chain from CurrentVa on, in the arithmetic of versions 1 and 2: 32 bits and no range
 * test. With an address that is no part of the MDL, the result depends on its page offset only, except that a garbage
 * remainder can come out as {@link CHAIN_TOO_SHORT}.
 */
export function registersForVa(chain: Mdl, currentVa: Address, lengthBytes: number): number {
  const offset = unsigned(currentVa - mmGetMdlVirtualAddress(chain));
  return countSpans(chain, unsigned(chain.byteCount - offset), byteOffset(currentVa), lengthBytes);
}

function countSpans(first: Mdl, firstBytes: number, firstOffset: number, lengthBytes: number): number {
  let available = firstBytes;
  let mdlBytes = firstBytes;
  let inPage = firstOffset % PAGE_SIZE;
  let registers = 0;
  for (let next = first.next; available < lengthBytes && next !== null; next = next.next) {
    registers += bytesToPages(inPage + mdlBytes);
    inPage = next.byteOffset;
    mdlBytes = next.byteCount;
    available += mdlBytes;
  }
  if (available + PAGE_SIZE < lengthBytes + inPage) return CHAIN_TOO_SHORT;
  return registers + bytesToPages(inPage + lengthBytes + mdlBytes - available);
}

function unsigned(value: number): number {
  const low = value % ULONG_SIZE;
  return low < 0 ? low + ULONG_SIZE : low;
}
