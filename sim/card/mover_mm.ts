/**
 * Memory-mapped movers (AXI-MM): between host memory and card memory, straight, without a second copy.
 *
 * In fixed-address mode (Control bit 25) the card's address does not advance: every beat of the datapath goes to, or
 * comes from, the same place, as with a FIFO behind one address.
 */
import { BUS_OK, BUS_UNSUPPORTED_REQUEST } from "../ports.ts";
import type { BusStatus } from "../ports.ts";
import { addressFromHalves } from "../units.ts";
import { CHUNK_BYTES, offsetInChunk } from "./card_memory.ts";
import type { CardMemory } from "./card_memory.ts";
import { WORD_DESTINATION, WORD_SOURCE } from "./descriptor.ts";
import type { ChannelFault } from "./faults.ts";
import { toPageEnd } from "./mover.ts";
import type { Mover, MoverWiring } from "./mover.ts";
import {
  CONTROL_NON_INCREMENTING,
  STATUS_ALIGN_MISMATCH,
  STATUS_READ_ERROR_SHIFT,
  STATUS_WRITE_ERROR_SHIFT,
} from "./registers.ts";

/** The Status bit of a failed H2C data read: bits 13:9 stand in the order of the completion statuses. */
export function hostReadErrorBit(status: BusStatus): number {
  return 1 << (STATUS_READ_ERROR_SHIFT + status - 1);
}

/** The fault that befalls a host data read, or what the host itself answered. */
export function withDataFault(wiring: MoverWiring, status: BusStatus): BusStatus {
  const { faults, engineIndex } = wiring;
  for (let index = 0; index < DATA_FAULTS.length; index++) {
    const { fault, as } = DATA_FAULTS[index]!;
    if (faults.take(fault, engineIndex) >= 0) return as;
  }
  return status;
}

const DATA_FAULTS: readonly { readonly fault: ChannelFault; readonly as: BusStatus }[] = [
  { fault: "parityData", as: 3 },
  { fault: "poisonedData", as: 4 },
  { fault: "strayData", as: 5 },
];

// Shared by all movers: never holds anything across a call.
const SCRATCH: Uint8Array = new Uint8Array(4096);

abstract class MemoryMover implements Mover {
  remainingBytes = 0;
  readonly blocked = false;
  readonly partialBytes = 0;
  protected readonly wiring: MoverWiring;
  protected readonly cardMemory: CardMemory;
  protected hostAddress = 0;
  protected cardAddress = 0;
  protected fixedAddress = false;

  constructor(wiring: MoverWiring) {
    this.wiring = wiring;
    this.cardMemory = wiring.cardMemory;
  }

  pieceBytes(): number {
    const room = toPageEnd(this.hostAddress);
    return this.remainingBytes < room ? this.remainingBytes : room;
  }

  finish(): void {}

  abstract begin(words: Uint32Array, at: number, lengthBytes: number, control: number): number;
  abstract move(lengthBytes: number): number;
  abstract moveLater(lengthBytes: number): () => void;

  /** Fixed-address mode wants both addresses and the length in whole beats; otherwise every byte alignment is legal. */
  protected accept(lengthBytes: number, control: number): number {
    this.remainingBytes = lengthBytes;
    this.fixedAddress = (control & CONTROL_NON_INCREMENTING) !== 0;
    if (!this.fixedAddress) return 0;
    const beat = this.wiring.datapathBytes - 1;
    return ((this.hostAddress | this.cardAddress | lengthBytes) & beat) === 0 ? 0 : STATUS_ALIGN_MISMATCH;
  }

  protected advance(lengthBytes: number): void {
    this.remainingBytes -= lengthBytes;
    this.hostAddress += lengthBytes;
    if (!this.fixedAddress) this.cardAddress += lengthBytes;
  }
}

/** Host to card. */
export class MemoryMoverH2C extends MemoryMover {
  override begin(words: Uint32Array, at: number, lengthBytes: number, control: number): number {
    this.hostAddress = addressFromHalves(words[at + WORD_SOURCE]!, words[at + WORD_SOURCE + 1]!);
    this.cardAddress = addressFromHalves(words[at + WORD_DESTINATION]!, words[at + WORD_DESTINATION + 1]!);
    return this.accept(lengthBytes, control);
  }

