/**
 * One channel as the driver runs it: its three queues, the busy token that says who may start the engine, and the
 * steps that every strategy is made of.
 *
 * ```text
 * dispatch ──► work-to-do ──► waiting-for-device ──► ready-to-complete ──► DPC
 *               (busy)          insert, then ring       moved in the ISR
 * ```
 *
 * The busy token is the right to pop work-to-do, insert into waiting-for-device and ring the doorbell. Whoever inserts
 * into work-to-do tries to take the token afterwards; whoever gives it back looks at work-to-do once more. Without
 * these two looks a request can be left behind for ever (S2-22).
 *
 * Whoever starts a request claims it first, by compare-and-swap against the requester's cancel: interlocked lists give
 * nothing back from their middle, so a cancelled request stays where it is, marked, and whoever would have started it
 * sends it to ready-to-complete instead. `fastpath/explore/token_recipe.ts` is the same, step for step.
 */
import { assert } from "../../sim/assert.ts";
import type { Processor, SpinLock } from "../../sim/kernel/processor.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { DeviceChannel } from "../device/device.ts";
import type { DeviceObject, DmaAdapter } from "../hal/dma_operations.ts";
import type { InterlockedList } from "../kernel/interlocked_list.ts";
import { IRP_EVENTS } from "../kernel/irp_routines.ts";
import { lasting } from "../lasting_event.ts";
import type { Request, Requests } from "./request.ts";

const DOORBELL = lasting("DOORBELL");
const DEVICE_DONE = lasting("DEVICE_DONE");

/** What a channel is built from. */
export interface ChannelParts {
  /** The engine. */
  readonly device: DeviceChannel;
  /** A device object of its own: it queues one channel request at a time. */
  readonly deviceObject: DeviceObject;
  /** The adapter through which this channel's lists are obtained; may be shared with other channels. */
  readonly adapter: DmaAdapter;
  /** N of that adapter. */
  readonly numberOfMapRegisters: number;
  /** The lock inside the HAL that this adapter's routines take. */
  readonly halLock: SpinLock;
  /** The processor on which this channel's dispatch routine, setup and copies run. */
  readonly processor: Processor;
  /** Requests that wait for the engine. */
  readonly workToDo: InterlockedList;
  /** The request that is in the engine. */
  readonly waitingForDevice: InterlockedList;
  /** Requests that the DPC will complete. */
  readonly readyToComplete: InterlockedList;
  /** Finds requests by number. */
  readonly requests: Requests;
  /** Hears when the engine gets a transfer (+1) and when it interrupts (-1). */
  readonly busyChanged: (change: 1 | -1) => void;
}

/** Hears of a cancelled request that went to ready-to-complete past the device. */
export type SkipListener = (channel: ChannelDriver, request: Request) => void;

/** One channel of the driver. */
export class ChannelDriver {
  /** What it is built from. */
  readonly parts: ChannelParts;
  /** The engine. */
  readonly device: DeviceChannel;
  #busy = false;
  readonly #slotTaken: Uint8Array<ArrayBuffer>;
  #slotsTaken = 0;
  #nextSlot = 0;
  #interruptedNs = 0;
  #hadWork = false;
  #idleNs = 0;
  #idleCount = 0;
  #busyNs = 0;
  /** Up to when its busy time is counted. */
  #countedNs = 0;
  /** From a doorbell until the ISR finds that transfer ended. */
  #inEngine = false;
  /** The interrupt of the transfer in the engine has not come. */
  #awaited = false;
  #startedCount = 0;
  #afterRing: ((channelIndex: number) => void) | null = null;
  #skipped: SkipListener | null = null;

  /** A channel whose engine is free. */
  constructor(parts: ChannelParts) {
    this.parts = parts;
    this.device = parts.device;
    this.#slotTaken = new Uint8Array(parts.device.slotCount);
  }

  /** True while somebody holds the right to start the engine. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Time between an interrupt and the next doorbell, summed over those where work was already waiting (S2-26). */
  get idleWithWorkNs(): Nanoseconds {
    return this.#idleNs;
  }

