/**
 * The register map of the DMA BAR (PG195, "Register Space"): which word is where, how it may be accessed and what it is
 * after reset. The card decodes with these tables and describes itself with them.
 *
 * Address inside the BAR: bits 31:16 ignored, 15:12 target, 11:8 channel, 7:0 byte offset.
 */

/** How a register may be used. */
export type Access = "RO" | "RW" | "RW1C" | "RC" | "W1S" | "W1C" | "WO";

/** One row of a block's table. */
export interface RegisterRow {
  /** Bytes from the start of its block. */
  readonly offset: number;
  /** As PG195 has it. */
  readonly name: string;
  /** How it reads and writes. */
  readonly access: Access;
  /** Value after reset; for identifiers and configuration words the card puts its own value instead. */
  readonly reset: number;
}

/** Targets: bits 15:12 of the address. */
export const TARGET_H2C = 0x0;
/** C2H channels. */
export const TARGET_C2H = 0x1;
/** Interrupts. */
export const TARGET_IRQ = 0x2;
/** Configuration. */
export const TARGET_CONFIG = 0x3;
/** Descriptor registers of the H2C channels. */
export const TARGET_H2C_SGDMA = 0x4;
/** Descriptor registers of the C2H channels. */
export const TARGET_C2H_SGDMA = 0x5;
/** Descriptor registers all channels share. */
export const TARGET_SGDMA_COMMON = 0x6;
/** MSI-X table and pending bits. */
export const TARGET_MSIX = 0x8;

/** Bits 31:20 of every identifier; bits 19:16 are the target. */
export const IDENTIFIER_PREFIX = 0x1fc;
/** Bit 15 of a channel's identifiers: AXI4-Stream. */
export const IDENTIFIER_STREAM: number = 1 << 15;
/** Bits 7:0 of every identifier: the IP from 2017.1 on. */
export const IDENTIFIER_VERSION = 0x06;

/** Identifier of a block: prefix, target, stream bit, channel, version. */
export function identifier(target: number, channel: number, stream: boolean): number {
  const streamBit = stream ? IDENTIFIER_STREAM : 0;
  return ((IDENTIFIER_PREFIX << 20) | (target << 16) | streamBit | (channel << 8) | IDENTIFIER_VERSION) >>> 0;
}

// Channel registers (targets 0 and 1) ------------------------------------------------------------------------------

/** Offsets inside a channel's block. */
export const CHANNEL = {
  identifier: 0x00,
  control: 0x04,
  controlW1S: 0x08,
  controlW1C: 0x0c,
  status: 0x40,
  statusRC: 0x44,
  completedCount: 0x48,
  alignments: 0x4c,
  writebackLow: 0x88,
  writebackHigh: 0x8c,
  interruptMask: 0x90,
  interruptMaskW1S: 0x94,
  interruptMaskW1C: 0x98,
  perfControl: 0xc0,
  perfCyclesLow: 0xc4,
  perfCyclesHigh: 0xc8,
  perfDataLow: 0xcc,
  perfDataHigh: 0xd0,
  perfPendingLow: 0xd4,
  perfPendingHigh: 0xd8,
} as const;

