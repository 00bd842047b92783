/**
 * What the card saw and a person should know: odd descriptors, undefined requests, faults. Each has a name that stays
 * the same, so that a test or a driver's report can look for it.
 */
import { hexText } from "../../trace/event.ts";
import type { NoticeEvent, Tracer } from "../../trace/event.ts";
import type { VirtualClock } from "../clock.ts";

/** The names a card's notices can have. */
export type NoticeName =
  /** A block of adjacent descriptors runs over a 4 KiB boundary: the fetch wraps to the start of the page. */
  | "AdjacentBlockCrosses4KiB"
  /** A block is longer than `adjacentLimit` allows: it is cut there. */
  | "AdjacentBlockTooLong"
  /** A chain without Stop goes on at address 0. */
  | "ChainRunsOffTheEnd"
  /** A descriptor address is no multiple of 32: the address below is used. */
  | "DescriptorNotAligned"
  /** A descriptor of 0 bytes: it completes at once. */
  | "DescriptorLengthZero"
  /** Bits 31:28 of a length are set: they are ignored. */
  | "DescriptorLengthOverflow"
  /** A descriptor's magic is not 0xAD4B: the engine stopped. */
  | "IncorrectMagic"
  /** A descriptor's length is not what the stream takes: the engine stopped. */
  | "InvalidLength"
  /** Fixed-address mode and an unaligned address or length: the engine stopped. */
  | "AlignMismatch"
  /** A descriptor fetch failed. */
  | "DescriptorReadFailed"
  /** A read of data failed (H2C: host memory; C2H: card memory). */
  | "DataReadFailed"
  /** A write to card memory failed (H2C). */
  | "DataWriteFailed"
  /** Stop inside a block: the rest of the block is thrown away. */
  | "StopInsideBlock"
  /** Run was cleared while the engine still owned a descriptor's memory: wait for busy = 0 before freeing it. */
  | "RunClearedWhileBusy"
  /** Run was set again before the engine had come to rest: it starts when it has. */
  | "RunSetWhileStopping"
  /** A posted write named an address that no host has. It is lost; the engine never knows. */
  | "PostedWriteLost"
  /** An injected fault happened. */
  | "FaultInjected"
  /** The link went down: all registers read as ones. */
  | "LinkDown"
  /** The link came back: the card is as after reset. */
  | "LinkUp";

/** One notice. */
export interface Notice extends NoticeEvent {
  /** What was noticed. */
  readonly name: NoticeName;
}

/** Collects notices and sends them to the trace. Keeps the first {@link Notices.limit} and counts the rest. */
export class Notices {
  /** How many are kept. */
  readonly limit = 1000;
  readonly #list: Notice[] = [];
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  #count = 0;

  /** Collects for one card. */
  constructor(clock: VirtualClock, trace: Tracer) {
    this.#clock = clock;
    this.#trace = trace;
  }

  /** Those that were kept, in order. */
  get list(): readonly Notice[] {
    return this.#list;
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** Takes one. */
  add(source: string, name: NoticeName, details: string): void {
    const notice: Notice = { kind: "notice", atNs: this.#clock.nowNs, source, name, details };
    this.#count++;
    if (this.#list.length < this.limit) this.#list.push(notice);
    if (this.#trace.on) this.#trace.emit(notice);
  }
}

/** An address or a word as people write it. */
export function hex(value: number): string {
  return value < 0 ? "an address beyond 2^53" : hexText(value);
}
