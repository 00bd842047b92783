/**
 * One request as the driver knows it: the IRP, and what the stations of its way have written down (its DriverContext).
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { Address, Nanoseconds } from "../../sim/units.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { Irp, IrpLife } from "../kernel/irp.ts";
import type { IrpRoutines } from "../kernel/irp_routines.ts";

/** What a requester asks for. */
export interface RequestParameters {
  /** Which channel carries it: an index over all channels, H2C first. */
  readonly channelIndex: number;
  /** The requester's buffer. */
  readonly mdl: Mdl;
  /** Bytes to move. */
  readonly lengthBytes: number;
  /** Where on the card (AXI address). */
  readonly cardAddress: Address;
  /** The requester's own number for it; comes back on completion. */
  readonly tag: number;
  /** METHOD_xx_DIRECT: locked for the time of the request. False: locked by somebody else, such as a registration. */
  readonly directIo: boolean;
}

/** One request. */
export class Request {
  /** The IRP. */
  readonly irp: Irp;
  /** What the requester asked for. */
  readonly parameters: RequestParameters;
  /** How many pages its buffer touches. */
  readonly pageCount: number;
  /** Which of its channel's descriptor slots is its own. */
  readonly slot: number;
  /** When it arrived. */
  readonly arrivedNs: Nanoseconds = 0;
  /** The list that the device works from; null for requests that travel without one. */
  list: ScatterGatherList | null = null;
  /** The list is this request's own and must be put before it completes. */
  ownsList = false;
  /** What a strategy or a list policy keeps with it: a round, a window, a reserve. */
  held: unknown = null;
  /** When its doorbell rang last. */
  startedNs = 0;
  /** When its ISR ended. */
  doneNs = 0;
  /** When it was completed; 0 before. */
  completedNs = 0;
  /** What the device said; becomes IoStatus at completion. */
  status: NtStatus = "STATUS_PENDING";
  /** Bytes moved, as the requester will read it. */
  information = 0;
  /** Cancelled before it was the device's: marked where it stands, never started. */
  cancelled = false;

  /** Becomes the DriverContext of its IRP. */
  constructor(irp: Irp, parameters: RequestParameters, slot: number, nowNs: Nanoseconds) {
    this.irp = irp;
    this.parameters = parameters;
    this.pageCount = parameters.mdl.pfns.length;
    this.slot = slot;
    this.arrivedNs = nowNs;
    irp.driverContext = this;
  }

  /** Its number in the order of arrival, for queues and traces. */
  get number(): number {
    return this.irp.number;
  }

  /** Its lifecycle. */
  get life(): IrpLife {
    return this.irp.life;
  }

  /** True for card to host. */
  get toHost(): boolean {
    return !this.irp.writeToDevice;
  }
}

/** Finds requests by number. */
export class Requests {
  readonly #irps: IrpRoutines;

  /** Looks into the table of these routines. */
  constructor(irps: IrpRoutines) {
    this.#irps = irps;
  }

  /** The request of that number, which is under way. */
  at(number: number): Request {
    const context = this.#irps.get(number)?.driverContext;
    // Asked at every station: the sentence of assert() is put together only when it is needed.
    if (!(context instanceof Request)) assert(false, `irp:${number} is not under way`);
    return context;
  }
}
