/** Takes requests to any place of their life, with real lists, a queue and an engine; and on to their end. */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import type { XdmaChannel } from "../device/xdma_channel.ts";
import type { CommonBuffer, DmaAdapter } from "../hal/dma_operations.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { TransferContext } from "../hal/transfer_context.ts";
import { InterlockedList } from "../kernel/mod.ts";
import type { Irp } from "../kernel/mod.ts";
import { DriverBench } from "./driver_bench.ts";
import type { BenchBuffer, BenchOptions, Version3Operations } from "./driver_bench.ts";

/**
 * Every place in a request's life where somebody may cancel it, in the order of the life. `bare`: it travels without a
 * list of its own, through a common buffer.
 */
export const CANCEL_PLACES = [
  "dispatched",
  "pending",
  "cancelled before",
  "list asked for",
  "list granted meanwhile",
  "queued bare",
  "mapped",
  "queued with list",
  "in device",
  "in device, bare",
  "ready",
  "ready, bare",
  "unmapped",
  "failed",
] as const;

/** One of {@link CANCEL_PLACES}. */
export type CancelPlace = (typeof CANCEL_PLACES)[number];

/** A request on its way. */
export interface TripRequest {
  /** The request. */
  readonly irp: Irp;
  /** What the driver did since it was cancelled, completion left out. */
  readonly acts: string[];
  /** Its list, if it has one now. */
  list: ScatterGatherList | null;
  /** The context with which it waits for its list; null if it does not. */
  waitsWith: TransferContext | null;
  /** It waits, and the grant comes before the driver can take it back. */
  grantedFirst: boolean;
  /** IoCancelIrp took effect. */
  cancelled: boolean;
  /** What it is completed with, if it is not cancelled. */
  outcome: NtStatus;
  /** How many times the driver completed it. */
  completions: number;
}

const BYTES = 8192;

/** One driver with one H2C engine. */
export class CancelTrip {
  /** Its world. */
  readonly bench: DriverBench;
  readonly #adapter: DmaAdapter;
  readonly #operations: Version3Operations;
  readonly #descriptors: CommonBuffer;
  /** What bare requests are copied through. */
  readonly #shared: CommonBuffer;
  readonly #channel: XdmaChannel;
  readonly #workToDo: InterlockedList;
  /** Somebody else's buffer, locked for good. */
  readonly #other: BenchBuffer;
  /** A list over it that holds the adapter's channel, so that others must wait for it. */
  #blocker: ScatterGatherList | null = null;

