/**
 * The six steps of seed 000, synchronous and without callbacks (S0-16):
 *
 * ```text
 * 1 InitializeDmaTransferContext            4 FreeAdapterObject(DeallocateObjectKeepRegisters)
 * 2 BuildScatterGatherListEx(SYNCHRONOUS)   5 wait for the hardware
 * 3 copy the list into descriptors          6 PutScatterGatherList
 * ```
 *
 * Steps 2 to 4 are repeated until STATUS_INSUFFICIENT_RESOURCES or no I/O is left (S0-10), and taken up again at the
 * next Put or when new I/O arrives (S0-11). One adapter serialises steps 2 to 4; several adapters do not (S0-13).
 */
import { assert } from "../../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../../sim/memory/mdl.ts";
import { PAGE_SIZE } from "../../../sim/units.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../hal/dma_operations.ts";
import type { BuildScatterGatherListExParameters, DmaAdapter, DmaTransferContext } from "../../hal/dma_operations.ts";
import { createScatterGatherBuffer, createTransferContext } from "../../hal/mod.ts";
import { scatterGatherListBytes } from "../../hal/scatter_gather.ts";
import type { ScatterGatherBuffer } from "../../hal/scatter_gather.ts";
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver, RequestStep } from "../driver.ts";
import type { Request, RequestParameters } from "../request.ts";
import type { Strategy, StrategyRun } from "../strategy.ts";
import { isrReprogramBoundNs } from "./isr_reprogram.ts";

/** `sync-recipe`. */
export const syncRecipe: Strategy = {
  name: "sync-recipe",
  title: "synchronous build without callback, restart inside the ISR",
  formula: "S + (n - 1) max(S, D + Li) + D + L + P, while map registers last",
  boundNs: isrReprogramBoundNs,
  dmaVersion: 3,
  start: (driver) => new SyncRecipe(driver),
};

/** The loop over one adapter: who waits to be built, and whether a builder is at work. */
interface BuildLoop {
  readonly adapter: DmaAdapter;
  readonly line: Request[];
  building: boolean;
  /** The loop met STATUS_INSUFFICIENT_RESOURCES and waits for a Put. */
  stalled: boolean;
}

class SyncRecipe implements StrategyRun {
  readonly cancellable = true;
  readonly #driver: Driver;
  readonly #loops = new Map<DmaAdapter, BuildLoop>();
  readonly #build: RequestStep;
  /** One of each a descriptor slot, which a request holds until its list is put. */
  readonly #contexts: DmaTransferContext[] = [];
  readonly #buffers: ScatterGatherBuffer[] = [];
  /** Room for one element even where no request can ever be granted: Build then says why. */
  #bufferBytes: number = scatterGatherListBytes(1);

  constructor(driver: Driver) {
    this.#driver = driver;
    for (const { parts: { adapter } } of driver.channels) {
      this.#loops.set(adapter, { adapter, line: [], building: false, stalled: false });
    }
    this.#build = driver.dispatchStep((number) => this.#buildOne(driver.requests.at(number)));
  }

  /**
   * List buffers are sized once for the longest request at the worst alignment, so that none is guessed (S4-4). Where
   * the worst alignment takes more map registers than there are, the alignment of the buffer itself has to do.
   */
  prepare(buffers: readonly RequestParameters[]): void {
    for (const { channelIndex, mdl, lengthBytes } of buffers) {
      const { calculateScatterGatherList } = this.#driver.channels[channelIndex]!.parts.adapter.dmaOperations;
      for (const currentVa of [PAGE_SIZE - 1, mmGetMdlVirtualAddress(mdl)]) {
        const size = calculateScatterGatherList!({ mdl: null, currentVa, length: lengthBytes });
        if (size.status !== "STATUS_SUCCESS") continue;
        this.#bufferBytes = Math.max(this.#bufferBytes, size.scatterGatherListSize);
      }
    }
  }

  dispatch(request: Request): void {
    const loop = this.#loopOf(request);
    loop.line.push(request);
    loop.stalled = false;
    this.#advance(loop);
  }