  override move(lengthBytes: number): number {
    const hostAddress = this.hostAddress;
    const cardAddress = this.cardAddress;
    this.advance(lengthBytes);
    return this.#copy(hostAddress, cardAddress, lengthBytes);
  }

  override moveLater(lengthBytes: number): () => void {
    const hostAddress = this.hostAddress;
    const cardAddress = this.cardAddress;
    this.advance(lengthBytes);
    return () => void this.#copy(hostAddress, cardAddress, lengthBytes);
  }

  #copy(hostAddress: number, cardAddress: number, lengthBytes: number): number {
    const { memory, faults } = this.wiring;
    const axiBytes = this.fixedAddress ? this.wiring.datapathBytes : lengthBytes;
    const axi = this.cardMemory.check(cardAddress, axiBytes);
    const offset = offsetInChunk(cardAddress);
    // 1. Read the host. What cannot be written straight to one chunk goes through the scratch page.
    const straight = axi === 0 && !this.fixedAddress && offset + lengthBytes <= CHUNK_BYTES;
    let status: BusStatus = BUS_UNSUPPORTED_REQUEST;
    if (hostAddress >= 0) {
      status = straight
        ? memory.read(hostAddress, this.cardMemory.chunkForWrite(cardAddress), offset, lengthBytes)
        : memory.read(hostAddress, SCRATCH, 0, lengthBytes);
    }
    if (faults.any) status = withDataFault(this.wiring, status);
    if (status !== BUS_OK) return hostReadErrorBit(status);
    // 2. Write the card: decode error is bit 14, slave error bit 15.
    if (axi !== 0) return 1 << (STATUS_WRITE_ERROR_SHIFT + axi - 1);
    if (!straight) {
      const from = this.fixedAddress ? lengthBytes - axiBytes : 0;
      this.cardMemory.write(cardAddress, SCRATCH.subarray(from, lengthBytes));
    }
    return 0;
  }
}

/** Card to host. */
export class MemoryMoverC2H extends MemoryMover {
  override begin(words: Uint32Array, at: number, lengthBytes: number, control: number): number {
    this.cardAddress = addressFromHalves(words[at + WORD_SOURCE]!, words[at + WORD_SOURCE + 1]!);
    this.hostAddress = addressFromHalves(words[at + WORD_DESTINATION]!, words[at + WORD_DESTINATION + 1]!);
    return this.accept(lengthBytes, control);
  }

  override move(lengthBytes: number): number {
    const hostAddress = this.hostAddress;
    const cardAddress = this.cardAddress;
    this.advance(lengthBytes);
    const axiBytes = this.fixedAddress ? this.wiring.datapathBytes : lengthBytes;
    // 1. Read the card: decode error is bit 9, slave error bit 10.
    const axi = this.cardMemory.check(cardAddress, axiBytes);
    if (axi !== 0) return 1 << (STATUS_READ_ERROR_SHIFT + axi - 1);
    // 2. Write the host. Posted: the status is the host's business, hardware never learns of it.
    if (hostAddress < 0) return 0;
    const offset = offsetInChunk(cardAddress);
    if (!this.fixedAddress && offset + lengthBytes <= CHUNK_BYTES) {
      this.wiring.memory.write(hostAddress, this.cardMemory.chunkForRead(cardAddress), offset, lengthBytes);
    } else {
      this.wiring.memory.write(hostAddress, this.#gather(cardAddress, lengthBytes, axiBytes), 0, lengthBytes);
    }
    return 0;
  }

  override moveLater(lengthBytes: number): () => void {
    const { memory } = this.wiring;
    const hostAddress = this.hostAddress;
    const bytes = this.cardMemory.check(this.cardAddress, lengthBytes) === 0
      ? this.cardMemory.read(this.cardAddress, lengthBytes)
      : new Uint8Array(lengthBytes);
    this.advance(lengthBytes);
    return () => {
      if (hostAddress >= 0) memory.write(hostAddress, bytes, 0, lengthBytes);
    };
  }

  #gather(cardAddress: number, lengthBytes: number, axiBytes: number): Uint8Array {
    const beat = this.cardMemory.read(cardAddress, axiBytes);
    for (let done = 0; done < lengthBytes; done += axiBytes) SCRATCH.set(beat, done);
    return SCRATCH;
  }
}