/** Registers of one channel. */
export const CHANNEL_REGISTERS: readonly RegisterRow[] = [
  { offset: CHANNEL.identifier, name: "Identifier", access: "RO", reset: 0 },
  { offset: CHANNEL.control, name: "Control", access: "RW", reset: 0 },
  { offset: CHANNEL.controlW1S, name: "Control W1S", access: "W1S", reset: 0 },
  { offset: CHANNEL.controlW1C, name: "Control W1C", access: "W1C", reset: 0 },
  { offset: CHANNEL.status, name: "Status", access: "RW1C", reset: 0 },
  { offset: CHANNEL.statusRC, name: "Status (read clears)", access: "RC", reset: 0 },
  { offset: CHANNEL.completedCount, name: "Completed Descriptor Count", access: "RO", reset: 0 },
  { offset: CHANNEL.alignments, name: "Alignments", access: "RO", reset: 0 },
  { offset: CHANNEL.writebackLow, name: "Poll Mode Write Back Address Low", access: "RW", reset: 0 },
  { offset: CHANNEL.writebackHigh, name: "Poll Mode Write Back Address High", access: "RW", reset: 0 },
  { offset: CHANNEL.interruptMask, name: "Interrupt Enable Mask", access: "RW", reset: 0 },
  { offset: CHANNEL.interruptMaskW1S, name: "Interrupt Enable Mask W1S", access: "W1S", reset: 0 },
  { offset: CHANNEL.interruptMaskW1C, name: "Interrupt Enable Mask W1C", access: "W1C", reset: 0 },
  { offset: CHANNEL.perfControl, name: "Performance Monitor Control", access: "RW", reset: 0 },
  { offset: CHANNEL.perfCyclesLow, name: "Performance Cycle Count Low", access: "RO", reset: 0 },
  { offset: CHANNEL.perfCyclesHigh, name: "Performance Cycle Count High", access: "RO", reset: 0 },
  { offset: CHANNEL.perfDataLow, name: "Performance Data Count Low", access: "RO", reset: 0 },
  { offset: CHANNEL.perfDataHigh, name: "Performance Data Count High", access: "RO", reset: 0 },
  // Not in PG195, but drivers read them; they are always 0 here.
  { offset: CHANNEL.perfPendingLow, name: "Performance Pending Count Low", access: "RO", reset: 0 },
  { offset: CHANNEL.perfPendingHigh, name: "Performance Pending Count High", access: "RO", reset: 0 },
];

/** Control: start (1), or stop after the current descriptor (0). */
export const CONTROL_RUN: number = 1 << 0;
/** Control: log descriptor_stopped. The ie bits stand where the status bits stand. */
export const CONTROL_IE_DESCRIPTOR_STOPPED: number = 1 << 1;
/** Control: the AXI address does not advance. */
export const CONTROL_NON_INCREMENTING: number = 1 << 25;
/** Control: write back the completed count. */
export const CONTROL_POLLMODE_WB: number = 1 << 26;
/** Control: no results for C2H stream descriptors. */
export const CONTROL_NO_STREAM_WB: number = 1 << 27;
/** Control: bits that exist. Bits 31:28 do not. */
export const CONTROL_BITS = 0x0fff_ffff;

/** Status: the engine is not idle. */
export const STATUS_BUSY: number = 1 << 0;
/** Status: finished a descriptor with Stop. */
export const STATUS_DESCRIPTOR_STOPPED: number = 1 << 1;
/** Status: finished a descriptor with Completed. */
export const STATUS_DESCRIPTOR_COMPLETED: number = 1 << 2;
/** Status: alignment wrong in fixed-address mode. */
export const STATUS_ALIGN_MISMATCH: number = 1 << 3;
/** Status: a descriptor's magic was wrong. */
export const STATUS_MAGIC_STOPPED: number = 1 << 4;
/** Status: a descriptor's length was wrong. */
export const STATUS_INVALID_LENGTH: number = 1 << 5;
/** Status: came to rest after Run was cleared. */
export const STATUS_IDLE_STOPPED: number = 1 << 6;
/** Status: first bit of the read_error group. H2C: UR, CA, parity, EP, UC. C2H: decode error, slave error. */
export const STATUS_READ_ERROR_SHIFT = 9;
/** Status: first bit of the write_error group (H2C): decode error, slave error. */
export const STATUS_WRITE_ERROR_SHIFT = 14;
/** Status: first bit of the descr_error group: UR, CA, parity, EP, UC. */
export const STATUS_DESCR_ERROR_SHIFT = 19;
/** Status: bits that can be logged, 23:1. */
export const STATUS_LOGGED_BITS = 0x00ff_fffe;
/** Status: bits that mean an error: 3, 4, 5, 9–13, 14–18, 19–23. */
export const STATUS_ERROR_BITS = 0x00ff_fe38;

// IRQ block (target 2) ---------------------------------------------------------------------------------------------

/** Offsets inside the IRQ block. */
export const IRQ = {
  identifier: 0x00,
  userMask: 0x04,
  userMaskW1S: 0x08,
  userMaskW1C: 0x0c,
  channelMask: 0x10,
  channelMaskW1S: 0x14,
  channelMaskW1C: 0x18,
  userRequest: 0x40,
  channelRequest: 0x44,
  userPending: 0x48,
  channelPending: 0x4c,
  userVectors: 0x80,
  channelVectors: 0xa0,
} as const;