  /** How many such gaps there were. */
  get idleWithWorkCount(): number {
    return this.#idleCount;
  }

  /** How many times the doorbell was rung. */
  get startedCount(): number {
    return this.#startedCount;
  }

  /** Time from doorbells to interrupts. */
  get deviceBusyNs(): Nanoseconds {
    return this.#busyNs;
  }

  /** Who starts to poll when the doorbell was rung; nobody, with interrupts. */
  pollAfterRing(poll: (channelIndex: number) => void): void {
    this.#afterRing = poll;
  }

  /** Who requests the DPC for a cancelled request. */
  whenSkipped(listener: SkipListener): void {
    this.#skipped = listener;
  }

  /**
   * A descriptor slot for the next request, or -1 if all are taken. Slots are used in rotation; one whose request is
   * still under way, because a later one was refused or cancelled, is passed over.
   */
  takeSlot(): number {
    const { slotCount } = this.device;
    if (this.#slotsTaken === slotCount) return -1;
    let slot = this.#nextSlot;
    while (this.#slotTaken[slot] === 1) slot = (slot + 1) % slotCount;
    this.#slotTaken[slot] = 1;
    this.#slotsTaken++;
    this.#nextSlot = (slot + 1) % slotCount;
    return slot;
  }

  /** Gives a slot back. */
  releaseSlot(slot: number): void {
    if (this.#slotTaken[slot] !== 1) assert(false, `slot ${slot} of ${this.device.name} is not taken`);
    this.#slotTaken[slot] = 0;
    this.#slotsTaken--;
  }

  /** Compare-and-swap on the busy token: true if it was free and is now the caller's. */
  tryTake(): boolean {
    if (this.#busy) return false;
    this.#busy = true;
    return true;
  }

  /** Gives the busy token back, without looking (a race unless somebody looks afterwards). */
  release(): void {
    this.#busy = false;
  }

  /** Compare-and-swap on whose the request is: the device's from now on, or false if it was cancelled before. */
  claim(request: Request): boolean {
    if (request.cancelled) return false;
    request.life.send(IRP_EVENTS.START);
    return true;
  }

  /**
   * Claimed, then into waiting-for-device, the doorbell last: the interrupt must find the request. Needs the busy
   * token. False if the request was cancelled: it is in ready-to-complete, and the token is still the caller's.
   */
  start(request: Request, nowNs: Nanoseconds): boolean {
    if (!this.#busy) assert(false, `${this.device.name} started without the busy token`);
    if (!this.claim(request)) {
      this.skip(request);
      return false;
    }
    const inserted = this.parts.waitingForDevice.exInterlockedInsertTailList(request.number);
    if (!inserted) assert(false, `waiting-for-device of ${this.device.name} is full`);
    this.ring(request, nowNs);
    return true;
  }

  /** A cancelled request goes past the device: into ready-to-complete, then the DPC. Needs no token. */
  skip(request: Request): void {
    const inserted = this.parts.readyToComplete.exInterlockedInsertTailList(request.number);
    if (!inserted) assert(false, `ready-to-complete of ${this.device.name} is full`);
    if (this.#skipped === null) assert(false, `${this.device.name} has nobody who completes cancelled requests`);
    this.#skipped(this, request);
  }

  /** The doorbell alone. */
  ring(request: Request, nowNs: Nanoseconds): void {
    if (this.#hadWork) {
      this.#idleNs += nowNs - this.#interruptedNs;
      this.#idleCount++;
      this.#hadWork = false;
    }
    this.#startedCount++;
    request.startedNs = this.#countedNs = nowNs;
    request.list?.life.send(DOORBELL);
    this.#inEngine = this.#awaited = true;
    this.parts.busyChanged(1);
    this.device.start(request.slot);
    if (this.#afterRing !== null) this.#afterRing(this.device.index);
  }

  /** Starts a request now if the engine is free and nobody is ahead of it; otherwise queues it (S2-12, S2-13). */
  startOrQueue(request: Request, nowNs: Nanoseconds): void {
    if (this.parts.workToDo.depth === 0 && this.tryTake()) {
      if (!this.start(request, nowNs)) this.startNext(nowNs);
      return;
    }
    this.queue(request);
    // Look again: the engine may have come to rest between the test and the insert.
    if (this.tryTake()) this.startNext(nowNs);
  }

  /** Into work-to-do; a cancelled one too, whose lifecycle is past queues. */
  queue(request: Request): void {
    if (!request.cancelled) request.life.send(IRP_EVENTS.QUEUE);
    const inserted = this.parts.workToDo.exInterlockedInsertTailList(request.number);
    if (!inserted) assert(false, `work-to-do of ${this.device.name} is full`);
  }

  /** The head of work-to-do, or null. */
  popWork(): Request | null {
    const number = this.parts.workToDo.exInterlockedRemoveHeadList();
    return number < 0 ? null : this.parts.requests.at(number);
  }

  /** With the busy token: the head of work-to-do, or null after giving the token back and looking once more. */
  takeNext(): Request | null {
    for (;;) {
      const next = this.popWork();
      if (next !== null) return next;
      this.release();
      if (this.parts.workToDo.depth === 0 || !this.tryTake()) return null;
    }
  }

  /** As {@link takeNext}, for drivers that set a request up before they start it: cancelled ones are skipped here. */
  takeNextLive(): Request | null {
    for (;;) {
      const next = this.takeNext();
      if (next === null || !next.cancelled) return next;
      this.skip(next);
    }
  }

  /** With the busy token: starts the head of work-to-do, if there is one; cancelled ones are skipped. */
  startNext(nowNs: Nanoseconds): boolean {
    for (;;) {
      const next = this.takeNext();
      if (next === null) return false;
      if (this.start(next, nowNs)) return true;
    }
  }

  /** Notes the moment of the interrupt, before the ISR's latency. One transfer may have several, or one too many. */
  noteInterrupt(nowNs: Nanoseconds): void {
    this.#interruptedNs = nowNs;
    this.#hadWork = this.parts.workToDo.depth > 0;
    if (!this.#inEngine) return;
    this.#busyNs += nowNs - this.#countedNs;
    this.#countedNs = nowNs;
    if (this.#awaited) this.parts.busyChanged(-1);
    this.#awaited = false;
  }

  /**
   * In the ISR: asks the engine, matches the interrupt to the head of waiting-for-device (one engine completes in
   * order) and moves it to ready-to-complete. Null if the interrupt was not this engine's.
   */
  matchInterrupt(nowNs: Nanoseconds): Request | null {
    const result = this.device.service();
    if (result === "running") {
      this.#awaitAgain();
      return null;
    }
    this.#inEngine = false;
    const number = this.parts.waitingForDevice.exInterlockedRemoveHeadList();
    if (number < 0) return null;
    const request = this.parts.requests.at(number);
    request.doneNs = nowNs;
    if (result === "completed") {
      request.status = "STATUS_SUCCESS";
      request.information = request.parameters.lengthBytes;
    } else {
      request.status = result === "lost" ? "STATUS_IO_TIMEOUT" : "STATUS_DEVICE_HARDWARE_ERROR";
      request.information = 0;
    }
    request.list?.life.send(DEVICE_DONE);
    request.life.send(IRP_EVENTS.DEVICE_DONE);
    const inserted = this.parts.readyToComplete.exInterlockedInsertTailList(number);
    if (!inserted) assert(false, `ready-to-complete of ${this.device.name} is full`);
    return request;
  }

  /** The interrupt came too early: the engine is busy all the same. */
  #awaitAgain(): void {
    if (!this.#inEngine || this.#awaited) return;
    this.#awaited = true;
    this.parts.busyChanged(1);
  }

  /** In the DPC: the head of ready-to-complete, or null. */
  popReady(): Request | null {
    const number = this.parts.readyToComplete.exInterlockedRemoveHeadList();
    return number < 0 ? null : this.parts.requests.at(number);
  }
}
