/**
 * Common buffer and memcpy (S3-15): the device only ever sees two common buffers a channel, with a list of one entry;
 * the CPU copies between them and the requester's memory. Host to card, the copy of the next request runs while the
 * device reads the other buffer; card to host, it runs while the device fills the other one.
 */
import { assert } from "../../../sim/assert.ts";
import { ACCESS_OK } from "../../../sim/memory/address_space.ts";
import { mmGetMdlVirtualAddress } from "../../../sim/memory/mdl.ts";
import type { CommonBuffer } from "../../hal/dma_operations.ts";
import type { HostPieces } from "../../device/device.ts";
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver, RequestStep } from "../driver.ts";
import type { Request, RequestParameters } from "../request.ts";
import type { Strategy, StrategyRun } from "../strategy.ts";

/** `copy`. */
export const copy: Strategy = {
  name: "copy",
  title: "copied through two common buffers a channel, restart inside the ISR",
  formula: "Cp + (n - 1) max(Cp, D + Li) + D + L",
  boundNs: ({ copyNs, dmaNs, isrNs, dpcNs }, count) =>
    copyNs + (count - 1) * Math.max(copyNs, dmaNs + isrNs) + dmaNs + isrNs + dpcNs,
  dmaVersion: 1,
  start: (driver) => new Copy(driver),
};

const BUFFERS_PER_CHANNEL = 2;

/** One common buffer, as a list of one entry that never changes but for its length. */
class Window {
  readonly buffer: CommonBuffer;
  readonly pieces: HostPieces;
  readonly #length = new Float64Array(1);

  constructor(buffer: CommonBuffer) {
    this.buffer = buffer;
    const addresses = Float64Array.of(buffer.logicalAddress);
    this.pieces = { numberOfElements: 1, addresses, lengths: this.#length };
  }

  set lengthBytes(value: number) {
    this.#length[0] = value;
  }
}

class Copy implements StrategyRun {
  readonly cancellable = true;
  readonly #driver: Driver;
  readonly #free: Window[][] = [];
  readonly #line: Request[][] = [];
  readonly #copiedIn: RequestStep;
  readonly #copiedOut: RequestStep;

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#copiedIn = (number) => this.#start(driver.requests.at(number));
    this.#copiedOut = driver.dispatchStep((number) => this.#endToHost(driver.requests.at(number)));
  }

  prepare(buffers: readonly RequestParameters[]): void {
    for (const channel of this.#driver.channels) {
      const mine = buffers.filter(({ channelIndex }) => channelIndex === channel.device.index);
      const length = Math.max(1, ...mine.map(({ lengthBytes }) => lengthBytes));
      this.#line.push([]);
      this.#free.push(Array.from({ length: BUFFERS_PER_CHANNEL }, () => {
        const buffer = channel.parts.adapter.dmaOperations.allocateCommonBuffer({ length, cacheEnabled: true });
        if (buffer === null) {
          const what = `Cannot copy through a common buffer of ${length} bytes on ${channel.device.name}`;
          throw new RangeError(`${what}: there is no memory for it; expected shorter or fewer requests`);
        }
        return new Window(buffer);
      }));
    }
  }

  dispatch(request: Request): void {
    const channel = this.#driver.channelOf(request);
    this.#line[channel.device.index]!.push(request);
    this.#pump(channel);
  }

  finished(channel: ChannelDriver, request: Request): void {
    channel.startNext(this.#driver.clock.nowNs);
    // Host to card, the window is free as soon as the device has read it: no HAL call is needed for that.
    if (!request.toHost) this.#recycle(channel, request);
    this.#driver.requestDpc(channel, request);
  }

  deferred(channel: ChannelDriver, request: Request): void {
    if (!request.toHost) return this.#driver.complete(request);
    channel.parts.processor.submit(this.#driver.copyNs(request), this.#copiedOut, request.number);
  }

  /** It may have got a window before it was cancelled. */
  skipped(channel: ChannelDriver, request: Request): void {
    if (request.held !== null) this.#recycle(channel, request);
    this.#driver.complete(request);
  }

  /** Out of the line for a window. */
  cancelled(request: Request): void {
    const channel = this.#driver.channelOf(request);
    const line = this.#line[channel.device.index]!;
    const place = line.indexOf(request);
    if (place < 0) return;
    line.splice(place, 1);
    channel.skip(request);
  }

  close(): void {
    this.#free.forEach((windows, index) => {
      const { adapter } = this.#driver.channels[index]!.parts;
      for (const { buffer } of windows) adapter.dmaOperations.freeCommonBuffer(buffer);
    });
  }

  /** Gives free windows to the requests at the head of the line. */
  #pump(channel: ChannelDriver): void {
    const line = this.#line[channel.device.index]!;
    const free = this.#free[channel.device.index]!;
    while (line.length > 0 && free.length > 0) {
      const request = line.shift()!;
      request.held = free.shift()!;
      if (request.toHost) this.#start(request);
      else channel.parts.processor.submit(this.#driver.copyNs(request), this.#copiedIn, request.number);
    }
  }

  #start(request: Request): void {
    const channel = this.#driver.channelOf(request);
    if (request.cancelled) return channel.skip(request);
    const window = windowOf(request);
    if (!request.toHost) this.#move(request, window, "in");
    window.lengthBytes = request.parameters.lengthBytes;
    channel.device.prepare(request.slot, window.pieces, request.parameters.cardAddress);
    channel.startOrQueue(request, this.#driver.clock.nowNs);
  }

  #endToHost(request: Request): void {
    if (request.status === "STATUS_SUCCESS") this.#move(request, windowOf(request), "out");
    this.#recycle(this.#driver.channelOf(request), request);
    this.#driver.complete(request);
  }

  #recycle(channel: ChannelDriver, request: Request): void {
    this.#free[channel.device.index]!.push(windowOf(request));
    request.held = null;
    this.#pump(channel);
  }

  /** The memcpy itself; its time was charged to the processor. */
  #move(request: Request, { buffer }: Window, way: "in" | "out"): void {
    const { mdl, lengthBytes } = request.parameters;
    const user = mmGetMdlVirtualAddress(mdl);
    const bytes = new Uint8Array(lengthBytes);
    const { space } = this.#driver;
    const from = way === "in" ? user : buffer.virtualAddress;
    const to = way === "in" ? buffer.virtualAddress : user;
    const done = space.read(from, bytes, 0, lengthBytes) === ACCESS_OK &&
      space.write(to, bytes, 0, lengthBytes) === ACCESS_OK;
    assert(done, `irp:${request.number}: the copy met memory that is not there`);
  }
}

function windowOf(request: Request): Window {
  assert(request.held instanceof Window, `irp:${request.number} has no window`);
  return request.held;
}
