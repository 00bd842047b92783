/**
 * The Classic Model (S2-4, S2-7): AllocateAdapterChannel, MapTransfer piece by piece inside AdapterControl, and after
 * the interrupt FlushAdapterBuffers and FreeMapRegisters in the DPC. Strictly serial: the next request is looked at
 * when this one is completed. A request that needs more map registers than the adapter was granted goes in rounds.
 */
import { assert } from "../../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../../sim/memory/mdl.ts";
import { PAGE_SIZE, spanPages } from "../../../sim/units.ts";
import type { AdapterControl, DmaAdapter, MapRegisterBase } from "../../hal/dma_operations.ts";
import type { HostPieces } from "../../device/device.ts";
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver, RequestStep } from "../driver.ts";
import { Request } from "../request.ts";
import type { Strategy, StrategyRun } from "../strategy.ts";

/** `classic`. */
export const classic: Strategy = {
  name: "classic",
  title: "AllocateAdapterChannel and MapTransfer, one request after the other",
  formula: "n(S + D + L + P)",
  boundNs: ({ setupNs, dmaNs, isrNs, dpcNs, postNs }, count) => count * (setupNs + dmaNs + isrNs + dpcNs + postNs),
  dmaVersion: 1,
  start: (driver) => new Classic(driver),
};

/** What a request in the Classic Model carries: how far it is, and the registers of the present round. */
class Round {
  doneBytes = 0;
  roundBytes = 0;
  mapRegisterBase: MapRegisterBase = null;
  registerCount = 0;
}

/** What requests of one adapter keep, and who must wait because one more would make it more than N. */
interface Kept {
  registers: number;
  readonly waiting: Request[];
}

