/**
 * Host memory as a card on another thread sees it: a few windows of shared bytes at bus addresses. Outside of them
 * nobody answers. There is no IOMMU and no cache in between.
 */
import { BUS_OK, BUS_UNSUPPORTED_REQUEST } from "../../sim/ports.ts";
import type { BusStatus, HostMemoryPort } from "../../sim/ports.ts";

/** Bytes that can be reached from the bus. */
export interface Window {
  /** Where they begin. */
  readonly busAddress: number;
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** A port onto windows. */
export class WindowPort implements HostMemoryPort {
  readonly #windows: readonly Window[];

  /** Windows that do not overlap, the busiest first. */
  constructor(windows: readonly Window[]) {
    this.#windows = windows;
  }

  read(busAddress: number, target: Uint8Array, targetOffset: number, lengthBytes: number): BusStatus {
    const window = this.#find(busAddress, lengthBytes);
    if (window === undefined) return BUS_UNSUPPORTED_REQUEST;
    const from = busAddress - window.busAddress;
    target.set(window.bytes.subarray(from, from + lengthBytes), targetOffset);
    return BUS_OK;
  }

  write(busAddress: number, source: Uint8Array, sourceOffset: number, lengthBytes: number): BusStatus {
    const window = this.#find(busAddress, lengthBytes);
    if (window === undefined) return BUS_UNSUPPORTED_REQUEST;
    const bytes = source.subarray(sourceOffset, sourceOffset + lengthBytes);
    window.bytes.set(bytes, busAddress - window.busAddress);
    return BUS_OK;
  }

  #find(busAddress: number, lengthBytes: number): Window | undefined {
    for (const window of this.#windows) {
      const from = busAddress - window.busAddress;
      if (from >= 0 && from + lengthBytes <= window.bytes.length) return window;
    }
    return undefined;
  }
}
