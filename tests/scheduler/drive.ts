/** Drives a world request by request and keeps its whole story. For the tests of the scheduler and of the seeds. */
import { assert } from "@std/assert";
import { allocateBuffer, fillBuffer, readBuffer } from "../../actors/runs/buffers.ts";
import type { UserBuffer } from "../../actors/runs/buffers.ts";
import { InvariantWatch } from "../../actors/runs/invariants.ts";
import type { Violation } from "../../actors/runs/invariants.ts";
import { BURST_COSTS, costs } from "../../actors/scheduler/costs.ts";
import type { Costs } from "../../actors/scheduler/costs.ts";
import type { RequestParameters } from "../../actors/scheduler/request.ts";
import type { Strategy, StrategyName } from "../../actors/scheduler/strategy.ts";
import { System } from "../../actors/system.ts";
import type { SystemOptions } from "../../actors/system_options.ts";
import { CHANNEL, CONTROL_RUN } from "../../sim/card/registers.ts";
import { Recorder } from "../../trace/event.ts";
import type { TraceEvent } from "../../trace/event.ts";

/** 2^16. */
export const PIECE_BYTES = 0x1_0000;

/** One request to make. */
export interface Wanted {
  readonly lengthBytes: number;
  /** Default 0. */
  readonly channelIndex?: number;
  /** Default 0: all arrive together. */
  readonly atNs?: number;
  /** Which earlier request's buffer is used again. Default: a buffer of its own. */
  readonly bufferOf?: number;
}

/** What to drive. */
export interface Given {
  readonly strategy: StrategyName | Strategy;
  readonly wanted: readonly Wanted[];
  readonly costs?: Partial<Costs>;
  /** The engine takes exactly this long. Default: as the link has it. */
  readonly dmaNs?: number;
  /** Default: one H2C channel, and a recorder. */
  readonly system?: Partial<SystemOptions>;
  /** Called on the world before anything arrives. */
  readonly before?: (system: System) => void;
  /** Leaves the world open, with what strategies hold. Default false. */
  readonly open?: boolean;
}

/** How a request ended. */
export interface Outcome {
  readonly tag: number;
  readonly channelIndex: number;
  readonly status: string;
  readonly information: number;
  readonly latencyNs: number;
}

/** A world that was driven. */
export interface Driven {
  readonly system: System;
  readonly events: readonly TraceEvent[];
  /** In order of completion. */
  readonly outcomes: readonly Outcome[];
  readonly endNs: number;
  readonly violations: readonly Violation[];
  /** What lies in a request's buffer now. */
  readonly bytes: (tag: number) => Uint8Array;
}

/** So many equal requests. */
export function equal(count: number, lengthBytes: number = PIECE_BYTES): Wanted[] {
  return Array.from({ length: count }, () => ({ lengthBytes }));
}

/** The bytes that a request's buffer is filled with at first. */
export function pattern(tag: number, lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  for (let index = 0; index < lengthBytes; index++) bytes[index] = index * 7 + tag * 31 + (index >>> 8);
  return bytes;
}

/** Runs it to the end. */
export function drive({ strategy, wanted, dmaNs, before, open, ...given }: Given): Driven {
  const recorder = new Recorder();
  const longest = Math.max(...wanted.map(({ lengthBytes }) => lengthBytes));
  const system = new System({
    strategy,
    costs: costs(BURST_COSTS, given.costs),
    h2cCount: 1,
    c2hCount: 0,
    trace: recorder,
    maximumTransferBytes: longest,
    queueDepth: wanted.length,
    ...(dmaNs === undefined ? {} : { timing: { kind: "fixed", dmaNs } }),
    ...given.system,
  });
  const watch = new InvariantWatch(system);
  const outcomes: Outcome[] = [];
  let endNs = 0;
  system.scheduler.onCompleted((request) => {
    watch.completed(request);
    endNs = request.completedNs;
    const { status, information, parameters: { tag, channelIndex } } = request;
    outcomes.push({ tag, channelIndex, status, information, latencyNs: endNs - request.arrivedNs });
  });
  const buffers: UserBuffer[] = [];
  let cardAddress = 0;
  const requests = wanted.map(({ lengthBytes, channelIndex = 0, bufferOf }, tag): RequestParameters => {
    const buffer = bufferOf === undefined ? allocateBuffer(system, Math.max(1, lengthBytes)) : buffers[bufferOf]!;
    buffers.push(buffer);
    if (bufferOf === undefined) fillBuffer(system, buffer, pattern(tag, lengthBytes));
    const request = { channelIndex, mdl: buffer.mdl, lengthBytes, cardAddress, tag, directIo: true };
    cardAddress += lengthBytes;
    return request;
  });
  before?.(system);
  system.scheduler.start(requests.filter((_, tag) => wanted[tag]!.bufferOf === undefined));
  const submit = (tag: number): void => {
    const request = requests[tag]!;
    watch.submitted(tag, request.channelIndex);
    assert(system.scheduler.submit(request));
  };
  wanted.forEach(({ atNs = 0 }, tag) => {
    if (atNs === 0) submit(tag);
    else system.clock.at(atNs, submit, tag);
  });
  system.run();
  const violations = watch.verdict();
  if (violations.length === 0 && open !== true) system.close();
  const bytes = (tag: number): Uint8Array => {
    const { lengthBytes } = requests[tag]!;
    const into = new Uint8Array(lengthBytes);
    readBuffer(system, buffers[tag]!, into, 0, lengthBytes);
    return into;
  };
  return { system, events: recorder.events, outcomes, endNs, violations, bytes };
}

/** True for the store that starts the H2C engine 0: Control with Run. */
export function isDoorbell(event: TraceEvent): boolean {
  return event.kind === "register" && event.access === "write" && event.offset === CHANNEL.control &&
    (event.value & CONTROL_RUN) !== 0;
}

/** The events between each `enter` and its `leave` of one kind, without the two. */
export function slices(events: readonly TraceEvent[], kind: "isr" | "dpc" | "routine"): TraceEvent[][] {
  const found: TraceEvent[][] = [];
  let inside: TraceEvent[] | null = null;
  for (const event of events) {
    if (event.kind === kind) {
      if (event.phase === "enter") found.push(inside = []);
      else inside = null;
    } else inside?.push(event);
  }
  return found;
}

/** The names of the calls among some events. */
export function callsOf(events: readonly TraceEvent[]): string[] {
  return events.flatMap((event) => event.kind === "call" ? [event.call] : []);
}

/** What a lifecycle went through: its events by name. */
export function wayOf(events: readonly TraceEvent[], actor: string): string[] {
  return events.flatMap((event) => event.kind === "state" && event.actor === actor ? [event.event] : []);
}

/** When a lifecycle's event happened, in nanoseconds; every time it did. */
export function timesOf(events: readonly TraceEvent[], actor: string, name: string): number[] {
  return events.flatMap((event) =>
    event.kind === "state" && event.actor === actor && event.event === name ? [event.atNs] : []
  );
}
