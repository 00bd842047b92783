/**
 * The card's description of itself, from the same tables it decodes with.
 */
import type { CardDescription, CardIdentity, RegisterDescription } from "../ports.ts";
import { ConfigBlock } from "./config_block.ts";
import type { XdmaConfiguration } from "./options.ts";
import { alignments } from "./register_file.ts";
import {
  CHANNEL,
  CHANNEL_REGISTERS,
  COMMON_REGISTERS,
  CONFIG_REGISTERS,
  identifier,
  IRQ_REGISTERS,
  MSIX_REGISTERS,
  SGDMA_REGISTERS,
  TARGET_C2H,
  TARGET_C2H_SGDMA,
  TARGET_CONFIG,
  TARGET_H2C,
  TARGET_H2C_SGDMA,
  TARGET_IRQ,
  TARGET_SGDMA_COMMON,
} from "./registers.ts";
import type { RegisterRow } from "./registers.ts";

/** Lists every register of a card, with the values a reset leaves in it. */
export function describeXdma(
  configuration: XdmaConfiguration,
  identity: CardIdentity,
  configBar: number,
): CardDescription {
  const { h2cCount, c2hCount, link, interface: kind } = configuration;
  const registers: RegisterDescription[] = [];
  const block = (target: number, channel: number, word: string, rows: readonly RegisterRow[]): void => {
    for (const row of rows) {
      registers.push({
        bar: configBar,
        offset: (target << 12 | channel << 8) + row.offset,
        name: `${word}${row.name}`,
        access: row.access,
        reset: resetValue(configuration, target, channel, row),
      });
    }
  };
  const channels = (target: number, count: number, word: string, rows: readonly RegisterRow[]): void => {
    for (let channel = 0; channel < count; channel++) block(target, channel, `${word}${channel} `, rows);
  };
  channels(TARGET_H2C, h2cCount, "H2C", CHANNEL_REGISTERS);
  channels(TARGET_C2H, c2hCount, "C2H", CHANNEL_REGISTERS);
  block(TARGET_IRQ, 0, "", IRQ_REGISTERS);
  block(TARGET_CONFIG, 0, "", CONFIG_REGISTERS);
  channels(TARGET_H2C_SGDMA, h2cCount, "H2C", SGDMA_REGISTERS);
  channels(TARGET_C2H_SGDMA, c2hCount, "C2H", SGDMA_REGISTERS);
  block(TARGET_SGDMA_COMMON, 0, "", COMMON_REGISTERS);
  for (const { offset, name, access, reset } of MSIX_REGISTERS) {
    registers.push({ bar: configBar, offset, name, access, reset });
  }
  const name = `XDMA ${link.name} ${h2cCount} H2C + ${c2hCount} C2H AXI-${kind.toUpperCase()}`;
  return { name, identity, registers };
}

/** Identifiers and configuration words are this card's own; everything else is as the table has it. */
function resetValue(configuration: XdmaConfiguration, target: number, channel: number, row: RegisterRow): number {
  if (target === TARGET_CONFIG) return new ConfigBlock(configuration).read(row.offset);
  if (row.offset === CHANNEL.identifier) {
    const perChannel = target !== TARGET_IRQ && target !== TARGET_SGDMA_COMMON;
    return identifier(target, channel, perChannel && configuration.interface === "st");
  }
  const isChannel = target === TARGET_H2C || target === TARGET_C2H;
  return isChannel && row.offset === CHANNEL.alignments ? alignments(configuration, target, 0) : row.reset;
}
