/**
 * What carries one descriptor's bytes. An engine has one mover for its life: memory-mapped or stream, H2C or C2H.
 */
import type { HostMemoryPort } from "../ports.ts";
import type { CardMemory } from "./card_memory.ts";
import type { Faults } from "./faults.ts";

/** Moves the bytes of one descriptor after another. */
export interface Mover {
  /** Bytes of the current descriptor not moved yet. */
  readonly remainingBytes: number;
  /** True if the current descriptor waits for the stream: nothing to receive, or no room to send. */
  readonly blocked: boolean;
  /** Bytes of the current descriptor that a stream has brought; 0 for every other kind. */
  readonly partialBytes: number;
  /**
   * Takes the descriptor whose words begin at `at`. Returns 0, or the Status bit that forbids it.
   * `control` is the channel's Control register.
   */
  begin(words: Uint32Array, at: number, lengthBytes: number, control: number): number;
  /** Bytes of the next piece: never across a 4 KiB boundary of host memory. 0 if done or blocked. */
  pieceBytes(): number;
  /** Moves the next piece. Returns 0, or the Status bit of what went wrong. */
  move(lengthBytes: number): number;
  /** The same, but the bytes move only when the returned function is called: for the fault that reports too early. */
  moveLater(lengthBytes: number): () => void;
  /** The descriptor is done, or closed early: writes the stream result if there is one to write. */
  finish(): void;
}

/** What movers work with. */
export interface MoverWiring {
  readonly memory: HostMemoryPort;
  readonly cardMemory: CardMemory;
  readonly faults: Faults;
  /** Index over all engines of the card, as in the IRQ block. */
  readonly engineIndex: number;
  readonly datapathBytes: number;
}

/** Bytes from `busAddress` to the end of its 4 KiB page: no PCI Express request may cross it. */
export function toPageEnd(busAddress: number): number {
  return 4096 - (busAddress & 4095);
}
