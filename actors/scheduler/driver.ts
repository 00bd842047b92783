/**
 * The steps that strategies share: charging the processor for setup, obtaining and putting lists, requesting a DPC,
 * completing a request. What a strategy decides is only *when* these happen, and who starts the engine.
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { Dpc } from "../../sim/kernel/dpc.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { IrqlState } from "../../sim/kernel/irql.ts";
import type { AddressSpace } from "../../sim/memory/address_space.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import type { AdapterListControl, Failure } from "../hal/dma_operations.ts";
import type { Hal } from "../hal/hal.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import { IRP_EVENTS, irpPointer } from "../kernel/irp_routines.ts";
import type { IrpRoutines } from "../kernel/irp_routines.ts";
import type { MdlRoutines } from "../kernel/mdl_routines.ts";
import { lasting } from "../lasting_event.ts";
import type { ChannelDriver } from "./channel_driver.ts";
import type { Costs } from "./costs.ts";
import type { Request, Requests } from "./request.ts";

const READ = lasting("READ");

/** A step that goes on with the request of that number. */
export type RequestStep = (number: number) => void;

/** What a driver is built from. */
export interface DriverParts {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** The present IRQL of each processor. */
  readonly irql: IrqlState;
  /** Where events go. */
  readonly trace: Tracer;
  /** What things cost. */
  readonly costs: Costs;
  /** Every channel, H2C first. */
  readonly channels: readonly ChannelDriver[];
  /** Finds requests by number. */
  readonly requests: Requests;
  /** True: one KDPC per request. False: one per channel, which drains (IoRequestDpc). */
  readonly dpcPerRequest: boolean;
  /** How lists are obtained: Get (default) or whatever a policy puts in its place. */
  readonly lists: ListSource;
  /** The CPU's view of memory, for strategies that copy. */
  readonly space: AddressSpace;
  /** The IRP routines of this world. */
  readonly irps: IrpRoutines;
  /** The HAL of this world. */
  readonly hal: Hal;
  /** The MDL routines of this world. */
  readonly mdls: MdlRoutines;
}

/** Where the driver's happenings go; connected once by the scheduler. */
export interface DriverEvents {
  /** A list was refused for good, and the request is completed. */
  refused(channel: ChannelDriver): void;
  /** A request has its list. */
  mapped(request: Request, list: ScatterGatherList): void;
  /** A DPC took a request from ready-to-complete. */
  deferred(channel: ChannelDriver, request: Request): void;
  /** A DPC took a request from ready-to-complete that was cancelled before the device had it. */
  skipped(channel: ChannelDriver, request: Request): void;
  /** A list went back: map registers may be free again. */
  putDone(): void;
  /** A request is completed. */
  completed(request: Request): void;
}

/** Where lists come from and go back to. */
export interface ListSource {
  /** Asks for a request's list at DISPATCH_LEVEL; `routine` runs when it is there, `refused` if it never will be. */
  obtain(request: Request, routine: AdapterListControl, refused: (request: Request, failure: Failure) => void): void;
  /** Gives it back at DISPATCH_LEVEL. */
  put(request: Request): void;
  /**
   * A request was cancelled: takes it out of a line of the driver's own, so that neither `routine` nor `refused` runs.
   * False if it stands in no such line; who stands in the HAL's gets the list all the same, and puts it.
   */
  withdraw?(request: Request): boolean;
}