  /** Loads the driver. */
  constructor(options: BenchOptions) {
    const bench = this.bench = new DriverBench(options);
    const { dmaAdapter, operations } = bench.getAdapter();
    this.#adapter = dmaAdapter;
    this.#operations = operations;
    const allocate = (length: number): CommonBuffer => {
      const buffer = operations.allocateCommonBuffer({ length, cacheEnabled: true });
      assert(buffer !== null, "No common buffer");
      return buffer;
    };
    this.#descriptors = allocate(bench.descriptorBytes);
    this.#shared = allocate(BYTES);
    this.#channel = bench.openChannel("h2c", this.#descriptors);
    this.#other = bench.allocateBuffer(BYTES);
    bench.mdls.mmProbeAndLockPages(this.#other.mdl, "UserMode", "IoReadAccess");
    const { clock, trace, lives, door } = bench;
    this.#workToDo = new InterlockedList("work-to-do:h2c0", 4, { clock, trace, lives, door });
  }

  /** A new request, brought to that place. */
  travel(place: CancelPlace): TripRequest {
    const { bench } = this;
    const { mdl } = bench.allocateBuffer(BYTES);
    const irp = bench.irps.create({ mdl, length: BYTES, writeToDevice: true, channel: "h2c0", directIo: true });
    assert(irp !== null, "The I/O manager can lock the buffer");
    const request: TripRequest = {
      irp,
      acts: [],
      list: null,
      waitsWith: null,
      grantedFirst: place === "list granted meanwhile",
      cancelled: false,
      outcome: "STATUS_SUCCESS",
      completions: 0,
    };
    if (place === "dispatched") return request;
    bench.irps.ioMarkIrpPending(irp);
    bench.atDispatch(() => this.#go(request, place));
    return request;
  }

  #go(request: TripRequest, place: CancelPlace): void {
    switch (place) {
      case "dispatched":
      case "pending":
        return;
      case "cancelled before":
        return void this.cancel(request);
      case "list asked for":
      case "list granted meanwhile":
        this.#blocker = this.#build(this.#other.mdl);
        request.waitsWith = this.#ask(request);
        return;
      case "failed":
        request.outcome = "STATUS_BUFFER_TOO_SMALL";
        return this.#step(request, "FAIL");
      case "queued bare":
        return this.#queue(request);
      case "mapped":
        return this.#map(request);
      case "queued with list":
        this.#map(request);
        return this.#queue(request);
      case "in device":
        this.#map(request);
        return this.#start(request);
      case "in device, bare":
        return this.#start(request);
      case "ready":
      case "ready, bare":
        if (place === "ready") this.#map(request);
        this.#start(request);
        return this.deviceDone(request);
      case "unmapped":
        this.#go(request, "ready");
        return this.putList(request);
    }
  }

  /** Somebody cancels it. True if that took effect. */
  cancel(request: TripRequest): boolean {
    request.acts.length = 0;
    const taken = this.bench.irps.ioCancelIrp(request.irp);
    request.cancelled ||= taken;
    return taken;
  }

  /** On to its end: whatever state it is in, the driver does the next right thing. */
  finish(request: TripRequest): void {
    this.bench.atDispatch(() => {
      if (request.waitsWith !== null) this.#takeBack(request, request.waitsWith);
      if (this.#workToDo.first === request.irp.number) this.pop(request);
      const { life } = request.irp;
      if (life.has("inDevice")) this.deviceDone(request);
      if (life.has("holdsList")) this.putList(request);
      this.complete(request, request.cancelled ? "STATUS_CANCELLED" : request.outcome);
    });
  }

  /** Removes it from the head of work-to-do. */
  pop(request: TripRequest): void {
    const number = this.#workToDo.exInterlockedRemoveHeadList();
    assert(number === request.irp.number, "One request at a time is in this queue");
    request.acts.push("removed from work-to-do");
  }

  /** The engine ends in its time, and says so. */
  deviceDone(request: TripRequest): void {
    const { clock } = this.bench;
    clock.run();
    assert(this.#channel.service() === "completed", "The engine does what its descriptors say");
    request.list?.life.send({ type: "DEVICE_DONE" });
    this.#step(request, "DEVICE_DONE");
    request.acts.push("the device ends");
  }

  /** PutScatterGatherList. */
  putList(request: TripRequest): void {
    const { list } = request;
    if (list === null) return;
    this.bench.atDispatch(() => this.#operations.putScatterGatherList({ scatterGather: list, writeToDevice: true }));
    request.list = null;
    this.#step(request, "PUT");
    request.acts.push("list put");
  }

  /** IoCompleteRequest. */
  complete(request: TripRequest, status: NtStatus): void {
    request.completions++;
    this.bench.irps.ioCompleteRequest(request.irp, status, status === "STATUS_SUCCESS" ? BYTES : 0);
  }

  /** Gives everything back that was obtained at load. */
  unload(): void {
    this.bench.mdls.mmUnlockPages(this.#other.mdl);
    this.bench.mdls.ioFreeMdl(this.#other.mdl);
    for (const buffer of [this.#shared, this.#descriptors]) this.#operations.freeCommonBuffer(buffer);
    this.#adapter.dmaOperations.putDmaAdapter();
  }

  /** CancelAdapterChannel for a request that waits; or the grant comes first, and then it is too late. */
  #takeBack(request: TripRequest, dmaTransferContext: TransferContext): void {
    const { deviceObject } = this.bench;
    if (request.grantedFirst) this.#freeChannel();
    const cancelled = this.#operations.cancelAdapterChannel({ deviceObject, dmaTransferContext });
    request.acts.push(`CancelAdapterChannel ${cancelled ? "TRUE" : "FALSE"}`);
    if (!request.grantedFirst) this.#freeChannel();
    request.waitsWith = null;
  }

  #freeChannel(): void {
    const blocker = this.#blocker;
    assert(blocker !== null, "Somebody holds the channel");
    this.bench.freeChannel(this.#operations);
    this.#operations.putScatterGatherList({ scatterGather: blocker, writeToDevice: true });
    this.#blocker = null;
  }

  #step(request: TripRequest, event: Parameters<DriverBench["irps"]["step"]>[1]): void {
    if (!request.irp.completed) this.bench.irps.step(request.irp, event);
  }

  #queue(request: TripRequest): void {
    this.#step(request, "QUEUE");
    assert(this.#workToDo.exInterlockedInsertTailList(request.irp.number), "The queue has room");
  }

  #map(request: TripRequest): void {
    const list = this.#build(request.irp.mdl!);
    this.bench.freeChannel(this.#operations);
    this.#mapped(request, list);
  }

  #mapped(request: TripRequest, list: ScatterGatherList): void {
    request.list = list;
    this.#step(request, "MAP");
    list.life.send({ type: "READ" });
  }

  /** Descriptors, then waiting-for-device, the doorbell last. */
  #start(request: TripRequest): void {
    const { list } = request;
    const { logicalAddress, length } = this.#shared;
    const pieces = list ??
      { numberOfElements: 1, addresses: Float64Array.of(logicalAddress), lengths: Float64Array.of(length) };
    this.#channel.prepare(0, pieces, 0);
    this.#step(request, "START");
    list?.life.send({ type: "DOORBELL" });
    this.#channel.start(0);
  }

  /** Asks asynchronously; the routine runs when the channel is free. */
  #ask(request: TripRequest): TransferContext {
    const { bench } = this;
    const dmaTransferContext = bench.createContext();
    const scatterGatherBuffer = bench.createListBuffer(4096);
    this.#operations.initializeDmaTransferContext({ dmaTransferContext });
    const { status } = this.#operations.buildScatterGatherListEx({
      deviceObject: bench.deviceObject,
      dmaTransferContext,
      mdl: request.irp.mdl!,
      offset: 0,
      length: BYTES,
      flags: 0,
      executionRoutine: (_device, list) => this.#mapped(request, list),
      context: null,
      writeToDevice: true,
      scatterGatherBuffer,
      scatterGatherLength: scatterGatherBuffer.lengthBytes,
      wantScatterGatherList: false,
    });
    assert(status === "STATUS_SUCCESS", `BuildScatterGatherListEx: ${status}`);
    return dmaTransferContext;
  }

  /** Builds now; the channel is held then. */
  #build(mdl: Mdl): ScatterGatherList {
    return this.bench.build(this.#operations, mdl, true, this.bench.createListBuffer(4096)).list;
  }
}
