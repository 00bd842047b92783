/**
 * How fast the wire is. Pure arithmetic: from transfer rate, lanes, encoding and packet sizes to bytes per nanosecond.
 *
 * 1. Raw rate = GT/s × lanes × encoding / 8 (8b/10b up to Gen2, 128b/130b from Gen3).
 * 2. Acknowledgements and flow-control updates (8 bytes each, once per recommended interval) and SKIP ordered sets
 *    (4 bytes in 1538) are subtracted; what is left carries transaction-layer packets.
 * 3. A packet costs its payload and its wrapping: 24 bytes around a memory write or a read request (8 framing, sequence
 *    number and LCRC; 16 header with a 64-bit address), 20 around a completion with data.
 *
 * The intervals are those that the PCI Express base specification recommends:
 * (MPS + 28) × AckFactor / lanes + internal delay, in symbol times.
 */
import { nanoseconds } from "../units.ts";
import type { Nanoseconds } from "../units.ts";

/** H2C: host to card. C2H: card to host. */
export type TransferDirection = "h2c" | "c2h";

/** The links that have a name. */
export type LinkPreset = "gen2x4" | "gen2x8" | "gen3x4" | "gen3x8" | "gen3x16" | "gen4x4" | "gen4x8" | "gen4x16";

/** What a preset stands for. */
export interface LinkBasis {
  /** Transfer rate of a lane. */
  readonly gigatransfersPerSecond: number;
  /** Width of the link. */
  readonly lanes: number;
  /** Width of the card's AXI datapath. */
  readonly datapathBytes: number;
  /** Clock of the card's AXI datapath. */
  readonly axiClockMhz: number;
}

/** Every named link. */
export const LINK_PRESETS: { readonly [name in LinkPreset]: LinkBasis } = {
  gen2x4: { gigatransfersPerSecond: 5, lanes: 4, datapathBytes: 8, axiClockMhz: 250 },
  gen2x8: { gigatransfersPerSecond: 5, lanes: 8, datapathBytes: 16, axiClockMhz: 250 },
  gen3x4: { gigatransfersPerSecond: 8, lanes: 4, datapathBytes: 16, axiClockMhz: 250 },
  gen3x8: { gigatransfersPerSecond: 8, lanes: 8, datapathBytes: 32, axiClockMhz: 250 },
  gen3x16: { gigatransfersPerSecond: 8, lanes: 16, datapathBytes: 64, axiClockMhz: 250 },
  gen4x4: { gigatransfersPerSecond: 16, lanes: 4, datapathBytes: 32, axiClockMhz: 250 },
  gen4x8: { gigatransfersPerSecond: 16, lanes: 8, datapathBytes: 64, axiClockMhz: 250 },
  gen4x16: { gigatransfersPerSecond: 16, lanes: 16, datapathBytes: 64, axiClockMhz: 500 },
};

/** A link by name with any of its figures changed. Latencies are medians of published measurements or estimates. */
export interface LinkOptions extends Partial<LinkBasis> {
  /** Where the figures not given come from. Default `gen3x16`. */
  readonly preset?: LinkPreset;
  /** Negotiated maximum payload size (MPS): 128 … 4096. Default 256. */
  readonly maxPayloadBytes?: number;
  /** Maximum read request size (MRRS): 128 … 4096. Default 512. */
  readonly maxReadRequestBytes?: number;
  /** Into what pieces the root complex cuts its completions. Default: the maximum payload; 64 is the worst case. */
  readonly completionBytes?: number;
  /** Round trip of a DMA read. Default 550 ns (server class with DDIO; desktops are nearer 1200 ns). */
  readonly readLatencyNs?: Nanoseconds;
  /** From AXI read to data in host memory, for a posted write. Default 300 ns (an estimate). */
  readonly writeLatencyNs?: Nanoseconds;
  /** Read requests that may be outstanding, shared by all channels. Default 256. */
  readonly tags?: number;
  /** What a register read costs the CPU that makes it. The host charges it, not the card. Default 900 ns. */
  readonly mmioReadNs?: Nanoseconds;
  /** What a posted register write costs the CPU. The host charges it. Default 100 ns. */
  readonly mmioWriteNs?: Nanoseconds;
}