  finished(channel: ChannelDriver, request: Request): void {
    channel.startNext(this.#driver.clock.nowNs);
    this.#driver.requestDpc(channel, request);
  }

  deferred(_channel: ChannelDriver, request: Request): void {
    this.#driver.finish(request);
  }

  /** Out of the line, unless its setup is under way: #buildOne finds the mark then. */
  cancelled(request: Request): void {
    const loop = this.#loopOf(request);
    const place = loop.line.indexOf(request);
    if (place < 0 || (place === 0 && loop.building)) return;
    loop.line.splice(place, 1);
    this.#driver.channelOf(request).skip(request);
    // What stopped the loop was the head; the next one may need fewer registers.
    if (place === 0) loop.stalled = false;
    this.#advance(loop);
  }

  /** Step 6 is done: registers may be free again, for whichever loop waits for them. */
  putDone(): void {
    for (const loop of this.#loops.values()) {
      loop.stalled = false;
      this.#advance(loop);
    }
  }

  #loopOf(request: Request): BuildLoop {
    return this.#loops.get(this.#driver.channelOf(request).parts.adapter)!;
  }

  /** Steps 2 to 4 occupy a processor; one builder an adapter at a time (S0-12). */
  #advance(loop: BuildLoop): void {
    const next = loop.line[0];
    if (next === undefined || loop.building || loop.stalled) return;
    loop.building = true;
    this.#driver.setUp(next, this.#build);
  }

  /** The list buffer of a slot; null if there is no memory for it. */
  #bufferOf(slot: number): ScatterGatherBuffer | null {
    const buffer = this.#buffers[slot] ?? createScatterGatherBuffer(this.#driver.hal, this.#bufferBytes, "nonpaged");
    if (buffer !== null) this.#buffers[slot] = buffer;
    return buffer;
  }

  #buildOne(request: Request): void {
    const loop = this.#loopOf(request);
    const { parameters: { mdl, lengthBytes } } = request;
    const channel = this.#driver.channelOf(request);
    if (request.cancelled) {
      loop.building = false;
      loop.line.shift();
      channel.skip(request);
      return this.#advance(loop);
    }
    const slot = channel.device.index * channel.device.slotCount + request.slot;
    const buffer = this.#bufferOf(slot);
    if (buffer === null) {
      // Nobody tells when there is memory again: whoever waited for it might wait for ever.
      loop.building = false;
      loop.line.shift();
      this.#driver.refuse(request, { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory" });
      return this.#advance(loop);
    }
    const operations = loop.adapter.dmaOperations;
    const context = this.#contexts[slot] ??= createTransferContext(this.#driver.hal);
    operations.initializeDmaTransferContext!({ dmaTransferContext: context });
    const parameters: BuildScatterGatherListExParameters = {
      deviceObject: channel.parts.deviceObject,
      dmaTransferContext: context,
      mdl,
      offset: 0,
      length: lengthBytes,
      flags: DMA_SYNCHRONOUS_CALLBACK,
      executionRoutine: null,
      context: null,
      wantScatterGatherList: true,
      writeToDevice: !request.toHost,
      scatterGatherBuffer: buffer,
      scatterGatherLength: buffer.lengthBytes,
    };
    const result = operations.buildScatterGatherListEx!(parameters);
    loop.building = false;
    if (result.status !== "STATUS_SUCCESS") this.#driver.noteRefusal(result);
    if (result.status === "STATUS_SUCCESS") {
      loop.line.shift();
      assert(result.scatterGatherList !== null, "The routine-less form returns a list");
      this.#driver.mapped(request, result.scatterGatherList);
      operations.freeAdapterObject!({ allocationAction: "DeallocateObjectKeepRegisters" });
      channel.startOrQueue(request, this.#driver.clock.nowNs);
    } else if (result.status === "STATUS_INSUFFICIENT_RESOURCES" && result.reason !== "perTransferLimit") {
      loop.stalled = true;
    } else {
      // Permanent: retrying the same request would stop the loop for ever.
      loop.line.shift();
      this.#driver.fail(request, result.status);
    }
    this.#advance(loop);
  }
}
