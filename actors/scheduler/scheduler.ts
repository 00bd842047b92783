/**
 * The scheduler actor: requests come in here, the strategy decides, completions go out here.
 *
 * ```text
 * submit ─► validate ─► mark pending ─► strategy.dispatch            path 1, PASSIVE_LEVEL
 * interrupt ─► ISR: match, ready-to-complete ─► strategy.finished    path 3, DIRQL
 * DPC: drain ready-to-complete ─► strategy.deferred                  path 4, DISPATCH_LEVEL
 * ```
 * Everything is allocated at start. A channel whose descriptor slots are all in use holds further requests back, in
 * order; that line belongs to the I/O manager, not to the driver's queues.
 */
import { schedulerMachine } from "../../machines/scheduler.ts";
import type { SchedulerContext, SchedulerEvent } from "../../machines/scheduler.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { DISPATCH_LEVEL, PASSIVE_LEVEL } from "../../sim/kernel/irql.ts";
import type { IrqlState } from "../../sim/kernel/irql.ts";
import { mdlChainByteCount } from "../../sim/memory/mdl.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { IrpRoutines } from "../kernel/irp_routines.ts";
import type { MdlRoutines } from "../kernel/mdl_routines.ts";
import { lasting } from "../lasting_event.ts";
import type { Life, Lives } from "../life.ts";
import type { ChannelDriver } from "./channel_driver.ts";
import type { Driver } from "./driver.ts";
import { Request } from "./request.ts";
import type { RequestParameters } from "./request.ts";
import type { Strategy, StrategyRun } from "./strategy.ts";

const ARRIVE = lasting("ARRIVE");
const COMPLETE = lasting("COMPLETE");

/** What a scheduler is built from. */
export interface SchedulerParts {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** The present IRQL of each processor. */
  readonly irql: IrqlState;
  /** Where events go. */
  readonly trace: Tracer;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** The steps that strategies share. */
  readonly driver: Driver;
  /** The IRP routines of this world. */
  readonly irps: IrpRoutines;
  /** The MDL routines of this world. */
  readonly mdls: MdlRoutines;
  /** What decides. */
  readonly strategy: Strategy;
  /** The longest transfer that descriptors and lists were sized for. */
  readonly maximumTransferBytes: number;
  /** 0: interrupts. Otherwise completion is polled with this period (S0-18). */
  readonly pollNs: Nanoseconds;
}

/** What a scheduler says when a request is to be cancelled. */
export type CancelAnswer =
  /** It will complete with STATUS_CANCELLED and without a byte; the device never sees it. */
  | { readonly status: "STATUS_SUCCESS" }
  /** It goes its way, or is not here. `why` is one sentence. */
  | {
    readonly status: "STATUS_INVALID_PARAMETER" | "STATUS_INVALID_DEVICE_STATE" | "STATUS_NOT_SUPPORTED";
    readonly why: string;
  };

/** Hears of every completion. */
export type CompletionListener = (request: Request) => void;

/** Hears of every list that a request got. */
export type MappingListener = (request: Request, list: ScatterGatherList) => void;

/** Takes requests, drives the channels, gives requests back. */
export class Scheduler {
  /** Its lifecycle. */
  readonly life: Life<SchedulerContext, SchedulerEvent>;
  readonly #parts: SchedulerParts;
  readonly #run: StrategyRun;
  readonly #held: RequestParameters[][];
  /** When the polling loop of each channel looks next. */
  readonly #nextLookNs: Float64Array;
  #listener: CompletionListener = () => {};
  #mappingListener: MappingListener | null = null;

  /** Starts the strategy on this driver. */
  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.life = parts.lives.create(schedulerMachine, "scheduler", undefined);
    this.#held = parts.driver.channels.map(() => []);
    this.#nextLookNs = new Float64Array(parts.driver.channels.length);
    this.#run = parts.strategy.start(parts.driver);
    parts.driver.connect({
      refused: (channel) => this.#run.refused?.(channel),
      mapped: (request, list) => this.#mappingListener?.(request, list),
      deferred: (channel, request) => this.#run.deferred(channel, request),
      skipped: (channel, request) => {
        if (this.#run.skipped !== undefined) this.#run.skipped(channel, request);
        else parts.driver.finish(request);
      },
      putDone: () => this.#run.putDone?.(),
      completed: (request) => this.#completed(request),
    });
  }

  /** Says who hears of completions. */
  onCompleted(listener: CompletionListener): void {
    this.#listener = listener;
  }

  /** Says who hears of lists. */
  onMapped(listener: MappingListener): void {
    this.#mappingListener = listener;
  }

  /** Obtains what is obtained once. `buffers` are all buffers that will be used. */
  start(buffers: readonly RequestParameters[]): void {
    this.life.send({ type: "START" });
    this.#run.prepare?.(buffers);
    this.life.send({ type: "READY" });
  }

  /** A request arrives, now. Returns false if the scheduler takes none (not started, draining, failed). */
  submit(parameters: RequestParameters): boolean {
    if (this.life.send(ARRIVE).refusal !== null) return false;
    const channel = this.#channel(parameters.channelIndex);
    if (this.#held[parameters.channelIndex]!.length > 0 || !this.#dispatch(channel, parameters)) {
      this.#held[parameters.channelIndex]!.push(parameters);
    }
    return true;
  }

