/**
 * What a world must know to live around a kind of card: a {@link DeviceKit} builds the card and puts it into its slot;
 * the {@link PluggedDevice} that comes back says which channels there are and opens them. XDMA's is `xdma_kit.ts`;
 * `examples/own_card.ts` has one for a card that is quite different.
 *
 * ```text
 * 1 plug               build, put into the slot, grant vectors, find the channels
 * 2 sharedBytes        how much shared memory each channel wants, descriptors for example
 * 3 openChannel        the driver's part of one engine: what a strategy gets to see
 * 4 enableInterrupts   last: every routine is connected
 * ```
 * Interrupts are messages (MSI, MSI-X), one vector a channel.
 */
import type { AddressSpace } from "../../sim/memory/mod.ts";
import type { Card, Slot } from "../../sim/ports.ts";
import type { CommonBuffer } from "../hal/dma_operations.ts";
import type { Lives } from "../life.ts";
import type { DeviceChannel, Direction } from "./device.ts";

/** A kind of card, with what DEVICE_DESCRIPTION says of it. Good for any number of worlds. */
export interface DeviceKit<KindOfCard extends Card = Card> {
  /** Name of the physical device object; also the device's name in the IOMMU. */
  readonly name: string;
  /** Address lines, 16 to 64. Memory beyond their reach is bounced through map registers. */
  readonly addressBits: number;
  /** The device takes many elements a transfer. False: the HAL gives it one contiguous piece (S2-31). */
  readonly scatterGather: boolean;
  /** False: a subordinate of the system's DMA controller, which strategies refuse (S2-30). */
  readonly master: boolean;
  /** Builds a card, puts it into the slot, does the bus driver's part (vectors) and finds the channels. */
  plug(slot: Slot): PluggedDevice<KindOfCard>;
}

/** Where a channel is found on its card. */
export interface ChannelPlace {
  /** Which way it carries. */
  readonly direction: Direction;
  /** Its number among the channels of its direction. */
  readonly number: number;
  /** The interrupt message that it sends; no two channels share one. */
  readonly vector: number;
}

/** A card in its slot, as the world around it uses it. */
export interface PluggedDevice<KindOfCard extends Card = Card> {
  /** The card itself. */
  readonly card: KindOfCard;
  /** Its channels in the order of their indices, H2C first. */
  readonly channels: readonly ChannelPlace[];
  /** Bytes of common buffer that each channel shares with the card; 0: none. */
  sharedBytes(slotCount: number, maximumTransferBytes: number): number;
  /**
   * Opens the channel with that index. Called once for each.
   *
   * @throws {RangeError} with one sentence, if this card cannot do what `wiring` asks for.
   */
  openChannel(index: number, wiring: ChannelWiring): DeviceChannel;
  /** Lets the channels interrupt. Not called when completion is polled. */
  enableInterrupts(): void;
}

/** What a channel gets from the world around it. */
export interface ChannelWiring {
  /** Where its lifecycle comes from. */
  readonly lives: Lives;
  /** The CPU's view of memory, for what is shared. */
  readonly space: AddressSpace;
  /** As many bytes as {@link PluggedDevice.sharedBytes} asked for; null if none. */
  readonly shared: CommonBuffer | null;
  /** Transfers that can be prepared at one time. */
  readonly slotCount: number;
  /** The longest transfer in bytes, for what is sized by it. */
  readonly maximumTransferBytes: number;
  /** Completion is polled instead of interrupting. */
  readonly polling: boolean;
}
