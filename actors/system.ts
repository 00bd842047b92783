/** The world that most people want: a {@link CardSystem} around an XDMA card. */
import type { XdmaCard } from "../sim/card/xdma_card.ts";
import { CardSystem } from "./card_system.ts";
import { xdmaKit } from "./device/xdma_kit.ts";
import type { SystemOptions } from "./system_options.ts";

/** One world around an XDMA card. */
export class System extends CardSystem<XdmaCard> {
  /**
   * Builds a world.
   *
   * @throws {RangeError} with one sentence, if an option cannot be.
   */
  constructor(options: SystemOptions = {}) {
    const { h2cCount, c2hCount, link, timing, addressBits, scatterGather, master } = options;
    const kit = xdmaKit({ h2cCount, c2hCount, link, timing, addressBits, scatterGather, master });
    super({ ...options, device: options.device ?? kit });
  }
}
