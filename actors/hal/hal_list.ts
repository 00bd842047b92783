/**
 * A living SCATTER_GATHER_LIST: its chart, its elements, and what the HAL remembers about it in its private part: who
 * built it, over which bytes, with which map registers.
 *
 * It is also the request that stands in line for the channel. A list in a caller's buffer lives as long as the buffer
 * and is filled again and again, so that a Build makes no objects; a list of a Get routine lives in pool memory.
 */
import { listPointer, traceElements } from "./call_arguments.ts";
import { scatterGatherListMachine } from "../../machines/scatter_gather_list.ts";
import type { ScatterGatherListEvent } from "../../machines/scatter_gather_list.ts";
import { assert } from "../../sim/assert.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import { RunList } from "../../sim/memory/mod.ts";
import type { KernelPool, Mdl, PoolBlock } from "../../sim/memory/mod.ts";
import type { Address } from "../../sim/units.ts";
import { lasting } from "../lasting_event.ts";
import type { Life } from "../life.ts";
import type { Adapter } from "./adapter.ts";
import { noRegisters } from "./channel_request.ts";
import type { ChannelRequest, HeldRegisters } from "./channel_request.ts";
import type { AdapterListControl, DeviceObject } from "./dma_operations.ts";
import type { Hal } from "./hal.ts";
import { fillElements, mapLogical, unmapLogical } from "./gather.ts";
import type { Route } from "./route.ts";
import type { ScatterGatherList } from "./scatter_gather.ts";
import type { TransferContext } from "./transfer_context.ts";

/** What a request for a list says, in the order in which the routines take it. */
export interface ListOrder {
  /** The adapter that is asked. */
  readonly adapter: Adapter;
  /** The device object on whose behalf the call is made. */
  readonly deviceObject: DeviceObject;
  /** The transfer context of an Ex routine, else null. */
  readonly transferContext: TransferContext | null;
  /** Mdl: the buffer, or the chain of buffers. */
  readonly mdl: Mdl;
  /** Offset in bytes from the start of the MDL's buffer. */
  readonly offset: number;
  /** Length in bytes. */
  readonly length: number;
  /** DMA_SYNCHRONOUS_CALLBACK: now or not at all. */
  readonly synchronous: boolean;
  /** AdapterListControl; null only with the flag above. */
  readonly routine: AdapterListControl | null;
  /** Context: handed to the routine as it is. */
  readonly context: unknown;
  /** WriteToDevice: host to card. */
  readonly writeToDevice: boolean;
}

/** A list as the HAL knows it. */
export class HalList implements ScatterGatherList, ChannelRequest {
  /** It is a request for a list. */
  readonly form = "list";
  /** A list that exists has its memory. */
  readonly memoryAvailable = true;
  readonly name: string;
  readonly life: Life<Record<string, never>, ScatterGatherListEvent>;
  /** The elements. */
  readonly runs: RunList;
  /** True if a Get routine made it. */
  readonly halOwned: boolean;
  /** Bytes of its memory. */
  readonly capacityBytes: number;
  /** Where a caller's buffer lies; -1 for a list of the HAL. */
  readonly va: Address | -1;
  readonly registers: HeldRegisters = noRegisters();
  /** Neighbours in the adapter's {@link LiveLists}. */
  previous: HalList | null = null;
  /** The next list of the same adapter, or null. */
  next: HalList | null = null;
  /** How the bytes reach the device. */
  route: Route = "direct";
  mapRegisters = 0;
  poolRegisters = 0;
  /** BuildMdlFromScatterGatherList was called. */
  targetMdlMade = false;
  /** The routine that let its memory go while it was live: null for none, "" once that was told. */
  releasedBy: string | null = null;
  #order: ListOrder | null = null;
  #block: PoolBlock | null;