/** Registers of the IRQ block. */
export const IRQ_REGISTERS: readonly RegisterRow[] = [
  { offset: IRQ.identifier, name: "IRQ Block Identifier", access: "RO", reset: 0 },
  { offset: IRQ.userMask, name: "User Interrupt Enable Mask", access: "RW", reset: 0 },
  { offset: IRQ.userMaskW1S, name: "User Interrupt Enable Mask W1S", access: "W1S", reset: 0 },
  { offset: IRQ.userMaskW1C, name: "User Interrupt Enable Mask W1C", access: "W1C", reset: 0 },
  { offset: IRQ.channelMask, name: "Channel Interrupt Enable Mask", access: "RW", reset: 0 },
  { offset: IRQ.channelMaskW1S, name: "Channel Interrupt Enable Mask W1S", access: "W1S", reset: 0 },
  { offset: IRQ.channelMaskW1C, name: "Channel Interrupt Enable Mask W1C", access: "W1C", reset: 0 },
  { offset: IRQ.userRequest, name: "User Interrupt Request", access: "RO", reset: 0 },
  { offset: IRQ.channelRequest, name: "Channel Interrupt Request", access: "RO", reset: 0 },
  { offset: IRQ.userPending, name: "User Interrupt Pending", access: "RO", reset: 0 },
  { offset: IRQ.channelPending, name: "Channel Interrupt Pending", access: "RO", reset: 0 },
  { offset: IRQ.userVectors, name: "User Vector Number 3:0", access: "RW", reset: 0 },
  { offset: IRQ.userVectors + 4, name: "User Vector Number 7:4", access: "RW", reset: 0 },
  { offset: IRQ.userVectors + 8, name: "User Vector Number 11:8", access: "RW", reset: 0 },
  { offset: IRQ.userVectors + 12, name: "User Vector Number 15:12", access: "RW", reset: 0 },
  { offset: IRQ.channelVectors, name: "Channel Vector Number 3:0", access: "RW", reset: 0 },
  { offset: IRQ.channelVectors + 4, name: "Channel Vector Number 7:4", access: "RW", reset: 0 },
];

// Config block (target 3) ------------------------------------------------------------------------------------------

/** Offsets inside the config block. */
export const CONFIG = {
  identifier: 0x00,
  busDevice: 0x04,
  maxPayload: 0x08,
  maxReadRequest: 0x0c,
  systemId: 0x10,
  msiEnable: 0x14,
  dataWidth: 0x18,
  pcieControl: 0x1c,
  userMaxPayload: 0x40,
  userMaxReadRequest: 0x44,
  writeFlushTimeout: 0x60,
} as const;

/** Registers of the config block. */
export const CONFIG_REGISTERS: readonly RegisterRow[] = [
  { offset: CONFIG.identifier, name: "Config Block Identifier", access: "RO", reset: 0 },
  { offset: CONFIG.busDevice, name: "Config Block BusDev", access: "RO", reset: 0 },
  { offset: CONFIG.maxPayload, name: "PCIe Max Payload Size", access: "RO", reset: 0 },
  { offset: CONFIG.maxReadRequest, name: "PCIe Max Read Request Size", access: "RO", reset: 0 },
  { offset: CONFIG.systemId, name: "System ID", access: "RO", reset: 0 },
  { offset: CONFIG.msiEnable, name: "MSI Enable", access: "RO", reset: 0 },
  { offset: CONFIG.dataWidth, name: "PCIe Data Width", access: "RO", reset: 0 },
  { offset: CONFIG.pcieControl, name: "PCIe Control", access: "RW", reset: 1 },
  { offset: CONFIG.userMaxPayload, name: "AXI User Max Payload Size", access: "RW", reset: 0 },
  { offset: CONFIG.userMaxReadRequest, name: "AXI User Max Read Request Size", access: "RW", reset: 0 },
  { offset: CONFIG.writeFlushTimeout, name: "Write Flush Timeout", access: "RW", reset: 0 },
];

// SGDMA (targets 4, 5 and 6) ---------------------------------------------------------------------------------------

/** Offsets inside a channel's descriptor block. */
export const SGDMA = { identifier: 0x00, firstLow: 0x80, firstHigh: 0x84, firstAdjacent: 0x88, credits: 0x8c } as const;

