/**
 * Registered buffers (seed 003): every buffer's list is built once, when it is registered, and used for every transfer
 * until the end. No setup per transfer; the price is map registers held for ever, where registers are needed at all
 * (S3-9, S3-10). Windows offers no static registers; nothing promises that such lists stay usable (S3-20).
 *
 * `keepLists: false` is what people really tried: put the list and go on using its addresses. That works while logical
 * addresses are physical ones and faults behind an IOMMU (S3-11).
 */
import { assert } from "../../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../../sim/memory/mdl.ts";
import type { Mdl } from "../../../sim/memory/mdl.ts";
import type { HostPieces } from "../../device/device.ts";
import type { ScatterGatherList } from "../../hal/scatter_gather.ts";
import type { ChannelDriver } from "../channel_driver.ts";
import type { Driver } from "../driver.ts";
import type { Request, RequestParameters } from "../request.ts";
import type { Strategy, StrategyRun } from "../strategy.ts";

/** `registered`, with lists kept alive or (breaking the rule) put and used all the same. */
export function registeredWith(options: { readonly keepLists: boolean }): Strategy {
  return {
    name: "registered",
    title: "static lists of registered buffers, restart inside the ISR",
    formula: "nD + (n - 1) Li + L + P",
    boundNs: ({ dmaNs, isrNs, dpcNs, postNs }, count) => count * dmaNs + (count - 1) * isrNs + isrNs + dpcNs + postNs,
    dmaVersion: 1,
    start: (driver) => new Registered(driver, options.keepLists),
  };
}

/** `registered`, lists kept alive. */
export const registered: Strategy = registeredWith({ keepLists: true });

interface Registration {
  readonly list: ScatterGatherList;
  /** What descriptors are written from: the list, or what was copied out of it before it was put. */
  readonly pieces: HostPieces;
  readonly parameters: RequestParameters;
}

class Registered implements StrategyRun {
  readonly #driver: Driver;
  readonly #keepLists: boolean;
  readonly #registrations = new Map<Mdl, Registration>();

  constructor(driver: Driver, keepLists: boolean) {
    this.#driver = driver;
    this.#keepLists = keepLists;
  }

  readonly locksBuffers = true;
  readonly cancellable = true;

  /** Registering: the process's request stays pending, so the pages stay locked (S3-1); the list is built once. */
  prepare(buffers: readonly RequestParameters[]): void {
    for (const parameters of buffers) {
      const operation = this.#writeToDevice(parameters) ? "IoReadAccess" : "IoWriteAccess";
      const locked = this.#driver.mdls.ioManagerLock(parameters.mdl, operation);
      assert(locked === "STATUS_SUCCESS", `Cannot lock a buffer: ${locked}`);
      this.#driver.atDispatch(() => this.#register(parameters));
    }
  }

  dispatch(request: Request): void {
    const channel = this.#driver.channelOf(request);
    const registration = this.#registrations.get(request.parameters.mdl);
    assert(registration !== undefined, `irp:${request.number} uses a buffer that nobody registered`);
    // The registration owns the list; the request only borrows it.
    request.list = registration.list;
    channel.device.prepare(request.slot, registration.pieces, request.parameters.cardAddress);
    channel.startOrQueue(request, this.#driver.clock.nowNs);
  }

  finished(channel: ChannelDriver, request: Request): void {
    channel.startNext(this.#driver.clock.nowNs);
    this.#driver.requestDpc(channel, request);
  }

  deferred(_channel: ChannelDriver, request: Request): void {
    this.#driver.finish(request);
  }

  close(): void {
    for (const { list, parameters } of this.#registrations.values()) {
      if (this.#keepLists) this.#driver.atDispatch(() => this.#put(list, parameters));
      this.#driver.mdls.ioManagerUnlock(parameters.mdl);
    }
  }

  #register(parameters: RequestParameters): void {
    const { adapter, deviceObject } = this.#driver.channels[parameters.channelIndex]!.parts;
    const { mdl, lengthBytes } = parameters;
    const result = adapter.dmaOperations.getScatterGatherList({
      deviceObject,
      mdl,
      currentVa: mmGetMdlVirtualAddress(mdl),
      length: lengthBytes,
      writeToDevice: this.#writeToDevice(parameters),
      context: null,
      executionRoutine: (_device, list) => {
        this.#registrations.set(mdl, { list, pieces: this.#keepLists ? list : copyOf(list), parameters });
        if (!this.#keepLists) this.#put(list, parameters);
      },
    });
    if (result.status === "STATUS_SUCCESS") return;
    const why = result.reason ?? result.why ?? "it is refused";
    throw new RangeError(
      `Cannot register a buffer of ${lengthBytes} bytes: ${result.status}, ${why}; expected shorter or fewer buffers`,
    );
  }

  #put(list: ScatterGatherList, parameters: RequestParameters): void {
    const { adapter } = this.#driver.channels[parameters.channelIndex]!.parts;
    adapter.dmaOperations.putScatterGatherList({
      scatterGather: list,
      writeToDevice: this.#writeToDevice(parameters),
    });
  }

  #writeToDevice(parameters: RequestParameters): boolean {
    return this.#driver.channels[parameters.channelIndex]!.device.direction === "h2c";
  }
}

/** The elements of a list as they are now: the HAL uses the list's memory again after Put. */
function copyOf({ numberOfElements, addresses, lengths }: HostPieces): HostPieces {
  return {
    numberOfElements,
    addresses: addresses.slice(0, numberOfElements),
    lengths: lengths.slice(0, numberOfElements),
  };
}
