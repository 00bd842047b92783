/**
 * A card as strategies see it: a few channels that can be prepared, started and asked what happened. The XDMA driver
 * part behind it touches registers and descriptors only; another card needs another such part, no other strategy.
 */
import type { DeviceChannelEvent } from "../../machines/device_channel.ts";
import type { ChannelName } from "../../trace/event.ts";
import type { Life } from "../life.ts";

/** `h2c`: host to card (WriteToDevice). `c2h`: card to host (ReadFromDevice). */
export type Direction = "h2c" | "c2h";

/**
 * What an engine had to say: `completed`; `failed` (an error bit: the status word tells which); `running` (nothing yet:
 * the interrupt was not for this engine); `lost` (all ones: the card does not answer).
 */
export type ServiceResult = "completed" | "failed" | "running" | "lost";

/** Pieces of host memory by logical address, as a scatter/gather list, MapTransfer or a common buffer gives them. */
export interface HostPieces {
  /** How many pieces there are. */
  readonly numberOfElements: number;
  /** Logical address of each piece. */
  readonly addresses: Float64Array;
  /** Bytes of each piece. */
  readonly lengths: Float64Array;
}

/** One engine. */
export interface DeviceChannel {
  /** `h2c0`, `c2h3`: direction and number. */
  readonly name: ChannelName;
  /** Its number among all channels: H2C first, then C2H. */
  readonly index: number;
  /** Which way it carries. */
  readonly direction: Direction;
  /** Its lifecycle as the driver sees it. */
  readonly life: Life<Record<string, never>, DeviceChannelEvent>;
  /** How many transfers can be prepared at one time. */
  readonly slotCount: number;
  /** The status word as last read, for reports. */
  readonly lastStatus: number;
  /** Writes the descriptors of a transfer into a slot. Touches no register. */
  prepare(slot: number, pieces: HostPieces, cardAddress: number): void;
  /** Programs the engine with a prepared slot: the doorbell is the last store. */
  start(slot: number): void;
  /** Asks the engine what happened, after an interrupt or while polling. Clears what it reads. */
  service(): ServiceResult;
  /** True if the engine's write-back says that it is done, without touching a register (polling; S0-18). */
  polled(): boolean;
}