  /** A list in the pool's memory, or in a caller's. */
  constructor(hal: Hal, memory: { block: PoolBlock } | { lengthBytes: number; va: Address }) {
    this.name = hal.nextListName();
    this.halOwned = "block" in memory;
    this.#block = "block" in memory ? memory.block : null;
    this.capacityBytes = "block" in memory ? memory.block.lengthBytes : memory.lengthBytes;
    this.va = "block" in memory ? -1 : memory.va;
    this.runs = new RunList(8);
    const span = this.halOwned ? "transient" : "resource";
    this.life = hal.lives.create(scatterGatherListMachine, this.name, {}, span);
  }

  /** Elements, as in SCATTER_GATHER_LIST. */
  get numberOfElements(): number {
    return this.runs.count;
  }

  get addresses(): Float64Array {
    return this.runs.addresses;
  }

  get lengths(): Float64Array {
    return this.runs.lengths;
  }

  /** The request that it was last built for. */
  get order(): ListOrder {
    assert(this.#order !== null, "Cannot ask an empty list what it was built for");
    return this.#order;
  }

  /** The adapter that it was last built with; null if it never was. */
  get adapter(): Adapter | null {
    return this.#order?.adapter ?? null;
  }

  get contiguous(): boolean {
    return this.route === "contiguousBounce";
  }

  get synchronous(): boolean {
    return this.order.synchronous;
  }

  get withRoutine(): boolean {
    return this.order.routine !== null;
  }

  /** Takes a new order. */
  begin(order: ListOrder, route: Route, mapRegisters: number, poolRegisters: number): void {
    this.#order = order;
    this.route = route;
    this.mapRegisters = mapRegisters;
    this.poolRegisters = poolRegisters;
    this.targetMdlMade = false;
    this.releasedBy = null;
    this.runs.clear();
  }

  prepare(): boolean {
    return this.route !== "logical" || mapLogical(this);
  }

  unprepare(): void {
    if (this.route !== "logical") return;
    unmapLogical(this);
    this.runs.clear();
  }

  /** Everything is granted: elements are written, data for the device is made visible, the list is valid. */
  fill(): void {
    const { adapter, transferContext } = this.order;
    fillElements(this);
    transferContext?.grant();
    const { door } = adapter.hal;
    if (door.tracing) door.introduce(this.name, String(listPointer(adapter.hal, this)));
    this.life.send(FILL);
    adapter.lists.add(this);
    const { counters } = adapter;
    counters.listsBuilt++;
    if (counters.listsOutstanding > counters.listsPeak) counters.listsPeak = counters.listsOutstanding;
  }

  /** Runs the execution routine; the HAL releases the channel when it returns. */
  runRoutine(): void {
    const { adapter, deviceObject, routine, context, transferContext } = this.order;
    assert(routine !== null, "Cannot run the routine of a list that has none");
    adapter.hold(transferContext, this);
    const { hal } = adapter;
    if (hal.trace.on || hal.irql.level < DISPATCH_LEVEL) {
      const facts = hal.trace.on ? { sgl: listPointer(hal, this), elements: traceElements(this) } : undefined;
      hal.runRoutine("AdapterListControl", adapter, () => routine(deviceObject, this, context), facts);
    } else routine(deviceObject, this, context);
    adapter.release(ROUTINE_RETURNED, "DeallocateObjectKeepRegisters");
  }

  granted(): void {
    this.fill();
    this.runRoutine();
  }

  withdrawn(): void {
    this.life.send(CANCEL);
    this.discard(this.order.adapter.hal);
  }

  /** The memory of a list that is not, or no longer, granted goes back, if it is the HAL's. */
  discard(hal: Hal): void {
    if (this.halOwned) hal.listCache.keep(this);
  }

  /** Gives the pool memory back. For the cache. */
  freeMemory(pool: KernelPool): void {
    if (this.#block !== null) pool.free(this.#block);
    this.#block = null;
  }
}

const FILL: ScatterGatherListEvent = lasting("FILL");
const CANCEL: ScatterGatherListEvent = lasting("CANCEL");
const ROUTINE_RETURNED = { type: "ROUTINE_RETURNED", action: "DeallocateObjectKeepRegisters" } as const;
