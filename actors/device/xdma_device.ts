/**
 * The driver's part of a whole XDMA card: find the register space, count the channels, route their interrupts.
 *
 * ```text
 * 1 the first BAR that shows the IRQ and config identifiers at 0x2000 and 0x3000 is the register space
 * 2 channels are counted by their identifiers and end at the first that is missing
 * 3 every channel gets the vector of its own number: H2C first, C2H right behind them (packed)
 * 4 channel interrupts are enabled last
 * ```
 * Source: PG195, register space; what the vendor's drivers do at probe.
 */
import { IDENTIFIER_PREFIX, IRQ, TARGET_C2H, TARGET_CONFIG, TARGET_H2C, TARGET_IRQ } from "../../sim/card/registers.ts";
import type { Card } from "../../sim/ports.ts";
import type { Direction } from "./device.ts";

/** What probing found. */
export interface XdmaProbe {
  /** The BAR with the register space. */
  readonly bar: number;
  /** H2C channels. */
  readonly h2cCount: number;
  /** C2H channels. */
  readonly c2hCount: number;
  /** The engines stand before streams (AXI-ST) instead of memory. */
  readonly streaming: boolean;
}

const CHANNELS_MAX = 4;
const IRQ_BASE = TARGET_IRQ << 12;
const STREAM_BIT = 0x8000;

/** Finds the register space and counts the channels; null if this is no XDMA card (or it does not answer). */
export function probeXdma(card: Card): XdmaProbe | null {
  const bar = card.probe().bars.find(({ index, sizeBytes }) =>
    sizeBytes >= 0x8000 && isBlock(card.read32(index, TARGET_IRQ << 12), TARGET_IRQ) &&
    isBlock(card.read32(index, TARGET_CONFIG << 12), TARGET_CONFIG)
  );
  if (bar === undefined) return null;
  const h2cCount = countChannels(card, bar.index, TARGET_H2C);
  const c2hCount = countChannels(card, bar.index, TARGET_C2H);
  const first = card.read32(bar.index, (h2cCount > 0 ? TARGET_H2C : TARGET_C2H) << 12);
  return { bar: bar.index, h2cCount, c2hCount, streaming: (first & STREAM_BIT) !== 0 };
}

/** Gives every channel the vector of its own number and enables the channels' interrupts. */
export function routeInterrupts(card: Card, { bar, h2cCount, c2hCount }: XdmaProbe): void {
  for (let word = 0; word < 2; word++) {
    let vectors = 0;
    for (let byte = 0; byte < 4; byte++) vectors |= (word * 4 + byte) << (byte * 8);
    card.write32(bar, IRQ_BASE + IRQ.channelVectors + word * 4, vectors >>> 0);
  }
  card.write32(bar, IRQ_BASE + IRQ.channelMaskW1S, (1 << (h2cCount + c2hCount)) - 1);
}

/** The channels of a card in packed order, as `[direction, number]`. */
export function packedChannels({ h2cCount, c2hCount }: XdmaProbe): readonly (readonly [Direction, number])[] {
  const h2c = Array.from({ length: h2cCount }, (_, number) => ["h2c", number] as const);
  const c2h = Array.from({ length: c2hCount }, (_, number) => ["c2h", number] as const);
  return [...h2c, ...c2h];
}

function isBlock(identifier: number, target: number): boolean {
  return (identifier >>> 16) === ((IDENTIFIER_PREFIX << 4) | target);
}

function countChannels(card: Card, bar: number, target: number): number {
  let count = 0;
  while (count < CHANNELS_MAX) {
    const identifier = card.read32(bar, (target << 12) | (count << 8));
    if (!isBlock(identifier, target) || ((identifier >>> 8) & 0xf) !== count) break;
    count++;
  }
  return count;
}
