/**
 * The BARs beside the registers: user (AXI4-Lite, here plain words) and bypass (a window straight to card memory).
 * What nobody answers for reads as ones.
 */
import type { CardMemory } from "./card_memory.ts";

const ALL_ONES = 0xffff_ffff;

/** User logic behind the user BAR: as many words as the BAR has, zero after power-up. */
export class UserBar {
  readonly #words: Uint32Array;

  constructor(sizeBytes: number) {
    this.#words = new Uint32Array(sizeBytes / 4);
  }

  /** A word. */
  read(offset: number): number {
    return this.#words[offset >> 2] ?? ALL_ONES;
  }

  /** A word. */
  write(offset: number, value: number): void {
    this.#words[offset >> 2] = value;
  }

  /** Zeros again. */
  clear(): void {
    this.#words.fill(0);
  }
}

/** Card memory from AXI address 0, as wide as the BAR. */
export class BypassBar {
  readonly #cardMemory: CardMemory;
  readonly #word: DataView = new DataView(new ArrayBuffer(4));

  constructor(cardMemory: CardMemory) {
    this.#cardMemory = cardMemory;
  }

  /** A word. */
  read(offset: number): number {
    if (this.#cardMemory.check(offset, 4) !== 0) return ALL_ONES;
    return new DataView(this.#cardMemory.read(offset, 4).buffer).getUint32(0, true);
  }

  /** A word. Writes that nobody takes are lost. */
  write(offset: number, value: number): void {
    if (this.#cardMemory.check(offset, 4) !== 0) return;
    this.#word.setUint32(0, value, true);
    this.#cardMemory.write(offset, new Uint8Array(this.#word.buffer));
  }
}