/** A link with every figure settled. Build it with {@link createLink}. */
export interface Link extends LinkBasis {
  /** The preset, or `16 GT/s x4`. */
  readonly name: string;
  /** Negotiated maximum payload size (MPS). */
  readonly maxPayloadBytes: number;
  /** Maximum read request size (MRRS). */
  readonly maxReadRequestBytes: number;
  /** Into what pieces the root complex cuts its completions. */
  readonly completionBytes: number;
  /** Round trip of a DMA read. */
  readonly readLatencyNs: Nanoseconds;
  /** From AXI read to data in host memory, for a posted write. */
  readonly writeLatencyNs: Nanoseconds;
  /** Read requests that may be outstanding, all channels together. */
  readonly tags: number;
  /** What a register read costs the CPU. */
  readonly mmioReadNs: Nanoseconds;
  /** What a posted register write costs the CPU. */
  readonly mmioWriteNs: Nanoseconds;
  /** Bytes per nanosecond (= GB/s) on the wire before any overhead. */
  readonly rawBytesPerNs: number;
  /** Bytes per nanosecond that carry transaction-layer packets, headers included. */
  readonly packetBytesPerNs: number;
  /**
   * The fastest H2C payload can come, whatever the wire does: outstanding bytes over read latency, and the width of the
   * datapath. Bytes per nanosecond.
   */
  readonly h2cCeilingBytesPerNs: number;
  /** The same for C2H: the width of the datapath. */
  readonly c2hCeilingBytesPerNs: number;
}

/** Wrapping of a memory write or a read request with a 64-bit address. */
export const REQUEST_OVERHEAD_BYTES = 24;
/** Wrapping of a completion with data. */
export const COMPLETION_OVERHEAD_BYTES = 20;
/** A message signalled interrupt or a poll-mode write-back on the wire: 4 bytes and their wrapping. */
export const SIGNAL_WIRE_BYTES: number = 4 + REQUEST_OVERHEAD_BYTES;

const ENCODED_SIZES = [128, 256, 512, 1024, 2048, 4096];

/**
 * Settles every figure of a link.
 *
 * @throws {RangeError} naming the figure that cannot be.
 */
export function createLink(options: LinkPreset | LinkOptions = "gen3x16"): Link {
  const given: LinkOptions = typeof options === "string" ? { preset: options } : options;
  const preset = given.preset ?? "gen3x16";
  if (!Object.hasOwn(LINK_PRESETS, preset)) {
    const names = Object.keys(LINK_PRESETS).join(", ");
    throw new RangeError(`Cannot use "${preset}" as link: expected one of ${names}`);
  }
  const basis = LINK_PRESETS[preset];
  const gigatransfersPerSecond = oneOf("gigatransfersPerSecond", given, basis, [2.5, 5, 8, 16, 32]);
  const lanes = oneOf("lanes", given, basis, [1, 2, 4, 8, 16, 32]);
  const datapathBytes = oneOf("datapathBytes", given, basis, [8, 16, 32, 64]);
  const axiClockMhz = given.axiClockMhz ?? basis.axiClockMhz;
  positive("axiClockMhz", axiClockMhz);
  const maxPayloadBytes = oneOf("maxPayloadBytes", given, { maxPayloadBytes: 256 }, ENCODED_SIZES);
  const maxReadRequestBytes = oneOf("maxReadRequestBytes", given, { maxReadRequestBytes: 512 }, ENCODED_SIZES);
  const completionBytes = oneOf("completionBytes", given, { completionBytes: maxPayloadBytes }, [64, ...ENCODED_SIZES]);
  if (completionBytes > maxPayloadBytes) {
    throw new RangeError(`Cannot use ${completionBytes} as completionBytes: expected at most ${maxPayloadBytes} (MPS)`);
  }
  const tags = given.tags ?? 256;
  if (!Number.isSafeInteger(tags) || tags < 1) {
    throw new RangeError(`Cannot use ${tags} as tags: expected a positive integer`);
  }
  const readLatencyNs = nanoseconds(given.readLatencyNs ?? 550, "readLatencyNs");
  const rawBytesPerNs = gigatransfersPerSecond * lanes * (gigatransfersPerSecond <= 5 ? 8 / 10 : 128 / 130) / 8;
  const interval = acknowledgeIntervalBytes(gigatransfersPerSecond, lanes, maxPayloadBytes);
  const datapathBytesPerNs = datapathBytes * axiClockMhz / 1000;
  const changed = typeof options !== "string" &&
    (given.gigatransfersPerSecond !== undefined || given.lanes !== undefined);
  return {
    name: changed ? `${gigatransfersPerSecond} GT/s x${lanes}` : preset,
    gigatransfersPerSecond,
    lanes,
    datapathBytes,
    axiClockMhz,
    maxPayloadBytes,
    maxReadRequestBytes,
    completionBytes,
    readLatencyNs,
    writeLatencyNs: nanoseconds(given.writeLatencyNs ?? 300, "writeLatencyNs"),
    tags,
    mmioReadNs: nanoseconds(given.mmioReadNs ?? 900, "mmioReadNs"),
    mmioWriteNs: nanoseconds(given.mmioWriteNs ?? 100, "mmioWriteNs"),
    rawBytesPerNs,
    packetBytesPerNs: rawBytesPerNs * (1 - 8 / interval - 8 / interval - 4 / 1538),
    h2cCeilingBytesPerNs: Math.min(
      datapathBytesPerNs,
      readLatencyNs === 0 ? Infinity : tags * maxReadRequestBytes / readLatencyNs,
    ),
    c2hCeilingBytesPerNs: datapathBytesPerNs,
  };
}

