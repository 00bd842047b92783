/**
 * A living DMA_ADAPTER: its chart, its one channel with the line before it, and what a viewer wants to count.
 *
 * Every routine comes in through {@link Adapter.enter}; every request for the channel, list or Classic, goes through
 * {@link Adapter.ask}; whatever frees the channel goes through {@link Adapter.release}. The chart decides in all three.
 */
import { dmaAdapterMachine } from "../../machines/dma_adapter.ts";
import type { DmaAdapterContext, DmaAdapterEvent, IoAllocationAction } from "../../machines/dma_adapter.ts";
import type { IrqlRequirement } from "../../machines/lifecycle.ts";
import type { Refusal } from "../../machines/lifecycle.ts";
import { assert } from "../../sim/assert.ts";
import type { IommuDomain } from "../../sim/memory/mod.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { Life, Verdict } from "../life.ts";
import { AdapterCounters } from "./adapter_counters.ts";
import type { RoutineName } from "./adapter_counters.ts";
import type { ChannelGrant } from "./channel_grant.ts";
import type { ChannelHolder, ChannelRequest } from "./channel_request.ts";
import { addressWidth } from "./device_description.ts";
import type { DeviceDescription } from "./device_description.ts";
import type { DeviceObject, DmaAdapter, DmaOperations, Failure } from "./dma_operations.ts";
import type { Hal } from "./hal.ts";
import type { HalList } from "./hal_list.ts";
import { LiveLists } from "./live_lists.ts";
import type { MapRegisterPool } from "./pool.ts";

/** What IoGetDmaAdapter settled. */
export interface AdapterGrant {
  /** `adapter:0`, in the order in which adapters were granted. */
  readonly name: string;
  /** The device that it was obtained for. */
  readonly physicalDeviceObject: DeviceObject;
  /** What the driver said of its device. */
  readonly description: DeviceDescription;
  /** The version of DMA_OPERATIONS. */
  readonly operationsVersion: 1 | 2 | 3;
  /** N, if the platform can give so many. */
  readonly wantedMapRegisters: number;
  /** Where its map registers come from. */
  readonly pool: MapRegisterPool;
}

/** One DMA_ADAPTER. */
export class Adapter implements DmaAdapter {
  /** Version of the DMA_ADAPTER structure itself. */
  readonly version = 1;
  readonly name: string;
  /** The HAL that granted it. */
  readonly hal: Hal;
  /** Its lifecycle. */
  readonly life: Life<DmaAdapterContext, DmaAdapterEvent>;
  /** The device that it was obtained for. */
  readonly physicalDeviceObject: DeviceObject;
  /** What the driver said of its device. */
  readonly description: DeviceDescription;
  /** The version of DMA_OPERATIONS that was granted. */
  readonly operationsVersion: 1 | 2 | 3;
  /** N: the most map registers of one transfer. */
  readonly numberOfMapRegisters: number;
  /** Address lines of the device. */
  readonly addressWidth: number;
  /** 2 to the power of {@link Adapter.addressWidth}: the device reaches addresses below this. */
  readonly reach: Address;
  /** The device takes many elements; false: one contiguous piece. */
  readonly scatterGather: boolean;
  /** Some memory cannot be given to this device as it lies, so transfers may go through map registers. */
  readonly needsMapRegisters: boolean;
  /** The meaning of the device's addresses. */
  readonly domain: IommuDomain;
  /** Where its map registers come from. */
  readonly pool: MapRegisterPool;
  /** What a viewer wants to count. */
  readonly counters: AdapterCounters = new AdapterCounters();
  /** Lists that are built and not put. */
  readonly lists: LiveLists = new LiveLists();
  /** Classic grants that wait, hold the channel, hold registers or have something mapped; oldest first. */
  readonly grants: Set<ChannelGrant> = new Set();
  /** Requests in line for the channel, first come first. */
  readonly line: ChannelRequest[] = [];
  #headWaitsForRegisters = false;
  #holder: ChannelHolder | null = null;
  #heldList: HalList | null = null;
  #operations: DmaOperations | null = null;