/** Descriptor registers of one channel. */
export const SGDMA_REGISTERS: readonly RegisterRow[] = [
  { offset: SGDMA.identifier, name: "SGDMA Identifier", access: "RO", reset: 0 },
  { offset: SGDMA.firstLow, name: "Descriptor Address Low", access: "RW", reset: 0 },
  { offset: SGDMA.firstHigh, name: "Descriptor Address High", access: "RW", reset: 0 },
  { offset: SGDMA.firstAdjacent, name: "Descriptor Adjacent", access: "RW", reset: 0 },
  { offset: SGDMA.credits, name: "Descriptor Credits", access: "RW", reset: 0 },
];

/** Offsets inside the common descriptor block. Bits 3:0 are the H2C channels, 19:16 the C2H channels. */
export const COMMON = {
  identifier: 0x00,
  descriptorControl: 0x10,
  descriptorControlW1S: 0x14,
  descriptorControlW1C: 0x18,
  creditMode: 0x20,
  creditModeW1S: 0x24,
  creditModeW1C: 0x28,
} as const;

/** Registers of the common descriptor block. */
export const COMMON_REGISTERS: readonly RegisterRow[] = [
  { offset: COMMON.identifier, name: "SGDMA Common Identifier", access: "RO", reset: 0 },
  { offset: COMMON.descriptorControl, name: "Descriptor Control", access: "RW", reset: 0 },
  { offset: COMMON.descriptorControlW1S, name: "Descriptor Control W1S", access: "W1S", reset: 0 },
  { offset: COMMON.descriptorControlW1C, name: "Descriptor Control W1C", access: "W1C", reset: 0 },
  { offset: COMMON.creditMode, name: "Descriptor Credit Mode Enable", access: "RW", reset: 0 },
  { offset: COMMON.creditModeW1S, name: "Descriptor Credit Mode Enable W1S", access: "W1S", reset: 0 },
  { offset: COMMON.creditModeW1C, name: "Descriptor Credit Mode Enable W1C", access: "W1C", reset: 0 },
];

/** Bits that exist in the common descriptor block's masks. */
export const COMMON_BITS = 0x000f_000f;

// MSI-X (target 8) -------------------------------------------------------------------------------------------------

/** Where the MSI-X table begins in the DMA BAR. */
export const MSIX_TABLE_OFFSET = 0x8000;
/** Where the MSI-X pending bits are in the DMA BAR. */
export const MSIX_PBA_OFFSET = 0x8fe0;
/** Entries of the MSI-X table, 16 bytes each. */
export const MSIX_ENTRIES = 32;

/** Registers of the MSI-X structures; offsets from the start of the BAR. */
export const MSIX_REGISTERS: readonly RegisterRow[] = [
  ...Array.from({ length: MSIX_ENTRIES }, (_, entry): RegisterRow[] => [
    { offset: MSIX_TABLE_OFFSET + entry * 16, name: `MSI-X ${entry} Address Low`, access: "RW", reset: 0 },
    { offset: MSIX_TABLE_OFFSET + entry * 16 + 4, name: `MSI-X ${entry} Address High`, access: "RW", reset: 0 },
    { offset: MSIX_TABLE_OFFSET + entry * 16 + 8, name: `MSI-X ${entry} Data`, access: "RW", reset: 0 },
    { offset: MSIX_TABLE_OFFSET + entry * 16 + 12, name: `MSI-X ${entry} Control`, access: "RW", reset: 0xffff_ffff },
  ]).flat(),
  { offset: MSIX_PBA_OFFSET, name: "MSI-X Pending", access: "RO", reset: 0 },
];

// Decoding ---------------------------------------------------------------------------------------------------------

/** What a word lets a driver do: {@link READABLE} | {@link WRITABLE}. Words in no table let it do nothing. */
export type AccessMap = Uint8Array;
/** A read gives a value. Reading an alias (W1S, W1C) is undocumented and gives 0. */
export const READABLE = 1;
/** A write does something. */
export const WRITABLE = 2;

/** A block's table as one byte for each of its 64 words. */
export function accessMap(rows: readonly RegisterRow[]): AccessMap {
  const map = new Uint8Array(64);
  for (const { offset, access } of rows) {
    const readable = access === "W1S" || access === "W1C" || access === "WO" ? 0 : READABLE;
    const writable = access === "RO" || access === "RC" ? 0 : WRITABLE;
    map[offset >> 2] = readable | writable;
  }
  return map;
}
