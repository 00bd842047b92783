/**
 * The list that MapTransferEx writes into the caller's buffer. It is valid for this one mapping only: the flush ends
 * it, as a Put ends a list of the other routines. Windows DDI, MapTransferEx.
 */
import { scatterGatherListMachine } from "../../machines/scatter_gather_list.ts";
import type { ScatterGatherListEvent } from "../../machines/scatter_gather_list.ts";
import { RunList } from "../../sim/memory/mod.ts";
import type { Life } from "../life.ts";
import type { Hal } from "./hal.ts";
import type { ScatterGatherList } from "./scatter_gather.ts";

const FILL: ScatterGatherListEvent = { type: "FILL" };
const PUT: ScatterGatherListEvent = { type: "PUT_SCATTER_GATHER_LIST" };

/** The list of one grant, filled anew by every MapTransferEx. */
export class MappedList implements ScatterGatherList {
  readonly name: string;
  readonly life: Life<Record<string, never>, ScatterGatherListEvent>;
  /** The elements. */
  readonly runs: RunList = new RunList(8);

  /** An empty list with a name of its own. */
  constructor(hal: Hal) {
    this.name = hal.nextListName();
    this.life = hal.lives.create(scatterGatherListMachine, this.name, {}, "transient");
  }

  get numberOfElements(): number {
    return this.runs.count;
  }

  get addresses(): Float64Array {
    return this.runs.addresses;
  }

  get lengths(): Float64Array {
    return this.runs.lengths;
  }

  /** The elements are written. */
  valid(): void {
    this.life.send(FILL);
  }

  /** The mapping is flushed. */
  ended(): void {
    if (this.life.has("live")) this.life.send(PUT);
  }
}
