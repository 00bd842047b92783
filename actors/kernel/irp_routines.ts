/**
 * The I/O manager as a driver meets it: where requests come from, and the routines that mark, cancel and complete
 * them. Doors over the request's chart. Windows DDI, IoMarkIrpPending, IoCompleteRequest, IoCancelIrp; X-3.
 *
 * Requests live in a table of fixed size; a request is found by its number without a search. Numbers rise by one and
 * never come back, except that a number whose row is still taken by a long-lived request is skipped.
 */
import { irpMachine } from "../../machines/irp.ts";
import type { IrpEvent } from "../../machines/irp.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { IrqlState } from "../../sim/kernel/irql.ts";
import type { Tracer } from "../../trace/event.ts";
import { lasting } from "../lasting_event.ts";
import type { Lives, Verdict } from "../life.ts";
import type { CallDoor } from "./door.ts";
import { Irp } from "./irp.ts";
import type { IrpRequest } from "./irp.ts";
import type { MdlRoutines } from "./mdl_routines.ts";
import { numberedPointer } from "./pointers.ts";

/** Requests that may be under way at one time, unless told otherwise. */
export const IRP_CAPACITY = 4096;

const IRP_POINTERS = 0xffff_9000;
/** Tail.Overlay.ListEntry of an x64 IRP. */
const LIST_ENTRY_OFFSET = 0xa8;

/** What happens to requests. One object for each, so that a step makes no garbage. */
export const IRP_EVENTS: Readonly<Record<IrpEvent["type"], IrpEvent>> = {
  MARK_PENDING: lasting("MARK_PENDING"),
  MAP: lasting("MAP"),
  QUEUE: lasting("QUEUE"),
  START: lasting("START"),
  NEXT_PIECE: lasting("NEXT_PIECE"),
  DEVICE_DONE: lasting("DEVICE_DONE"),
  PUT: lasting("PUT"),
  FAIL: lasting("FAIL"),
  CANCEL: lasting("CANCEL"),
  COMPLETE: lasting("COMPLETE"),
};

/** Everything a request table needs of its world. */
export interface IrpWorld {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** Where events go. */
  readonly trace: Tracer;
  /** The present IRQL of each processor. */
  readonly irql: IrqlState;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** What every DDI routine passes first: IRQL checks, the call log. */
  readonly door: CallDoor;
  /** The MDL routines of this world. */
  readonly mdls: MdlRoutines;
}

/** The requests of one world and the routines on them. */
export class IrpRoutines {
  readonly #world: IrpWorld;
  // A power of two of rows, so that a number finds its row by its low bits.
  readonly #rows: (Irp | null)[];
  readonly #mask: number;
  readonly #capacity: number;
  #next = 0;
  #outstanding = 0;

  /** A table for `capacity` requests at one time. */
  constructor(world: IrpWorld, capacity: number = IRP_CAPACITY) {
    this.#world = world;
    const rowCount = 2 ** Math.ceil(Math.log2(Math.max(1, capacity)));
    this.#capacity = capacity;
    this.#mask = rowCount - 1;
    this.#rows = new Array<Irp | null>(rowCount).fill(null);
  }

