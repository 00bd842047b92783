/**
 * An XDMA engine that remembers what it was given, so that a fault on the bus can be told from its address: whose
 * transfer it hit, and where in the file.
 */
import type { HostPieces } from "../device/device.ts";
import { RecoverableChannel } from "../device/recoverable_channel.ts";
import type { Address } from "../../sim/units.ts";

interface Prepared {
  readonly pieces: HostPieces;
  readonly cardAddress: Address;
}

/** Hears that an engine is about to be started. */
export type StartListener = (channel: ToldChannel) => void;

/** A channel that can be given up and asked what it works on. */
export class ToldChannel extends RecoverableChannel {
  /** Runs before each doorbell. */
  onStart: StartListener | null = null;
  readonly #prepared: Prepared[] = [];
  #started: Prepared | null = null;

  /** Its bit in the registers of the common descriptor block: H2C at 3:0, C2H at 19:16 (PG195). */
  get fetchBit(): number {
    const number = Number(this.name.slice(this.direction.length));
    return 1 << (this.direction === "h2c" ? number : 16 + number);
  }

  /** Where on the card the transfer that was started last begins, and how many bytes it has. */
  get onCard(): { readonly cardAddress: Address; readonly lengthBytes: number } {
    if (this.#started === null) return { cardAddress: 0, lengthBytes: 0 };
    const { pieces: { numberOfElements, lengths }, cardAddress } = this.#started;
    let lengthBytes = 0;
    for (let element = 0; element < numberOfElements; element++) lengthBytes += lengths[element]!;
    return { cardAddress, lengthBytes };
  }

  override prepare(slot: number, pieces: HostPieces, cardAddress: number): void {
    this.#prepared[slot] = { pieces, cardAddress };
    super.prepare(slot, pieces, cardAddress);
  }

  override start(slot: number): void {
    this.#started = this.#prepared[slot] ?? null;
    this.onStart?.(this);
    super.start(slot);
  }

  /** The card address that belongs to a bus address of the transfer that the engine owns now; -1 if it is not its. */
  cardAddressOf(busAddress: Address): Address | -1 {
    if (this.#started === null || !this.life.has("mayTouchMemory")) return -1;
    const { pieces: { numberOfElements, addresses, lengths }, cardAddress } = this.#started;
    let at = cardAddress;
    for (let element = 0; element < numberOfElements; element++) {
      const inPiece = busAddress - addresses[element]!;
      if (inPiece >= 0 && inPiece < lengths[element]!) return at + inPiece;
      at += lengths[element]!;
    }
    return -1;
  }
}
