/**
 * The MSI-X table and its pending bits (PCI base specification; PG195 puts them at 0x8000 and 0x8FE0 of the DMA BAR).
 * Normally the operating system's bus driver owns this region; {@link enableMsix} does its part.
 */
import type { Card } from "../ports.ts";
import { MSIX_ENTRIES, MSIX_PBA_OFFSET, MSIX_TABLE_OFFSET } from "./registers.ts";

const TABLE_WORDS = MSIX_ENTRIES * 4;
const CONTROL_WORD = 3;

/** Table and pending bits of one function. */
export class MsixTable {
  readonly #words: Uint32Array = new Uint32Array(TABLE_WORDS);
  #pending = 0;

  constructor() {
    this.reset();
  }

  /** Every vector masked, nothing pending. */
  reset(): void {
    this.#words.fill(0);
    for (let word = CONTROL_WORD; word < TABLE_WORDS; word += 4) this.#words[word] = 0xffff_ffff;
    this.#pending = 0;
  }

  /** `offset` from the start of the DMA BAR, 0x8000 to 0x8FFC. */
  read(offset: number): number {
    if (offset === MSIX_PBA_OFFSET) return this.#pending >>> 0;
    return this.#words[(offset - MSIX_TABLE_OFFSET) >> 2] ?? 0;
  }

  /** Writes a table word. Returns the vector that has to be sent because it was pending and is now unmasked, or -1. */
  write(offset: number, value: number): number {
    const word = (offset - MSIX_TABLE_OFFSET) >> 2;
    if (word >= TABLE_WORDS) return -1;
    this.#words[word] = value;
    const vector = word >> 2;
    if ((word & 3) !== CONTROL_WORD || (value & 1) !== 0 || (this.#pending & (1 << vector)) === 0) return -1;
    this.#pending &= ~(1 << vector);
    return vector;
  }

  /** A message is due: true if it may go out; otherwise it is pending until its entry is unmasked. */
  offer(vector: number): boolean {
    if ((this.#words[vector * 4 + CONTROL_WORD]! & 1) === 0) return true;
    this.#pending |= 1 << vector;
    return false;
  }
}

/**
 * What an operating system's bus driver does when it grants a driver its MSI-X vectors: writes address, data and an
 * open mask into the first `vectorCount` entries of the table. After reset every entry is masked, and a driver that is
 * granted nothing hears nothing.
 */
export function enableMsix(card: Card, vectorCount: number = card.probe().msixTableSize): void {
  const config = card.probe().bars.find((bar) => bar.purpose === "config");
  if (config === undefined) return;
  for (let entry = 0; entry < Math.min(vectorCount, MSIX_ENTRIES); entry++) {
    const offset = MSIX_TABLE_OFFSET + entry * 16;
    card.write32(config.index, offset, 0xfee0_0000);
    card.write32(config.index, offset + 4, 0);
    card.write32(config.index, offset + 8, 0x40 + entry);
    card.write32(config.index, offset + 12, 0);
  }
}