  /** Requests that are under way. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /**
   * A request reaches the driver's dispatch routine. For direct I/O its buffer is locked first (for a read of the
   * device with write access). Null if the table is full or the buffer cannot be locked: the driver never sees such a
   * request.
   */
  create(request: IrpRequest): Irp | null {
    if (this.#outstanding === this.#capacity) return null;
    const { lives, mdls, trace } = this.#world;
    if (request.directIo && request.mdl !== null) {
      const operation = request.writeToDevice ? "IoReadAccess" : "IoWriteAccess";
      if (mdls.ioManagerLock(request.mdl, operation) !== "STATUS_SUCCESS") return null;
    }
    while (this.#rows[this.#next & this.#mask] !== null) this.#next++;
    const number = this.#next++;
    const irp = new Irp(number, lives.create(irpMachine, "irp", {}, "transient", number), request);
    this.#rows[number & this.#mask] = irp;
    this.#outstanding++;
    if (trace.on) {
      this.#world.door.introduce(irp.life.name, irpPointer(number), irpListEntryPointer(number));
      this.#tell(irp, "received");
    }
    return irp;
  }

  /** The request of that number; null once it has completed. */
  get(number: number): Irp | null {
    const irp = this.#rows[number & this.#mask] ?? null;
    return irp !== null && irp.number === number ? irp : null;
  }

  /** Moves a request on: what the driver did with it. See the chart for what is legal when. */
  step(irp: Irp, event: IrpEvent["type"]): Verdict {
    return irp.life.send(IRP_EVENTS[event]);
  }

  /** IoMarkIrpPending: the dispatch routine will return STATUS_PENDING. */
  ioMarkIrpPending(irp: Irp): void {
    const { door, irql } = this.#world;
    if (irql.level > DISPATCH_LEVEL) door.checkIrql("IoMarkIrpPending", "<= DISPATCH_LEVEL", irp.life.name);
    irp.life.send(IRP_EVENTS.MARK_PENDING);
    if (door.tracing) door.record("IoMarkIrpPending", { Irp: irpPointer(irp.number) });
  }

  /**
   * IoCompleteRequest: status and byte count to the requester. Before it, a request that failed was told so
   * (`step(irp, "FAIL")`), and a list was put. Completing twice is bug check 0x44, named `IrpCompletedTwice`; that is
   * why the life of a completed request is never released, but goes with the last reference to it.
   */
  ioCompleteRequest(irp: Irp, status: NtStatus, information = 0): void {
    const { door, irql, mdls, trace } = this.#world;
    if (irql.level > DISPATCH_LEVEL) door.checkIrql("IoCompleteRequest", "<= DISPATCH_LEVEL", irp.life.name);
    const wasCompleted = irp.completed;
    irp.life.send(IRP_EVENTS.COMPLETE);
    if (door.tracing) {
      const args = { Irp: irpPointer(irp.number), Status: status, Information: information };
      door.record("IoCompleteRequest", args);
    }
    if (wasCompleted || !irp.completed) return;
    irp.status = status;
    irp.information = information;
    this.#rows[irp.number & this.#mask] = null;
    this.#outstanding--;
    if (irp.directIo && irp.mdl !== null) mdls.ioManagerUnlock(irp.mdl);
    if (trace.on) this.#tell(irp, "completed");
  }

  /**
   * IoCancelIrp: asks for the request to be cancelled. True if that took effect; false if it is too late, because the
   * device owns its memory or it is done. The driver completes it with STATUS_CANCELLED, after putting a list it has.
   */
  ioCancelIrp(irp: Irp): boolean {
    const { door, trace } = this.#world;
    irp.cancel = true;
    const before = irp.life.state;
    irp.life.send(IRP_EVENTS.CANCEL);
    const taken = irp.life.state !== before;
    if (door.tracing) door.record("IoCancelIrp", { Irp: irpPointer(irp.number) }, taken);
    if (trace.on) this.#tell(irp, "cancelled");
    return taken;
  }

  #tell(irp: Irp, state: string): void {
    const { trace, clock, door } = this.#world;
    const { number, channel, length: lengthBytes } = irp;
    // MdlAddress: only direct I/O has one; a buffer that somebody else keeps locked is named in another way.
    const mdl = irp.directIo ? door.pointers.of(irp.mdl) : null;
    trace.emit({ kind: "irp", atNs: clock.nowNs, irp: number, state, channel, lengthBytes, mdl });
  }
}

/** The address that an IRP has in traces. */
export function irpPointer(number: number): string {
  return numberedPointer(IRP_POINTERS, number);
}

/** The address that the LIST_ENTRY of an IRP has in traces. */
export function irpListEntryPointer(number: number): string {
  return numberedPointer(IRP_POINTERS, number, LIST_ENTRY_OFFSET);
}
