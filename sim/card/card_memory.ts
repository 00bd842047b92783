/**
 * The memory on the card, as its AXI interconnect shows it (AXI-MM): from address 0 up to a given size, in chunks that
 * come into being when first written. Beyond its end nobody answers (decode error); marked regions answer with an
 * error.
 */
import { address } from "../units.ts";
import type { Address } from "../units.ts";

/** How an AXI access ends: 0 OKAY; 1 DECERR, nobody answers; 2 SLVERR, the slave says no. */
export type AxiStatus = 0 | 1 | 2;

/** Bytes in one chunk of card memory. */
export const CHUNK_BYTES = 0x1_0000;

const CHUNK_MASK = CHUNK_BYTES - 1;
const BLANK: Uint8Array = new Uint8Array(CHUNK_BYTES);

/** Sparse byte-addressed memory. */
export class CardMemory {
  /** Bytes from AXI address 0. */
  readonly sizeBytes: number;
  readonly #chunks: (Uint8Array | undefined)[];
  #allocatedBytes = 0;
  #faults: { readonly from: Address; readonly to: Address; readonly status: AxiStatus }[] = [];

  /**
   * Memory that reads as zeros.
   *
   * @throws {RangeError} if `sizeBytes` is not a positive multiple of 64 KiB up to 2^40.
   */
  constructor(sizeBytes: number) {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes % CHUNK_BYTES !== 0 || sizeBytes > 2 ** 40) {
      throw new RangeError(`Cannot use ${sizeBytes} as cardMemoryBytes: expected a multiple of 65536 up to 2^40`);
    }
    this.sizeBytes = sizeBytes;
    this.#chunks = [];
  }

  /** Bytes that really exist so far. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** What an access of `lengthBytes` (at least 1) at `axiAddress` ends with. */
  check(axiAddress: Address, lengthBytes: number): AxiStatus {
    if (axiAddress < 0 || axiAddress + lengthBytes > this.sizeBytes) return 1;
    return this.#faults.length === 0 ? 0 : this.#faultAt(axiAddress, lengthBytes);
  }

  /** The chunk that holds `axiAddress`, for writing. The place inside is {@link offsetInChunk}. */
  chunkForWrite(axiAddress: Address): Uint8Array {
    const index = Math.floor(axiAddress / CHUNK_BYTES);
    const chunk = this.#chunks[index];
    return chunk === undefined ? this.#allocate(index) : chunk;
  }

  /** The chunk that holds `axiAddress`, for reading only: memory never written reads as zeros. */
  chunkForRead(axiAddress: Address): Uint8Array {
    return this.#chunks[Math.floor(axiAddress / CHUNK_BYTES)] ?? BLANK;
  }

  /** Makes a region answer with an error. Status 0 takes every mark inside the region away. */
  setFault(axiAddress: Address, lengthBytes: number, status: AxiStatus): void {
    const from = address(axiAddress, "AXI address");
    const to = from + lengthBytes;
    if (status === 0) this.#faults = this.#faults.filter((fault) => fault.to <= from || fault.from >= to);
    else this.#faults.push({ from, to, status });
  }

  /**
   * A copy of what lies there. For tests and viewers: the driver reads card memory by DMA.
   *
   * @throws {RangeError} beyond the end.
   */
  read(axiAddress: Address, lengthBytes: number): Uint8Array {
    this.#mustHold(axiAddress, lengthBytes);
    const copy = new Uint8Array(lengthBytes);
    for (let done = 0; done < lengthBytes;) {
      const offset = offsetInChunk(axiAddress + done);
      const count = Math.min(lengthBytes - done, CHUNK_BYTES - offset);
      copy.set(this.chunkForRead(axiAddress + done).subarray(offset, offset + count), done);
      done += count;
    }
    return copy;
  }

  /**
   * Puts bytes there. For tests and viewers.
   *
   * @throws {RangeError} beyond the end.
   */
  write(axiAddress: Address, bytes: Uint8Array): void {
    this.#mustHold(axiAddress, bytes.length);
    for (let done = 0; done < bytes.length;) {
      const offset = offsetInChunk(axiAddress + done);
      const count = Math.min(bytes.length - done, CHUNK_BYTES - offset);
      this.chunkForWrite(axiAddress + done).set(bytes.subarray(done, done + count), offset);
      done += count;
    }
  }

  /** All zeros again, as after power-up. Marked regions stay marked. */
  clear(): void {
    this.#chunks.length = 0;
    this.#allocatedBytes = 0;
  }

  #allocate(index: number): Uint8Array {
    const chunk = new Uint8Array(CHUNK_BYTES);
    this.#chunks[index] = chunk;
    this.#allocatedBytes += CHUNK_BYTES;
    return chunk;
  }

  #faultAt(axiAddress: Address, lengthBytes: number): AxiStatus {
    for (const fault of this.#faults) {
      if (axiAddress < fault.to && axiAddress + lengthBytes > fault.from) return fault.status;
    }
    return 0;
  }

  #mustHold(axiAddress: Address, lengthBytes: number): void {
    if (address(axiAddress, "AXI address") + lengthBytes > this.sizeBytes) {
      throw new RangeError(`Cannot reach ${lengthBytes} bytes at ${axiAddress}: card memory ends at ${this.sizeBytes}`);
    }
  }
}

/** The place of an AXI address inside its chunk. */
export function offsetInChunk(axiAddress: Address): number {
  return axiAddress & CHUNK_MASK;
}
