/**
 * Lists that can always be had (seed 004): forward progress when memory has run out.
 *
 * ```text
 * 1 GetScatterGatherList              it allocates, and so it can fail (S4-1)
 * 2 noMemory: borrow an emergency set, and BuildScatterGatherList into its buffer, which allocates nothing (S4-2)
 * 3 all sets lent: stand in line, first come first served, until one comes back (S4-10)
 * ```
 * While somebody stands in line, newcomers go behind, even if there is memory again: a channel completes in the order
 * in which requests came. Whatever is put may have been memory, so the head of the line then tries Get once more.
 *
 * A set is a list buffer of CalculateScatterGatherList's size for a stated maximum length, allocated at start, and the
 * life that says who may have it (S4-9). A longer request is refused by name, never queued for ever.
 */
import { emergencyReserveMachine } from "../../machines/emergency_reserve.ts";
import type { EmergencyReserveContext, EmergencyReserveEvent } from "../../machines/emergency_reserve.ts";
import type { InsufficientReason } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type {
  AdapterListControl,
  DmaOperations,
  Failure,
  GetScatterGatherListParameters,
} from "../hal/dma_operations.ts";
import { createScatterGatherBuffer } from "../hal/mod.ts";
import type { ScatterGatherBuffer } from "../hal/scatter_gather.ts";
import type { Life } from "../life.ts";
import type { SystemParts } from "../system_options.ts";
import type { ListSource } from "./driver.ts";
import type { Request } from "./request.ts";

/** What to keep for the day when memory has run out. */
export interface EmergencyOptions {
  /** Sets: requests that can be under way at one time without memory. Default 1; with 0, no memory is the end. */
  readonly reserveCount?: number;
  /** The longest request that a set carries, in bytes. */
  readonly maximumLengthBytes: number;
}

/** How requests came by their lists, and how many. */
export interface EmergencyCounts {
  /** By GetScatterGatherList: memory was there, at once or by the time of a later put. */
  got: number;
  /** By an emergency set that was free. */
  borrowed: number;
  /** By an emergency set, after standing in line for it. */
  waited: number;
  /** Not at all. */
  refused: number;
  /** Lists that requests have now, and the most they ever had at one time. */
  held: number;
  /** The most lists that requests ever had at one time. */
  heldPeak: number;
  /** Why requests were refused, each reason once. */
  readonly reasons: Set<InsufficientReason>;
}

/** Hears that a request is refused. */
export type Refused = (request: Request, failure: Failure) => void;

/** One emergency set. */
class Reserve {
  readonly life: Life<EmergencyReserveContext, EmergencyReserveEvent>;
  readonly buffer: ScatterGatherBuffer;
  holder: Request | null = null;

  constructor(life: Life<EmergencyReserveContext, EmergencyReserveEvent>, buffer: ScatterGatherBuffer) {
    this.life = life;
    this.buffer = buffer;
  }
}

interface Waiter {
  readonly request: Request;
  readonly routine: AdapterListControl;
  readonly refused: Refused;
}

