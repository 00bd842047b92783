/**
 * The neighbour on the same map registers: another bus master with its own driver. It asks for one list at a steady
 * pace, keeps it for as long as its device works, and gives it back. How long it waits is the measure of fairness.
 */
import { assert } from "../../sim/assert.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { Mdl, Region } from "../../sim/memory/mod.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import { deviceDescription } from "../hal/mod.ts";
import type { DeviceObject, DmaAdapter } from "../hal/dma_operations.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { System } from "../system.ts";

/** How the neighbour fared. */
export interface CompetitorResult {
  /** Lists that it asked for. */
  readonly asked: number;
  /** Lists that came, at once or later. */
  readonly granted: number;
  /** Calls that were refused: none, ever, for an asynchronous caller (S2-15). */
  readonly refused: number;
  /** Lists that did not come at once. */
  readonly delayed: number;
  /** From the call to the list. */
  readonly meanWaitNs: Nanoseconds;
  /** The longest such wait. */
  readonly maxWaitNs: Nanoseconds;
}

/** Its pace: a list of 16 pages every 200 µs, kept for 100 µs. */
const PERIOD_NS = 200_000;
const HOLD_NS = 100_000;
const REQUEST_BYTES = 64 * 1024;

/** A 32-bit scatter/gather bus master on the world's HAL. */
export class Competitor {
  /** Bytes of each of its requests. */
  readonly requestBytes: number = REQUEST_BYTES;
  readonly #system: System;
  readonly #adapter: DmaAdapter;
  readonly #device: DeviceObject = { name: "device:neighbour" };
  readonly #waitsNs: Nanoseconds[] = [];
  readonly #lists: ScatterGatherList[] = [];
  #mdl: Mdl | null = null;
  #asked = 0;
  #refused = 0;
  #running = false;

  /** Puts the neighbour on the HAL of `system`. */
  constructor(system: System) {
    this.#system = system;
    const granted = system.hal.ioGetDmaAdapter({
      physicalDeviceObject: this.#device,
      deviceDescription: deviceDescription({
        version: 2,
        master: true,
        scatterGather: true,
        dma32BitAddresses: true,
        maximumLength: REQUEST_BYTES,
        interfaceType: "PCIBus",
      }),
    });
    assert(granted !== null, "IoGetDmaAdapter returned NULL");
    this.#adapter = granted.dmaAdapter;
  }

  /** Begins to ask, now and every period, for lists over this buffer. */
  start({ va }: Region): void {
    const { mdls } = this.#system;
    const mdl = mdls.ioAllocateMdl(va, REQUEST_BYTES);
    assert(mdl !== null, "Cannot describe the neighbour's buffer by an MDL");
    const locked = mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
    assert(locked === "STATUS_SUCCESS", "Cannot lock the neighbour's buffer");
    this.#mdl = mdl;
    this.#running = true;
    this.#ask();
  }

  /** Asks no more. */
  stop(): void {
    this.#running = false;
  }

  /** Unload. */
  close(): void {
    const { mdls } = this.#system;
    if (this.#mdl !== null) mdls.mmUnlockPages(this.#mdl);
    this.#adapter.dmaOperations.putDmaAdapter();
  }

  /** How it fared. */
  result(): CompetitorResult {
    const waitsNs = this.#waitsNs;
    const sumNs = waitsNs.reduce((sum, waitNs) => sum + waitNs, 0);
    return {
      asked: this.#asked,
      granted: waitsNs.length,
      refused: this.#refused,
      delayed: waitsNs.filter((waitNs) => waitNs > 0).length,
      meanWaitNs: waitsNs.length === 0 ? 0 : Math.round(sumNs / waitsNs.length),
      maxWaitNs: Math.max(0, ...waitsNs),
    };
  }

  readonly #tick = (): void => this.#ask();
  readonly #done = (index: number): void => {
    const { irql } = this.#system;
    irql.run(DISPATCH_LEVEL, irql.cpu, (number) => this.#put(number), index);
  };

  #ask(): void {
    const { clock, irql } = this.#system;
    if (!this.#running) return;
    clock.after(PERIOD_NS, this.#tick);
    irql.run(DISPATCH_LEVEL, irql.cpu, (askedNs) => this.#get(askedNs), clock.nowNs);
  }

  #get(askedNs: Nanoseconds): void {
    const { clock } = this.#system;
    const mdl = this.#mdl!;
    this.#asked++;
    const { status } = this.#adapter.dmaOperations.getScatterGatherList({
      deviceObject: this.#device,
      mdl,
      currentVa: mdl.startVa + mdl.byteOffset,
      length: REQUEST_BYTES,
      writeToDevice: true,
      context: null,
      executionRoutine: (_device, list) => {
        this.#waitsNs.push(clock.nowNs - askedNs);
        clock.after(HOLD_NS, this.#done, this.#lists.push(list) - 1);
      },
    });
    if (status !== "STATUS_SUCCESS") this.#refused++;
  }

  #put(index: number): void {
    const scatterGather = this.#lists[index]!;
    this.#adapter.dmaOperations.putScatterGatherList({ scatterGather, writeToDevice: true });
  }
}