  /** Made by IoGetDmaAdapter only. */
  constructor(hal: Hal, grant: AdapterGrant) {
    const { description, wantedMapRegisters } = grant;
    this.hal = hal;
    this.name = grant.name;
    this.physicalDeviceObject = grant.physicalDeviceObject;
    this.description = description;
    this.operationsVersion = grant.operationsVersion;
    this.pool = grant.pool;
    this.addressWidth = addressWidth(description);
    this.reach = 2 ** this.addressWidth;
    this.scatterGather = description.master && description.scatterGather;
    const { memory } = hal;
    // The domain belongs to the device; whoever asks first says how many address lines it has.
    this.domain = memory.port(grant.physicalDeviceObject.name, Math.max(16, this.addressWidth)).domain;
    const reachesAll = this.domain.on || this.reach >= memory.physical.ram.topPfn * PAGE_SIZE;
    this.needsMapRegisters = !reachesAll || (!this.scatterGather && !this.domain.on);
    // Who may take registers cannot be granted more than there are; behind an IOMMU that is who needs one piece.
    const mayTakeRegisters = this.needsMapRegisters || !this.scatterGather;
    const numberOfMapRegisters = mayTakeRegisters ? Math.min(wantedMapRegisters, grant.pool.size) : wantedMapRegisters;
    this.numberOfMapRegisters = numberOfMapRegisters;
    this.life = hal.lives.create(dmaAdapterMachine, grant.name, { numberOfMapRegisters });
    if (hal.door.tracing) hal.door.introduce(grant.name, hal.door.pointers.of(this)!);
    this.life.send({ type: "IO_GET_DMA_ADAPTER" });
  }