/** What a newcomer meets while others stand in line. */
const NO_MEMORY: Failure = { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory" };

/** Get, else the emergency sets, else the line. The adapters must have version 2 or 3 of the operations. */
export class EmergencyLists implements ListSource {
  /** What happened so far. */
  readonly counts: EmergencyCounts = {
    got: 0,
    borrowed: 0,
    waited: 0,
    refused: 0,
    held: 0,
    heldPeak: 0,
    reasons: new Set(),
  };
  readonly #parts: SystemParts;
  readonly #reserveCount: number;
  readonly #maximumLengthBytes: number;
  readonly #line: Waiter[] = [];
  #reserves: readonly Reserve[] = [];

  /** Obtains the emergency sets at once. */
  constructor(parts: SystemParts, { reserveCount = 1, maximumLengthBytes }: EmergencyOptions) {
    this.#parts = parts;
    this.#reserveCount = reserveCount;
    this.#maximumLengthBytes = maximumLengthBytes;
  }

  /** Allocates the sets: at start, while there is memory. */
  reserve(): void {
    const { hal, lives, channels } = this.#parts;
    const maximumLengthBytes = this.#maximumLengthBytes;
    const { calculateScatterGatherList } = channels()[0]!.parts.adapter.dmaOperations;
    assert(calculateScatterGatherList !== undefined, "Emergency lists need version 2 of the DMA operations");
    // The worst place for a buffer to begin is the last byte of a page (S4-6).
    const size = calculateScatterGatherList({ mdl: null, currentVa: PAGE_SIZE - 1, length: maximumLengthBytes });
    assert(size.status === "STATUS_SUCCESS", "Cannot reserve for a length that the adapter was not made for");
    this.#reserves = Array.from({ length: this.#reserveCount }, (_, index) => {
      const buffer = createScatterGatherBuffer(hal, size.scatterGatherListSize);
      assert(buffer !== null, "No memory for the emergency sets: they are allocated while there is some");
      return new Reserve(
        lives.create(emergencyReserveMachine, `emergencyReserve:${index}`, { maximumLengthBytes }),
        buffer,
      );
    });
  }

  obtain(request: Request, routine: AdapterListControl, refused: Refused): void {
    const newcomer = { request, routine, refused };
    const trouble = this.#line.length > 0 ? NO_MEMORY : this.#get(newcomer);
    if (trouble === null) return;
    if (trouble.reason === "noMemory" && this.#reserves.length > 0) this.#borrow(newcomer);
    else this.#refuse(request, refused, trouble);
  }

  put(request: Request): void {
    const { putScatterGatherList } = this.#operations(request);
    putScatterGatherList({ scatterGather: request.list!, writeToDevice: !request.toHost });
    this.counts.held--;
    this.#tryMemory();
    const reserve = this.#reserves.find(({ holder }) => holder === request);
    if (reserve !== undefined) this.#giveBack(reserve);
  }

  withdraw(request: Request): boolean {
    const place = this.#line.findIndex((waiter) => waiter.request === request);
    if (place < 0) return false;
    this.#line.splice(place, 1);
    this.#reserves[0]!.life.send({ type: "LEAVE" });
    return true;
  }

  /** GetScatterGatherList. Null if it went well. */
  #get({ request, routine }: Waiter): Failure | null {
    const { getScatterGatherList } = this.#operations(request);
    const result = getScatterGatherList(this.#parameters(request, routine));
    if (result.status !== "STATUS_SUCCESS") return result;
    this.counts.got++;
    this.#hold();
    return null;
  }

  /** Takes those out of the line for whom there is memory by now, from the head on. */
  #tryMemory(): void {
    for (let head = this.#line.shift(); head !== undefined; head = this.#line.shift()) {
      if (this.#get(head) !== null) {
        this.#line.unshift(head);
        return;
      }
      this.#reserves[0]!.life.send({ type: "LEAVE" });
    }
  }

  /** A free set, or the line. The chart of the first set keeps the line for all of them. */
  #borrow(waiter: Waiter): void {
    const { request, refused } = waiter;
    const free = this.#line.length === 0 ? this.#reserves.find(({ life }) => life.state === "kept") : undefined;
    const reserve = free ?? this.#reserves[0]!;
    const { refusal } = reserve.life.send({ type: "BORROW", lengthBytes: request.parameters.lengthBytes });
    if (refusal === null) {
      this.counts.borrowed++;
      this.#build(reserve, waiter);
    } else if (refusal.status === "STATUS_PENDING") this.#line.push(waiter);
    else {
      const why =
        `the emergency sets carry ${this.#maximumLengthBytes} bytes, the request has ${request.parameters.lengthBytes}`;
      this.#refuse(request, refused, { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "perTransferLimit", why });
    }
  }

  /** A set comes back: to the head of the line, or to rest. */
  #giveBack(reserve: Reserve): void {
    reserve.holder = null;
    const next = this.#line.shift();
    // The first set's chart hands it on by itself; for another set, the head leaves that line.
    reserve.life.send({ type: "RETURN" });
    if (next === undefined) return;
    const first = this.#reserves[0]!;
    if (reserve !== first) {
      first.life.send({ type: "LEAVE" });
      reserve.life.send({ type: "BORROW", lengthBytes: next.request.parameters.lengthBytes });
    }
    this.counts.waited++;
    this.#build(reserve, next);
  }

  /** BuildScatterGatherList into the set's buffer. Map registers may still make it wait, in the HAL's own line. */
  #build(reserve: Reserve, { request, routine, refused }: Waiter): void {
    assert(reserve.holder === null, "Cannot lend an emergency set twice");
    reserve.holder = request;
    const { buildScatterGatherList } = this.#operations(request);
    assert(buildScatterGatherList !== undefined, "Emergency lists need version 2 of the DMA operations");
    const result = buildScatterGatherList({
      ...this.#parameters(request, routine),
      scatterGatherBuffer: reserve.buffer,
      scatterGatherLength: reserve.buffer.lengthBytes,
    });
    if (result.status === "STATUS_SUCCESS") return this.#hold();
    // A Build routine never has the reason noMemory (S4-13); anything else is the request's own trouble.
    assert(result.reason !== "noMemory", "BuildScatterGatherList wanted memory");
    this.#refuse(request, refused, result);
    this.#giveBack(reserve);
  }

  #hold(): void {
    this.counts.heldPeak = Math.max(this.counts.heldPeak, ++this.counts.held);
  }

  #refuse(request: Request, refused: Refused, failure: Failure): void {
    this.counts.refused++;
    if (failure.reason !== undefined) this.counts.reasons.add(failure.reason);
    refused(request, failure);
  }

  #operations(request: Request): DmaOperations {
    return this.#parts.channels()[request.parameters.channelIndex]!.parts.adapter.dmaOperations;
  }

  #parameters(request: Request, executionRoutine: AdapterListControl): GetScatterGatherListParameters {
    const { deviceObject } = this.#parts.channels()[request.parameters.channelIndex]!.parts;
    const { mdl, lengthBytes } = request.parameters;
    return {
      deviceObject,
      mdl,
      currentVa: mmGetMdlVirtualAddress(mdl),
      length: lengthBytes,
      executionRoutine,
      context: request,
      writeToDevice: !request.toHost,
    };
  }
}
