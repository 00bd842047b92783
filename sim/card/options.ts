/**
 * What kind of XDMA card it is: channels, interface, link, interrupts, memory. Everything has a default and is checked.
 */
import { nanoseconds } from "../units.ts";
import type { Nanoseconds } from "../units.ts";
import { ADJACENT_MAX } from "./descriptor.ts";
import type { InterruptMode } from "./interrupts.ts";
import { createLink, LINK_PRESETS } from "./link.ts";
import type { Link, LinkOptions, LinkPreset } from "./link.ts";

/** What stands behind the DMA engines: memory (AXI-MM) or streams (AXI4-Stream). */
export type CardInterface = "mm" | "st";

/**
 * How long a transfer takes. `link`: as the link model has it. `fixed`: exactly `dmaNs` from the rising edge of Run to
 * the interrupt message, however many descriptors; the bytes still move and every check is still made.
 */
export type Timing = { readonly kind: "link" } | { readonly kind: "fixed"; readonly dmaNs: Nanoseconds };

/** Options of a card. */
export interface XdmaOptions {
  /** H2C channels, 0 to 4. Default 4. */
  readonly h2cCount?: number;
  /** C2H channels, 0 to 4. Default 4. */
  readonly c2hCount?: number;
  /** Default `mm`. */
  readonly interface?: CardInterface;
  /** A preset's name, or figures. Default `gen3x16`. */
  readonly link?: LinkPreset | LinkOptions;
  /** Negotiated maximum payload size; goes before the link's own. */
  readonly maxPayloadBytes?: number;
  /** Negotiated maximum read request size; goes before the link's own. */
  readonly maxReadRequestBytes?: number;
  /** Width of the AXI datapath: 8, 16, 32 or 64; goes before the link's own. */
  readonly datapathBytes?: number;
  /** Default `{ kind: "link" }`. */
  readonly timing?: Timing;
  /** Bytes of card memory, a multiple of 64 KiB. Costs nothing until written. Default 4 GiB. */
  readonly cardMemoryBytes?: number;
  /** Default `msix`. */
  readonly interruptMode?: InterruptMode;
  /** MSI messages the host granted: 1, 2, 4, 8, 16 or 32. Default 32. */
  readonly msiVectors?: number;
  /**
   * The largest adjacent count the fetch believes, 0 to 63; larger blocks are cut and named. Default 63, all that the
   * field can say. 15 models the reading that a block must fit one 512-byte read request.
   */
  readonly adjacentLimit?: number;
  /** Size of the user BAR, a power of two; 0: none. Default 0. */
  readonly userBarBytes?: number;
  /** Size of the bypass BAR, a power of two; 0: none. Default 0. */
  readonly bypassBarBytes?: number;
  /** 64-bit BARs have even numbers only. Default false. */
  readonly bars64?: boolean;
  /** Bytes a stream loopback holds between an H2C and a C2H channel. Default 64 KiB. */
  readonly streamBytes?: number;
  /** PCI vendor. Default 0x10ee. */
  readonly vendorId?: number;
  /** PCI device. Default: what the vendor's pattern gives for the link (gen3x16: 0x903f). */
  readonly deviceId?: number;
  /** PCI class code. Default 0x070001; the IP's default is not documented. */
  readonly classCode?: number;
  /** Legacy interrupt pin as configuration space has it: 1 = INTA … 4 = INTD; 0: none. Default 1. */
  readonly interruptPin?: number;
  /** System ID of the config block. Default 0xff01. */
  readonly systemId?: number;
  /** Bus, device and function number as the config block shows them. Default 0x0100 (01:00.0). */
  readonly busDeviceFunction?: number;
}

/** Options with every default filled in and checked. */
export interface XdmaConfiguration {
  /** H2C channels, 0 to 4. */
  readonly h2cCount: number;
  /** C2H channels, 0 to 4. */
  readonly c2hCount: number;
  /** What stands behind the engines. */
  readonly interface: CardInterface;
  /** The link, every figure settled. */
  readonly link: Link;
  /** How long transfers take. */
  readonly timing: Timing;
  /** Bytes of card memory. */
  readonly cardMemoryBytes: number;
  /** How interrupts are sent. */
  readonly interruptMode: InterruptMode;
  /** MSI messages that the host granted. */
  readonly msiVectors: number;
  /** The largest adjacent count that the fetch believes. */
  readonly adjacentLimit: number;
  /** Size of the user BAR; 0: none. */
  readonly userBarBytes: number;
  /** Size of the bypass BAR; 0: none. */
  readonly bypassBarBytes: number;
  /** BARs have 64 bits and even numbers. */
  readonly bars64: boolean;
  /** Bytes that a stream loopback holds. */
  readonly streamBytes: number;
  /** PCI vendor. */
  readonly vendorId: number;
  /** PCI device. */
  readonly deviceId: number;
  /** PCI class code. */
  readonly classCode: number;
  /** Legacy interrupt pin: 1 = INTA; 0: none. */
  readonly interruptPin: number;
  /** System ID of the config block. */
  readonly systemId: number;
  /** Bus, device and function number in the config block. */
  readonly busDeviceFunction: number;
}