  /**
   * IoCancelIrp for the request of that number, at DISPATCH_LEVEL or below. One that takes effect marks the request:
   * it completes, once, with STATUS_CANCELLED and 0 bytes, as soon as whoever has it in hand finds the mark. It may
   * then overtake requests that are carried out; those keep their order.
   *
   * - in a line of the driver's own: taken out at once
   * - in the HAL's line for map registers: the grant cannot be taken back, the list comes and is put
   * - in work-to-do: skipped when it is removed
   * - in the device, between two rounds, in ready-to-complete: too late, STATUS_INVALID_DEVICE_STATE
   *
   * STATUS_INVALID_PARAMETER: no such request is under way; one that is held back has no number yet.
   * STATUS_NOT_SUPPORTED: the strategy starts requests without claiming them.
   */
  cancel(number: number): CancelAnswer {
    const { driver, irps, strategy } = this.#parts;
    if (this.#run.cancellable !== true) {
      return { status: "STATUS_NOT_SUPPORTED", why: `${strategy.name} starts requests without claiming them` };
    }
    const irp = irps.get(number);
    if (irp === null) return { status: "STATUS_INVALID_PARAMETER", why: `irp:${number} is not under way` };
    const request = driver.requests.at(number);
    if (request.cancelled) return { status: "STATUS_SUCCESS" };
    const { state } = irp.life;
    if (!irps.ioCancelIrp(irp)) {
      return { status: "STATUS_INVALID_DEVICE_STATE", why: `irp:${number} is ${state}: it completes as it ends` };
    }
    request.cancelled = true;
    request.status = "STATUS_CANCELLED";
    driver.atDispatch(() => {
      this.#run.cancelled?.(request);
      driver.withdraw(request);
    });
    return { status: "STATUS_SUCCESS" };
  }

  /** Takes no more requests; what is here is finished. */
  drain(): void {
    this.life.send({ type: "DRAIN" });
  }

  /** Gives back what was obtained once. Legal when nothing is under way. */
  close(): void {
    assert(this.#parts.irps.outstanding === 0, `${this.#parts.irps.outstanding} requests are still under way`);
    this.#run.close?.();
    if (this.life.has("accepting")) this.drain();
  }

  /** The ISR of a channel, at DIRQL, at the end of its latency. */
  interrupt(channelIndex: number): void {
    const { clock, trace, irql } = this.#parts;
    const channel = this.#channel(channelIndex);
    const { name } = channel.device;
    if (trace.on) trace.emit({ kind: "isr", phase: "enter", atNs: clock.nowNs, cpu: irql.cpu, channel: name });
    const request = channel.matchInterrupt(clock.nowNs);
    if (request !== null) this.#run.finished(channel, request);
    if (trace.on) trace.emit({ kind: "isr", phase: "leave", atNs: clock.nowNs, cpu: irql.cpu, channel: name });
  }

  /** Begins the polling loop of a channel, at its doorbell: a loop of an earlier ring is over. */
  poll(channelIndex: number): void {
    const { clock, pollNs } = this.#parts;
    this.#nextLookNs[channelIndex] = clock.nowNs + pollNs;
    clock.after(pollNs, this.#polling, channelIndex);
  }

  /** Looks at the write-back, once every poll period until the engine is done; then goes the ISR's way. */
  readonly #polling = (channelIndex: number): void => {
    const { clock, irql } = this.#parts;
    const channel = this.#channel(channelIndex);
    // A transfer that was given up comes to no end that this loop could see; the next ring has a loop of its own.
    const isOver = clock.nowNs !== this.#nextLookNs[channelIndex] || !channel.device.life.has("mayTouchMemory");
    if (isOver) return;
    if (!channel.device.polled()) return this.poll(channelIndex);
    channel.noteInterrupt(clock.nowNs);
    irql.run(DISPATCH_LEVEL, irql.cpu, (index) => this.interrupt(index), channelIndex);
  };

  readonly #dispatchNow = (number: number): void => this.#run.dispatch(this.#parts.driver.requests.at(number));

  /** Path 1. False if the channel has no descriptor slot free. */
  #dispatch(channel: ChannelDriver, parameters: RequestParameters): boolean {
    const { clock, irps, mdls, irql } = this.#parts;
    const slot = channel.takeSlot();
    if (slot < 0) return false;
    const irp = irps.create({
      mdl: parameters.mdl,
      length: parameters.lengthBytes,
      writeToDevice: channel.device.direction === "h2c",
      channel: channel.device.name,
      directIo: parameters.directIo && this.#run.locksBuffers !== true,
    });
    assert(irp !== null, "The request table is smaller than the descriptor slots of all channels");
    const request = new Request(irp, parameters, slot, clock.nowNs);
    const refusal = this.#validate(parameters);
    if (refusal !== null) {
      this.#parts.driver.fail(request, refusal);
      return true;
    }
    irps.ioMarkIrpPending(irp);
    mdls.keFlushIoBuffers(parameters.mdl, request.toHost, true);
    irql.run(PASSIVE_LEVEL, irql.cpu, this.#dispatchNow, request.number);
    return true;
  }

  /** Length, and whether the buffer is that long. Locked pages are the MDL chart's business. */
  #validate({ lengthBytes, mdl }: RequestParameters): NtStatus | null {
    if (lengthBytes <= 0 || lengthBytes > mdlChainByteCount(mdl)) return "STATUS_INVALID_PARAMETER";
    if (lengthBytes > this.#parts.maximumTransferBytes) return "STATUS_INVALID_PARAMETER";
    return null;
  }

  #completed(request: Request): void {
    const index = request.parameters.channelIndex;
    const channel = this.#channel(index);
    channel.releaseSlot(request.slot);
    this.life.send(COMPLETE);
    this.#listener(request);
    const held = this.#held[index]!;
    if (held.length > 0 && this.#dispatch(channel, held[0]!)) held.shift();
  }

  #channel(index: number): ChannelDriver {
    const channel = this.#parts.driver.channels[index];
    if (channel === undefined) assert(false, `No channel ${index}`);
    return channel;
  }
}
