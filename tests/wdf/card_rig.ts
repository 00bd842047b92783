/** A card in its slot, driven through the framework or through the HAL. For the tests of both façades. */
import { XdmaChannel } from "../../actors/device/xdma_channel.ts";
import { wdfCommonBufferCreate } from "../../actors/wdf/mod.ts";
import type { WdfCommonBuffer } from "../../actors/wdf/mod.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";
import { Rig } from "./rig.ts";
import type { RigOptions } from "./rig.ts";

const SLOTS = 4;
const ELEMENTS = 64;

/** A rig whose device is an XDMA card with one engine each way; its driver asks the engines' status, no interrupts. */
export class CardRig extends Rig {
  readonly card: XdmaCard = new XdmaCard({ h2cCount: 1, c2hCount: 1 });
  readonly h2c: XdmaChannel;
  readonly c2h: XdmaChannel;
  /** The common buffers that hold the descriptors. */
  readonly pool: readonly WdfCommonBuffer[];

  constructor(options: RigOptions = {}) {
    super({ maximumLength: 0x4_0000, ...options });
    const { clock, memory, trace, lives, card } = this;
    const interrupts = { message: () => {}, level: () => {} };
    card.plug({ clock, memory: memory.port("xdma0"), interrupts, trace });
    this.pool = [0, 1].map(() => {
      const result = wdfCommonBufferCreate(this.enabler, 0x8000);
      if (result.status !== "STATUS_SUCCESS") throw new Error(JSON.stringify(result));
      return result.commonBuffer;
    });
    const channel = (direction: "h2c" | "c2h", index: number): XdmaChannel =>
      new XdmaChannel(direction, 0, index, {
        card,
        bar: card.configBar,
        lives,
        space: memory.space,
        descriptors: this.pool[index]!.memory.raw,
        slotCount: SLOTS,
        descriptorsPerSlot: ELEMENTS,
        polling: false,
      });
    this.h2c = channel("h2c", 0);
    this.c2h = channel("c2h", 1);
  }

  /** Writes descriptors from a list and starts the engine. */
  ring(channel: XdmaChannel, list: ScatterGatherList, cardAddress = 0): void {
    channel.prepare(0, list, cardAddress);
    list.life.send({ type: "DOORBELL" });
    channel.start(0);
  }

  /** Lets time pass until the card is done, and says so to the list. */
  settle(channel: XdmaChannel, list: ScatterGatherList): void {
    this.clock.run();
    const service = channel.service();
    if (service !== "completed") throw new Error(`${channel.name} is ${service}`);
    list.life.send({ type: "DEVICE_DONE" });
  }
}