/**
 * Fills in defaults and checks.
 *
 * @throws {RangeError} one sentence naming the option that cannot be.
 */
export function configure(options: XdmaOptions): XdmaConfiguration {
  const link = createLink(linkOptions(options));
  const timing = options.timing ?? { kind: "link" };
  if (timing.kind !== "link" && timing.kind !== "fixed") {
    throw new RangeError(`Cannot use ${JSON.stringify(timing)} as timing: expected kind "link" or "fixed"`);
  }
  if (timing.kind === "fixed") nanoseconds(timing.dmaNs, "timing.dmaNs");
  const cardMemoryBytes = options.cardMemoryBytes ?? 2 ** 32;
  if (!(cardMemoryBytes > 0 && cardMemoryBytes <= 2 ** 40 && cardMemoryBytes % 65536 === 0)) {
    throw new RangeError(`Cannot use ${cardMemoryBytes} as cardMemoryBytes: expected a multiple of 65536 up to 2^40`);
  }
  return {
    h2cCount: integer("h2cCount", options.h2cCount ?? 4, 0, 4),
    c2hCount: integer("c2hCount", options.c2hCount ?? 4, 0, 4),
    interface: choice("interface", options.interface ?? "mm", ["mm", "st"]),
    link,
    timing,
    cardMemoryBytes,
    interruptMode: choice("interruptMode", options.interruptMode ?? "msix", ["msix", "msi", "intx"]),
    msiVectors: choice("msiVectors", options.msiVectors ?? 32, [1, 2, 4, 8, 16, 32]),
    adjacentLimit: integer("adjacentLimit", options.adjacentLimit ?? ADJACENT_MAX, 0, ADJACENT_MAX),
    userBarBytes: barSize("userBarBytes", options.userBarBytes ?? 0),
    bypassBarBytes: barSize("bypassBarBytes", options.bypassBarBytes ?? 0),
    bars64: options.bars64 ?? false,
    streamBytes: integer("streamBytes", options.streamBytes ?? 65536, 64, 2 ** 30),
    vendorId: integer("vendorId", options.vendorId ?? 0x10ee, 0, 0xffff),
    deviceId: integer("deviceId", options.deviceId ?? deviceIdOf(link), 0, 0xffff),
    classCode: integer("classCode", options.classCode ?? 0x070001, 0, 0xff_ffff),
    interruptPin: integer("interruptPin", options.interruptPin ?? 1, 0, 4),
    systemId: integer("systemId", options.systemId ?? 0xff01, 0, 0xffff),
    busDeviceFunction: integer("busDeviceFunction", options.busDeviceFunction ?? 0x0100, 0, 0xffff),
  };
}

function linkOptions(options: XdmaOptions): LinkPreset | LinkOptions {
  const link = options.link ?? "gen3x16";
  const { maxPayloadBytes, maxReadRequestBytes, datapathBytes } = options;
  if (maxPayloadBytes === undefined && maxReadRequestBytes === undefined && datapathBytes === undefined) return link;
  const given: LinkOptions = typeof link === "string" ? { preset: link } : link;
  return {
    ...given,
    maxPayloadBytes: maxPayloadBytes ?? given.maxPayloadBytes,
    maxReadRequestBytes: maxReadRequestBytes ?? given.maxReadRequestBytes,
    datapathBytes: datapathBytes ?? given.datapathBytes,
  };
}

/** The vendor's pattern: family (7: 7-series up to Gen2, 9: UltraScale+), generation, lanes (f = 16). */
function deviceIdOf(link: Link): number {
  const generation = [2.5, 5, 8, 16, 32].indexOf(link.gigatransfersPerSecond) + 1;
  const family = generation <= 2 ? 0x7020 : 0x9000;
  const lanes = link.lanes >= 16 ? 0xf : link.lanes;
  return family === 0x7020 ? family | lanes : family | (generation << 4) | lanes;
}

function integer(name: string, value: number, low: number, high: number): number {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected an integer from ${low} to ${high}`);
  }
  return value;
}

function choice<Value extends string | number>(name: string, value: Value, allowed: readonly Value[]): Value {
  if (!allowed.includes(value)) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected one of ${allowed.join(", ")}`);
  }
  return value;
}

function barSize(name: string, value: number): number {
  const legal = value === 0 || (Number.isSafeInteger(value) && value >= 4096 && value <= 2 ** 30 &&
    (value & (value - 1)) === 0);
  if (!legal) throw new RangeError(`Cannot use ${value} as ${name}: expected 0 or a power of two from 4096 to 2^30`);
  return value;
}

/** The names of all link presets, for options and help texts. */
export const LINK_NAMES: readonly LinkPreset[] = Object.keys(LINK_PRESETS) as LinkPreset[];