/** What `lengthBytes` of payload weigh on the wire of their own direction, in as few packets as the link allows. */
export function wireBytes(link: Link, direction: TransferDirection, lengthBytes: number): number {
  return direction === "h2c"
    ? lengthBytes + Math.ceil(lengthBytes / link.completionBytes) * COMPLETION_OVERHEAD_BYTES
    : lengthBytes + Math.ceil(lengthBytes / link.maxPayloadBytes) * REQUEST_OVERHEAD_BYTES;
}

/** What the read requests for `lengthBytes` of H2C payload weigh on the way up. */
export function requestWireBytes(link: Link, lengthBytes: number): number {
  return Math.ceil(lengthBytes / link.maxReadRequestBytes) * REQUEST_OVERHEAD_BYTES;
}

/**
 * The best possible time of `lengthBytes` in one direction while the other is silent: no latency, no descriptors, no
 * interrupts, the link never idle. Nothing this card does is faster. In nanoseconds, not rounded.
 */
export function linkTimeNs(link: Link, direction: TransferDirection, lengthBytes: number): number {
  const ceiling = direction === "h2c" ? link.h2cCeilingBytesPerNs : link.c2hCeilingBytesPerNs;
  return Math.max(wireBytes(link, direction, lengthBytes) / link.packetBytesPerNs, lengthBytes / ceiling);
}

/**
 * The best possible time of both directions at once: the read requests of the H2C payload travel upwards and share that
 * wire with the C2H payload. In nanoseconds, not rounded.
 */
export function linkTimeBothNs(link: Link, h2cBytes: number, c2hBytes: number): number {
  const upwards = (wireBytes(link, "c2h", c2hBytes) + requestWireBytes(link, h2cBytes)) / link.packetBytesPerNs;
  return Math.max(upwards, linkTimeNs(link, "h2c", h2cBytes), linkTimeNs(link, "c2h", c2hBytes));
}

/** Payload bytes per nanosecond (= GB/s) that a direction can carry for ever. */
export function payloadBytesPerNs(link: Link, direction: TransferDirection): number {
  const unit = Math.max(link.maxPayloadBytes, link.maxReadRequestBytes);
  return unit / linkTimeNs(link, direction, unit);
}

/** Code of a payload or read request size as PCI Express registers have it: 0 = 128 … 5 = 4096. */
export function sizeCode(sizeBytes: number): number {
  return ENCODED_SIZES.indexOf(sizeBytes);
}

/** The recommended interval of acknowledgements and of flow-control updates (PCI Express base specification, ch. 3). */
function acknowledgeIntervalBytes(gigatransfersPerSecond: number, lanes: number, maxPayloadBytes: number): number {
  const small = maxPayloadBytes <= 256;
  const factor = lanes <= 4 ? (small ? 1.4 : 1) : lanes === 8 ? (small ? 2.5 : 1) : (small ? 3 : 2);
  const internalDelay = gigatransfersPerSecond <= 2.5 ? 19 : gigatransfersPerSecond <= 5 ? 70 : 115;
  return Math.floor((maxPayloadBytes + 28) * factor / lanes + internalDelay);
}

function oneOf<Name extends string>(
  name: Name,
  given: { readonly [key in Name]?: number },
  fallback: { readonly [key in Name]: number },
  allowed: readonly number[],
): number {
  const value: number = given[name] ?? fallback[name];
  if (!allowed.includes(value)) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected one of ${allowed.join(", ")}`);
  }
  return value;
}

function positive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected a positive number`);
  }
}
