/** The kit of the XDMA card: what {@link System} lives around. */
import { assert } from "../../sim/assert.ts";
import { enableMsix } from "../../sim/card/msix.ts";
import type { XdmaOptions } from "../../sim/card/options.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";
import type { Slot } from "../../sim/ports.ts";
import { bytesToPages } from "../../sim/units.ts";
import type { DeviceChannel } from "./device.ts";
import type { ChannelPlace, ChannelWiring, DeviceKit, PluggedDevice } from "./device_kit.ts";
import { descriptorBytes, XdmaChannel } from "./xdma_channel.ts";
import { packedChannels, probeXdma, routeInterrupts } from "./xdma_device.ts";
import type { XdmaProbe } from "./xdma_device.ts";

/** What kind of XDMA card, and what its driver says of it in DEVICE_DESCRIPTION. Interrupts are MSI-X. */
export interface XdmaKitOptions extends Omit<XdmaOptions, "interruptMode" | "msiVectors"> {
  /** Address lines. Default 64. */
  readonly addressBits?: number;
  /** Default true, as the engines are. */
  readonly scatterGather?: boolean;
  /** A bus master. Default true. */
  readonly master?: boolean;
}

/** A kit for XDMA cards. */
export function xdmaKit(options: XdmaKitOptions = {}): DeviceKit<XdmaCard> {
  const { addressBits = 64, scatterGather = true, master = true, ...cardOptions } = options;
  return { name: "xdma0", addressBits, scatterGather, master, plug: (slot) => new XdmaDevice(cardOptions, slot) };
}

class XdmaDevice implements PluggedDevice<XdmaCard> {
  readonly card: XdmaCard;
  readonly channels: readonly ChannelPlace[];
  readonly #probe: XdmaProbe;

  constructor(options: XdmaOptions, slot: Slot) {
    const card = this.card = new XdmaCard(options);
    card.plug(slot);
    enableMsix(card);
    const probe = probeXdma(card);
    assert(probe !== null, "The card does not answer as an XDMA card");
    this.#probe = probe;
    // Every channel has the vector of its own index: routeInterrupts() programs it so.
    this.channels = packedChannels(probe).map(([direction, number], vector) => ({ direction, number, vector }));
  }

  sharedBytes(slotCount: number, maximumTransferBytes: number): number {
    return descriptorBytes(slotCount, descriptorsPerSlot(maximumTransferBytes));
  }

  openChannel(index: number, { shared, maximumTransferBytes, ...wiring }: ChannelWiring): DeviceChannel {
    const place = this.channels[index];
    assert(place !== undefined && shared !== null, `Channel ${index} needs a place and memory for descriptors`);
    return new XdmaChannel(place.direction, place.number, index, {
      ...wiring,
      card: this.card,
      bar: this.#probe.bar,
      descriptors: shared,
      descriptorsPerSlot: descriptorsPerSlot(maximumTransferBytes),
    });
  }

  enableInterrupts(): void {
    routeInterrupts(this.card, this.#probe);
  }
}

/** One element a page, and one more because a transfer may begin inside its first. */
function descriptorsPerSlot(maximumTransferBytes: number): number {
  return bytesToPages(maximumTransferBytes) + 1;
}