  /** The routines of the granted version. */
  get dmaOperations(): DmaOperations {
    assert(this.#operations !== null, "Cannot use an adapter before its operations are put together");
    return this.#operations;
  }

  /** Gives the adapter its routines. Called once, by IoGetDmaAdapter. */
  equip(operations: DmaOperations): void {
    assert(this.#operations === null, "Cannot equip an adapter twice");
    this.#operations = operations;
  }

  /**
   * What every routine does first: it is counted, the IRQL is checked, and an adapter that was put is named
   * (`UseAfterPutAdapter`). False if the adapter no longer lives; the routine then does nothing.
   */
  enter(routine: RoutineName, irql: IrqlRequirement): boolean {
    this.counters.count(routine);
    this.hal.door.checkIrql(routine, irql, this.name, true);
    if (this.life.has("live")) return true;
    this.life.send(CALL);
    return false;
  }

  /** As {@link Adapter.enter}, for routines that only leave their line in the call log where the adapter is gone. */
  admits(routine: RoutineName, irql: IrqlRequirement): boolean {
    if (this.enter(routine, irql)) return true;
    const { door } = this.hal;
    if (door.tracing) door.record(routine, { DmaAdapter: door.pointers.of(this) });
    return false;
  }

  /**
   * Asks for the channel, and for map registers where the request takes some. `granted`: both are there and the
   * request may use them now; the caller tells who holds the channel ({@link Adapter.hold}). `queued`: the request
   * stands in line, and {@link ChannelRequest.granted} comes later, at DISPATCH_LEVEL.
   */
  ask(request: ChannelRequest): "granted" | "queued" | Failure {
    const { poolRegisters, contiguous, mapRegisters, synchronous, withRoutine, memoryAvailable } = request;
    const prepared = request.prepare();
    const registersAvailable = prepared && (poolRegisters === 0 || this.pool.available(poolRegisters, contiguous));
    const type = request.form === "list" ? "BUILD_SCATTER_GATHER_LIST" : "ALLOCATE_ADAPTER_CHANNEL";
    const { refusal } = this.life.send({
      type,
      registers: mapRegisters,
      synchronous,
      withRoutine,
      registersAvailable,
      memoryAvailable,
    });
    if (refusal === null) {
      if (poolRegisters > 0) this.#takeRegisters(request);
      return "granted";
    }
    if (prepared) request.unprepare();
    if (refusal.status !== "STATUS_PENDING") return this.#failure(refusal, request);
    this.line.push(request);
    this.hal.waiterCount++;
    return "queued";
  }

  /** Says who holds the channel after a grant without routine, or while a routine runs; and for which list. */
  hold(holder: ChannelHolder | null, list: HalList | null = null): void {
    this.#holder = holder;
    this.#heldList = list;
  }

  /** A list was put while the channel is still held for it: legal, and the channel then has no list any more. */
  forget(list: HalList): void {
    if (this.#heldList === list) this.#heldList = null;
  }

  /**
   * Whatever may free the channel: FreeAdapterObject, FreeAdapterChannel, the return of a routine. If the chart says
   * that the channel is free now, its holder is told and the line moves on.
   */
  release(event: DmaAdapterEvent, action: IoAllocationAction): Verdict {
    const held = this.life.has("channelHeld");
    const verdict = this.life.send(event);
    if (held && !this.life.has("channelHeld")) {
      const holder = this.#holder;
      const list = this.#heldList;
      this.hold(null);
      holder?.channelFreed(action);
      // Freed under a live list: somebody else may get these registers while the device still works through them.
      if (action === "DeallocateObject" && list !== null) this.giveRegisters(list);
      this.hal.serve();
    }
    return verdict;
  }

  /** Takes a waiting request out of the line (CancelAdapterChannel). False if it does not wait. */
  withdraw(request: ChannelRequest): boolean {
    const place = this.line.indexOf(request);
    if (place < 0) return false;
    this.line.splice(place, 1);
    this.hal.waiterCount--;
    if (place === 0 && this.#headWaitsForRegisters) {
      this.#headWaitsForRegisters = false;
      this.pool.leave(request);
    }
    this.life.send({ type: "CANCEL_ADAPTER_CHANNEL" });
    return true;
  }

  /** Serves the head of the line, or sends it to the pool's line. True if it was served. For {@link Hal.serve}. */
  serveHead(): boolean {
    const head = this.line[0];
    if (head === undefined || this.#headWaitsForRegisters || this.life.has("channelHeld")) return false;
    if (head.poolRegisters > 0) {
      this.pool.join(head);
      if (head.registers.count === 0) {
        this.#headWaitsForRegisters = true;
        return false;
      }
      this.counters.addRegisters(head.registers.count);
    }
    return this.#grantHead(head);
  }

  /** The pool served the head of this adapter's line. For {@link Hal.serve}. */
  registersCame(request: ChannelRequest): void {
    assert(this.line[0] === request, "Cannot serve a request that is not the head of its line");
    this.#headWaitsForRegisters = false;
    this.counters.addRegisters(request.registers.count);
    this.#grantHead(request);
  }

  /** Gives the registers of a grant back to the pool. Who waits is served by {@link Hal.serve}. */
  giveRegisters(request: { readonly registers: ChannelRequest["registers"] }): void {
    this.counters.dropRegisters(request.registers.count);
    this.pool.give(request.registers);
  }

  /** At PutDmaAdapter: nobody who still waits will ever be served. */
  abandonLine(): void {
    if (this.#headWaitsForRegisters) this.pool.leave(this.line[0]!);
    this.#headWaitsForRegisters = false;
    this.hal.waiterCount -= this.line.length;
    this.line.length = 0;
  }

  #grantHead(head: ChannelRequest): boolean {
    if (!head.prepare()) {
      // No logical addresses at present: registers go back, the place in line stays.
      if (head.registers.count > 0) this.giveRegisters(head);
      return false;
    }
    this.line.shift();
    this.hal.waiterCount--;
    this.life.send({ type: "GRANT", form: head.form });
    head.granted();
    return true;
  }

  #takeRegisters(request: ChannelRequest): void {
    this.pool.take(request.poolRegisters, request.contiguous, request.registers);
    this.counters.addRegisters(request.registers.count);
  }

  #failure(refusal: Refusal, request: ChannelRequest): Failure {
    assert(refusal.status !== "STATUS_SUCCESS", "Cannot refuse with success");
    const { status, reason } = refusal;
    return reason === undefined
      ? { status, why: "an asynchronous call without an execution routine: nobody could be told" }
      : { status, reason, why: this.#why(reason, request) };
  }

  #why(reason: NonNullable<Refusal["reason"]>, { mapRegisters, poolRegisters, contiguous }: ChannelRequest): string {
    const { pool, life } = this;
    switch (reason) {
      case "perTransferLimit":
        return `needs ${mapRegisters} map registers, adapter was granted ${this.numberOfMapRegisters}`;
      case "poolExhausted": {
        if (poolRegisters === 0) return `the device's IOMMU domain has no room for ${mapRegisters} pages`;
        const { free, waiting } = pool.life.context;
        const line = waiting > 0 ? `, ${waiting} requests wait in front` : "";
        const piece = contiguous ? " in one piece" : "";
        return `needs ${poolRegisters} map registers${piece}, ${free} of ${pool.size} are free${line}`;
      }
      case "channelBusy":
        return life.has("channelHeld")
          ? `the channel of ${this.name} is held (${life.state}) since ${life.sinceNs} ns`
          : `${life.context.waiting} requests wait for the channel of ${this.name}`;
      case "noMemory":
        return "the kernel pool has no memory for the list";
    }
  }
}

const CALL: DmaAdapterEvent = { type: "CALL" };

/** What a routine with a status answers on an adapter that was put; beside the finding. On Windows: undefined. */
export const ADAPTER_GONE: Failure = { status: "STATUS_INVALID_DEVICE_REQUEST", why: "the adapter was put" };