class Classic implements StrategyRun {
  readonly cancellable = true;
  readonly #driver: Driver;
  readonly #kept = new Map<DmaAdapter, Kept>();
  readonly #allocate: RequestStep;
  readonly #post: RequestStep;
  readonly #control: AdapterControl = (_device, mapRegisterBase, context) => {
    assert(context instanceof Request, "AdapterControl got a foreign context");
    if (context.cancelled) {
      // Granted all the same; the registers go back with the channel.
      this.#skip(context);
      return "DeallocateObject";
    }
    this.#program(context, mapRegisterBase);
    return "DeallocateObjectKeepRegisters";
  };

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#allocate = driver.dispatchStep((number) => this.#allocateChannel(driver.requests.at(number)));
    this.#post = driver.dispatchStep((number) => this.#finishRound(driver.requests.at(number)));
  }

  dispatch(request: Request): void {
    request.held = new Round();
    const channel = this.#driver.channelOf(request);
    if (channel.parts.workToDo.depth === 0 && channel.tryTake()) {
      this.#driver.setUp(request, this.#allocate);
      return;
    }
    channel.queue(request);
    if (channel.tryTake()) this.#next(channel);
  }

  finished(channel: ChannelDriver, request: Request): void {
    this.#driver.requestDpc(channel, request);
  }

  deferred(_channel: ChannelDriver, request: Request): void {
    const { clock, costs } = this.#driver;
    if (costs.postNs === 0) this.#post(request.number);
    else clock.after(costs.postNs, this.#post, request.number);
  }

  /** Out of the line for room under N. */
  cancelled(request: Request): void {
    const { waiting } = this.#keptOf(this.#driver.channelOf(request).parts.adapter);
    const place = waiting.indexOf(request);
    if (place < 0) return;
    waiting.splice(place, 1);
    this.#skip(request);
  }

  /** With the busy token, which goes on to the next. */
  #skip(request: Request): void {
    const channel = this.#driver.channelOf(request);
    channel.skip(request);
    this.#next(channel);
  }

  #allocateChannel(request: Request): void {
    if (request.cancelled) return this.#skip(request);
    const { adapter, deviceObject, numberOfMapRegisters } = this.#driver.channelOf(request).parts;
    const round = roundOf(request);
    const va = mmGetMdlVirtualAddress(request.parameters.mdl) + round.doneBytes;
    const left = request.parameters.lengthBytes - round.doneBytes;
    round.registerCount = Math.min(spanPages(va, left), numberOfMapRegisters);
    round.roundBytes = Math.min(left, round.registerCount * PAGE_SIZE - va % PAGE_SIZE);
    const kept = this.#keptOf(adapter);
    // All that one adapter keeps at a time is at most N (Driver Verifier 0xE6/0x15).
    const tooMany = kept.registers + round.registerCount > numberOfMapRegisters;
    if (kept.registers > 0 && (tooMany || kept.waiting.length > 0)) {
      kept.waiting.push(request);
      return;
    }
    const result = adapter.dmaOperations.allocateAdapterChannel({
      deviceObject,
      numberOfMapRegisters: round.registerCount,
      executionRoutine: this.#control,
      context: request,
    });
    if (result.status === "STATUS_SUCCESS") return;
    this.#driver.refuse(request, result);
    this.#next(this.#driver.channelOf(request));
  }

  /** Inside AdapterControl: map until the round is covered, then program the device. */
  #program(request: Request, mapRegisterBase: MapRegisterBase): void {
    const channel = this.#driver.channelOf(request);
    const round = roundOf(request);
    round.mapRegisterBase = mapRegisterBase;
    if (mapRegisterBase !== null) this.#keptOf(channel.parts.adapter).registers += round.registerCount;
    const { mdl } = request.parameters;
    const addresses: number[] = [];
    const lengths: number[] = [];
    let currentVa = mmGetMdlVirtualAddress(mdl) + round.doneBytes;
    for (let left = round.roundBytes; left > 0;) {
      const { logicalAddress, length } = channel.parts.adapter.dmaOperations.mapTransfer({
        mdl,
        mapRegisterBase,
        currentVa,
        length: left,
        writeToDevice: !request.toHost,
      });
      addresses.push(logicalAddress);
      lengths.push(length);
      currentVa += length;
      left -= length;
    }
    const pieces: HostPieces = {
      numberOfElements: addresses.length,
      addresses: Float64Array.from(addresses),
      lengths: Float64Array.from(lengths),
    };
    request.life.send({ type: "MAP" });
    channel.device.prepare(request.slot, pieces, request.parameters.cardAddress + round.doneBytes);
    channel.start(request, this.#driver.clock.nowNs);
  }

  /** In the DPC: flush, free, and either the next round or completion and the next request. */
  #finishRound(request: Request): void {
    const channel = this.#driver.channelOf(request);
    const { adapter } = channel.parts;
    const round = roundOf(request);
    const { mdl, lengthBytes } = request.parameters;
    adapter.dmaOperations.flushAdapterBuffers({
      mdl,
      mapRegisterBase: round.mapRegisterBase,
      currentVa: mmGetMdlVirtualAddress(mdl) + round.doneBytes,
      length: round.roundBytes,
      writeToDevice: !request.toHost,
    });
    // A HAL that needs no registers hands out NULL, and freeing NULL is illegal.
    if (round.mapRegisterBase !== null) {
      adapter.dmaOperations.freeMapRegisters({
        mapRegisterBase: round.mapRegisterBase,
        numberOfMapRegisters: round.registerCount,
      });
      this.#released(adapter, round.registerCount);
    }
    request.life.send({ type: "PUT" });
    round.doneBytes += round.roundBytes;
    if (request.status === "STATUS_SUCCESS" && round.doneBytes < lengthBytes) {
      this.#driver.setUp(request, this.#allocate);
      return;
    }
    this.#driver.complete(request);
    this.#next(channel);
  }

  #keptOf(adapter: DmaAdapter): Kept {
    let kept = this.#kept.get(adapter);
    if (kept === undefined) this.#kept.set(adapter, kept = { registers: 0, waiting: [] });
    return kept;
  }

  /** Registers went back: whoever waits for room asks again, the longest waiter first. */
  #released(adapter: DmaAdapter, registers: number): void {
    const kept = this.#keptOf(adapter);
    kept.registers -= registers;
    for (const request of kept.waiting.splice(0)) this.#allocateChannel(request);
  }

  /** With the busy token: sets the head of work-to-do up, if there is one. */
  #next(channel: ChannelDriver): void {
    const next = channel.takeNextLive();
    if (next !== null) this.#driver.setUp(next, this.#allocate);
  }
}

function roundOf(request: Request): Round {
  assert(request.held instanceof Round, `irp:${request.number} is not in the Classic Model`);
  return request.held;
}
