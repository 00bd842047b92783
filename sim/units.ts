/**
 * Checked constructors for the two quantities that everything else is made of: virtual nanoseconds and addresses.
 *
 * Both are plain `number`s below 2^53. A `number` keeps hot paths free of BigInt; the constructors are called where
 * values enter the world (options, allocations, register pairs), not on every addition.
 */

/** A point in virtual time or a duration, in nanoseconds: a safe integer, never negative. */
export type Nanoseconds = number;

/** A physical, logical (bus) or virtual address in bytes: a safe integer, never negative. */
export type Address = number;

/** Bytes in one page of host memory (PAGE_SIZE on x86, x64 and ARM64 Windows). */
export const PAGE_SIZE = 4096;

/** log2 of {@link PAGE_SIZE}. */
export const PAGE_SHIFT = 12;

/** Bytes in one large page (2 MiB, S1-31). */
export const LARGE_PAGE_SIZE = 0x20_0000;

const TWO_32 = 0x1_0000_0000;

/**
 * A checked duration or time.
 *
 * @throws {RangeError} if `value` is not a safe integer of at least 0.
 */
export function nanoseconds(value: number, name = "duration"): Nanoseconds {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected whole nanoseconds from 0 to 2^53 - 1`);
  }
  return value;
}

/**
 * A checked address.
 *
 * @throws {RangeError} if `value` is not a safe integer of at least 0.
 */
export function address(value: number, name = "address"): Address {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected an integer from 0 to 2^53 - 1`);
  }
  return value;
}

/** The address that two 32-bit halves spell. Bits above 2^53 cannot exist in this world and are reported as -1. */
export function addressFromHalves(low: number, high: number): Address | -1 {
  const value = (high >>> 0) * TWO_32 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : -1;
}

/** Bits 31:0 of an address, as an unsigned number. */
export function lowHalf(value: Address): number {
  // The same as value % 2^32, without a division of doubles.
  return value >>> 0;
}

/** Bits 63:32 of an address, as an unsigned number. */
export function highHalf(value: Address): number {
  return Math.floor(value / TWO_32);
}

/** BYTE_OFFSET(va): the place of an address inside its page. */
export function byteOffset(va: Address): number {
  return va & (PAGE_SIZE - 1);
}

/** BYTES_TO_PAGES(n): how many pages hold `bytes` bytes that start on a page boundary. */
export function bytesToPages(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE);
}

/** ADDRESS_AND_SIZE_TO_SPAN_PAGES(va, length): how many pages a range touches (S4-6). */
export function spanPages(va: Address, lengthBytes: number): number {
  return Math.ceil((byteOffset(va) + lengthBytes) / PAGE_SIZE);
}
