/**
 * One device's way into host memory: bus address → IOMMU → RAM. The device sees RAM itself, never the CPU's cache.
 *
 * - An address where no RAM is: unsupported request.
 * - An address that the IOMMU does not allow: unsupported request, and a fault in the IOMMU's record.
 * - An address beyond the device's address lines: no device can drive it, so the card's model (or its driver's
 *   arithmetic) is wrong. We do not truncate, which would hit an innocent page, but refuse it as unsupported request
 *   and emit the notice `AddressBeyondDeviceWidth`.
 */
import type { Tracer } from "../../trace/event.ts";
import { assert } from "../assert.ts";
import type { VirtualClock } from "../clock.ts";
import { BUS_OK, BUS_UNSUPPORTED_REQUEST } from "../ports.ts";
import type { BusStatus, HostMemoryPort } from "../ports.ts";
import { PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import type { IommuDomain } from "./iommu.ts";
import type { PhysicalMemory } from "./physical.ts";

/** Sees every access before it happens, so that a checker can compare it with the lists that are alive. */
export type AccessWatcher = (busAddress: Address, lengthBytes: number, write: boolean) => void;

/** The host memory port of one device. */
export class HostPort implements HostMemoryPort {
  /** The domain that gives this device's addresses their meaning. */
  readonly domain: IommuDomain;
  /** Null (the default) costs nothing. */
  onAccess: AccessWatcher | null = null;
  readonly #memory: PhysicalMemory;
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #reach: Address;
  #failAfter = -1;
  #failStatus: BusStatus = BUS_OK;

  /** The way of the device that `domain` belongs to. */
  constructor(domain: IommuDomain, memory: PhysicalMemory, clock: VirtualClock, trace: Tracer) {
    this.domain = domain;
    this.#memory = memory;
    this.#clock = clock;
    this.#trace = trace;
    this.#reach = 2 ** domain.addressBits;
  }

  /** Lets one access fail with this status: the next one, or the one after `accesses` more. Once. */
  failNext(status: BusStatus, accesses = 0): void {
    assert(status !== BUS_OK && accesses >= 0, `Cannot inject status ${status} after ${accesses} accesses`);
    this.#failStatus = status;
    this.#failAfter = accesses;
  }

  read(busAddress: Address, target: Uint8Array, targetOffset: number, lengthBytes: number): BusStatus {
    const trouble = this.#before(busAddress, lengthBytes, false);
    if (trouble !== BUS_OK) return trouble;
    if (this.domain.on) return this.#translated(busAddress, target, targetOffset, lengthBytes, false);
    if (!this.#memory.contains(busAddress, lengthBytes)) return BUS_UNSUPPORTED_REQUEST;
    this.#memory.read(busAddress, target, targetOffset, lengthBytes);
    return BUS_OK;
  }

  write(busAddress: Address, source: Uint8Array, sourceOffset: number, lengthBytes: number): BusStatus {
    const trouble = this.#before(busAddress, lengthBytes, true);
    if (trouble !== BUS_OK) return trouble;
    if (this.domain.on) return this.#translated(busAddress, source, sourceOffset, lengthBytes, true);
    if (!this.#memory.contains(busAddress, lengthBytes)) return BUS_UNSUPPORTED_REQUEST;
    this.#memory.write(busAddress, source, sourceOffset, lengthBytes);
    return BUS_OK;
  }

  #before(busAddress: Address, lengthBytes: number, write: boolean): BusStatus {
    if (this.onAccess !== null) this.onAccess(busAddress, lengthBytes, write);
    if (this.#failAfter >= 0 && this.#failAfter-- === 0) return this.#failStatus;
    if (busAddress + lengthBytes <= this.#reach) return BUS_OK;
    if (this.#trace.on) {
      this.#trace.emit({
        kind: "notice",
        atNs: this.#clock.nowNs,
        source: `bus:${this.domain.device}`,
        name: "AddressBeyondDeviceWidth",
        details: `0x${busAddress.toString(16)} needs more than ${this.domain.addressBits} address bits`,
      });
    }
    return BUS_UNSUPPORTED_REQUEST;
  }

  /** Page by page, frames that follow each other in one copy. A fault in the middle ends the access there. */
  #translated(busAddress: Address, bytes: Uint8Array, offset: number, lengthBytes: number, write: boolean): BusStatus {
    let at = busAddress;
    let inBytes = offset;
    const end = busAddress + lengthBytes;
    let runStart = 0;
    let runBytes = 0;
    while (at < end) {
      const physical = this.domain.translate(at, end - at, write);
      const piece = Math.min(end - at, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
      if (runBytes > 0 && physical !== runStart + runBytes) {
        this.#copy(runStart, bytes, inBytes, runBytes, write);
        inBytes += runBytes;
        runBytes = 0;
      }
      if (physical < 0) return BUS_UNSUPPORTED_REQUEST;
      if (runBytes === 0) runStart = physical;
      runBytes += piece;
      at += piece;
    }
    if (runBytes > 0) this.#copy(runStart, bytes, inBytes, runBytes, write);
    return BUS_OK;
  }

  #copy(physical: Address, bytes: Uint8Array, offset: number, lengthBytes: number, write: boolean): void {
    if (write) this.#memory.write(physical, bytes, offset, lengthBytes);
    else this.#memory.read(physical, bytes, offset, lengthBytes);
  }
}