/** The shared steps. */
export class Driver {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** What things cost. */
  readonly costs: Costs;
  /** Every channel, H2C first. */
  readonly channels: readonly ChannelDriver[];
  /** Finds requests by number. */
  readonly requests: Requests;
  /** The CPU's view of memory. */
  readonly space: AddressSpace;
  /** The HAL of this world. */
  readonly hal: Hal;
  /** The MDL routines of this world. */
  readonly mdls: MdlRoutines;
  /** One KDPC per request; otherwise one per channel, which drains. */
  readonly dpcPerRequest: boolean;
  /** Refused calls that gave no reason where one is due. */
  reasonlessCount = 0;
  readonly #parts: DriverParts;
  readonly #dpcs: (Dpc | undefined)[] = [];
  /** How often each DPC of a request's own was requested while it was queued. */
  readonly #owed: number[] = [];
  #lateNs: (() => Nanoseconds) | null = null;
  readonly #finish: RequestStep;
  #events: DriverEvents = {
    refused: () => {},
    mapped: () => {},
    deferred: () => {},
    skipped: () => {},
    putDone: () => {},
    completed: () => {},
  };
  readonly #refused = (request: Request, failure: Failure): void => {
    this.refuse(request, failure);
    this.#events.refused(this.channelOf(request));
  };

  /** Made by the world that it drives. */
  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.clock = parts.clock;
    this.costs = parts.costs;
    this.channels = parts.channels;
    this.requests = parts.requests;
    this.space = parts.space;
    this.hal = parts.hal;
    this.dpcPerRequest = parts.dpcPerRequest;
    this.mdls = parts.mdls;
    this.#finish = this.dispatchStep((number) => this.#completeNow(number));
    for (const channel of this.channels) channel.whenSkipped((of, request) => this.requestDpc(of, request));
  }

  /** Says where happenings go. */
  connect(events: DriverEvents): void {
    this.#events = events;
  }

  /** The channel that carries a request. */
  channelOf(request: Request): ChannelDriver {
    return this.channels[request.parameters.channelIndex]!;
  }

  /** Makes a step that runs at DISPATCH_LEVEL. Made once, not per request. */
  dispatchStep(step: RequestStep): RequestStep {
    const { irql } = this.#parts;
    return (number) => irql.run(DISPATCH_LEVEL, irql.cpu, step, number);
  }

  /** Runs a body at DISPATCH_LEVEL, as a driver that raises the IRQL around a call. */
  atDispatch(body: () => void): void {
    this.#parts.irql.raised(DISPATCH_LEVEL, body);
  }

  /** How long the setup of a request keeps a processor busy. */
  setupNs(request: Request): Nanoseconds {
    return this.costs.setupNs + this.costs.setupPerPageNs * request.pageCount;
  }

  /** How long a copy of a request's bytes keeps a processor busy. */
  copyNs(request: Request): Nanoseconds {
    return this.costs.copyNs + this.costs.copyPerPageNs * request.pageCount;
  }

  /** Occupies the request's processor with its setup, the HAL's lock included, then goes on with `then`. */
  setUp(request: Request, then: RequestStep): void {
    const { processor, halLock } = this.channelOf(request).parts;
    const lockNs = Math.min(this.costs.halLockNs, this.setupNs(request));
    if (lockNs === 0) return processor.submit(this.setupNs(request), then, request.number);
    processor.submit(this.setupNs(request) - lockNs, (number) => {
      const doneNs = halLock.take(lockNs);
      processor.occupyUntil(doneNs);
      this.clock.at(doneNs, then, number);
    }, request.number);
  }

  /** Asks for the list. Runs at DISPATCH_LEVEL; `routine` comes now or when resources are there. */
  obtainList(request: Request, routine: AdapterListControl): void {
    this.#parts.lists.obtain(request, routine, this.#refused);
  }

  /** The list is there: remembers it and writes the descriptors (S0-16 step 3), unless nobody wants it any more. */
  mapped(request: Request, list: ScatterGatherList): void {
    request.list = list;
    request.ownsList = true;
    request.life.send(IRP_EVENTS.MAP);
    if (request.cancelled) return this.#events.mapped(request, list);
    list.life.send(READ);
    this.#events.mapped(request, list);
    this.channelOf(request).device.prepare(request.slot, list, request.parameters.cardAddress);
  }

  /** Lets DPCs come late: asked at each request of one, by how much. Null: never; the fault plan's way in. */
  delayDpcs(lateNs: (() => Nanoseconds) | null): void {
    this.#lateNs = lateNs;
  }

  /** IoRequestDpc, as the last act of an ISR. */
  requestDpc(channel: ChannelDriver, request: Request): void {
    const key = this.#dpcKey(channel, request);
    const dpc = this.#dpcs[key] ?? this.#newDpc(channel, key);
    if (this.#parts.trace.on) this.#recordDpc(channel, dpc, request);
    const queued = dpc.request(this.#lateNs === null ? 0 : this.#lateNs());
    if (!queued && this.dpcPerRequest) this.#owed[key] = (this.#owed[key] ?? 0) + 1;
  }

  /** After the post latency: list back, then completion (S2-24). */
  finish(request: Request): void {
    if (this.costs.postNs === 0) this.#finish(request.number);
    else this.clock.after(this.costs.postNs, this.#finish, request.number);
  }

  /**
   * A request that was just cancelled, at DISPATCH_LEVEL: out of a line for lists that is the driver's own. Anywhere
   * else it stays, marked, until whoever has it in hand finds the mark.
   */
  withdraw(request: Request): void {
    if (this.#parts.lists.withdraw?.(request) !== true) return;
    const channel = this.channelOf(request);
    channel.skip(request);
    this.#events.refused(channel);
  }

  /** A routine said no for good: the request is completed with its status. */
  refuse(request: Request, failure: Failure): void {
    this.noteRefusal(failure);
    this.fail(request, failure.status);
  }

  /** Every STATUS_INSUFFICIENT_RESOURCES must say which of its four causes it is. */
  noteRefusal({ status, reason }: Failure): void {
    if (status === "STATUS_INSUFFICIENT_RESOURCES" && reason === undefined) this.reasonlessCount++;
  }

  /** Completes a request that will not be carried out. */
  fail(request: Request, status: NtStatus): void {
    request.status = status;
    request.information = 0;
    request.life.send(IRP_EVENTS.FAIL);
    this.complete(request);
  }

  /** IoCompleteRequest: status and byte count to the requester. */
  complete(request: Request): void {
    request.completedNs = this.clock.nowNs;
    this.#parts.irps.ioCompleteRequest(request.irp, request.status, request.information);
    this.#events.completed(request);
  }

  /** Gives the list back, if the request has one. */
  putList(request: Request): void {
    if (!request.ownsList) return;
    this.#parts.lists.put(request);
    request.list = null;
    request.ownsList = false;
    request.life.send(IRP_EVENTS.PUT);
    this.#events.putDone();
  }

  #completeNow(number: number): void {
    const request = this.requests.at(number);
    this.putList(request);
    this.complete(request);
  }

  /** One a channel; or one a descriptor slot, which a request holds until it completes: none is made for each. */
  #dpcKey({ device: { index, slotCount } }: ChannelDriver, { slot }: Request): number {
    return this.dpcPerRequest ? index * slotCount + slot : index;
  }

  #newDpc(channel: ChannelDriver, key: number): Dpc {
    const { clock, irql, costs } = this.#parts;
    const take = this.dpcPerRequest ? () => this.#deferOne(channel, key) : () => this.#drain(channel);
    const routine = () => {
      this.#tellDpc(channel, "enter");
      take();
      this.#tellDpc(channel, "leave");
    };
    return this.#dpcs[key] = new Dpc(clock, irql, costs.dpcNs, routine);
  }

  /**
   * A DPC of its own takes one: the ISR of every other request has queued that request's own. But a DPC that comes late
   * may find its request completed by another's, and its slot in use again, by a request that found it queued already:
   * it takes one more for each of those, or they would be left behind for ever.
   */
  #deferOne(channel: ChannelDriver, key: number): void {
    const owed = this.#owed[key] ?? 0;
    this.#owed[key] = 0;
    for (let left = 1 + owed; left > 0; left--) {
      const request = channel.popReady();
      if (request === null) return;
      this.#defer(channel, request);
    }
  }

  /** A shared DPC must drain: a request that was queued while it was already queued has no DPC of its own. */
  #drain(channel: ChannelDriver): void {
    for (let request = channel.popReady(); request !== null; request = channel.popReady()) {
      this.#defer(channel, request);
    }
  }

  #defer(channel: ChannelDriver, request: Request): void {
    if (request.cancelled) this.#events.skipped(channel, request);
    else this.#events.deferred(channel, request);
  }

  #tellDpc({ device: { name } }: ChannelDriver, phase: "enter" | "leave"): void {
    const { trace, clock, irql } = this.#parts;
    if (trace.on) trace.emit({ kind: "dpc", phase, atNs: clock.nowNs, cpu: irql.cpu, channel: name });
  }

  /** The device object has one DPC, which IoRequestDpc queues; any other is a KDPC of the driver's own. */
  #recordDpc({ parts }: ChannelDriver, dpc: Dpc, { irp }: Request): void {
    const { door } = this.hal;
    if (this.dpcPerRequest) door.record("KeInsertQueueDpc", { Dpc: door.pointers.of(dpc) }, !dpc.queued);
    else {door.record("IoRequestDpc", {
        DeviceObject: door.pointers.of(parts.deviceObject),
        Irp: irpPointer(irp.number),
      });}
  }
}

/** Lists by GetScatterGatherList: the New Model, asynchronous, HAL-owned. */
export class GetLists implements ListSource {
  readonly #channels: () => readonly ChannelDriver[];

  /** `channels` is asked at each request: there are none yet when a world is built. */
  constructor(channels: () => readonly ChannelDriver[]) {
    this.#channels = channels;
  }

  obtain(request: Request, routine: AdapterListControl, refused: (request: Request, failure: Failure) => void): void {
    const { adapter, deviceObject } = this.#channels()[request.parameters.channelIndex]!.parts;
    const { mdl, lengthBytes } = request.parameters;
    const result = adapter.dmaOperations.getScatterGatherList({
      deviceObject,
      mdl,
      currentVa: mmGetMdlVirtualAddress(mdl),
      length: lengthBytes,
      executionRoutine: routine,
      context: request,
      writeToDevice: !request.toHost,
    });
    if (result.status !== "STATUS_SUCCESS") refused(request, result);
  }

  put(request: Request): void {
    const { adapter } = this.#channels()[request.parameters.channelIndex]!.parts;
    adapter.dmaOperations.putScatterGatherList({ scatterGather: request.list!, writeToDevice: !request.toHost });
  }
}
