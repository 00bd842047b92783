/** The list of one element that the framework makes of what MapTransfer returned (packet profiles, DMA version 2). */
import { scatterGatherListMachine } from "../../machines/scatter_gather_list.ts";
import type { ScatterGatherListEvent } from "../../machines/scatter_gather_list.ts";
import type { Address } from "../../sim/units.ts";
import type { Hal } from "../hal/hal.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { Life } from "../life.ts";

const FILL: ScatterGatherListEvent = { type: "FILL" };
const PUT: ScatterGatherListEvent = { type: "PUT_SCATTER_GATHER_LIST" };

/** Valid for one mapping: the flush ends it, as a Put ends a list of the HAL. */
export class PacketList implements ScatterGatherList {
  readonly name: string;
  readonly numberOfElements = 1;
  readonly addresses: Float64Array;
  readonly lengths: Float64Array;
  readonly life: Life<Record<string, never>, ScatterGatherListEvent>;

  constructor(hal: Hal, logicalAddress: Address, length: number) {
    this.name = hal.nextListName();
    this.addresses = Float64Array.of(logicalAddress);
    this.lengths = Float64Array.of(length);
    this.life = hal.lives.create(scatterGatherListMachine, this.name, {}, "transient");
    this.life.send(FILL);
  }

  /** The mapping was flushed. */
  ended(): void {
    this.life.send(PUT);
  }
}
