/**
 * The invariants that every run must hold, whatever the strategy (X-1 … X-6). A story exits non-zero when one breaks.
 */
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import type { Card } from "../../sim/ports.ts";
import type { CardSystem } from "../card_system.ts";
import { HalList } from "../hal/hal_list.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { Request } from "../scheduler/request.ts";

/** A broken invariant. */
export interface Violation {
  /** Which one. */
  readonly invariant: "X-1" | "X-2" | "X-3" | "X-4" | "X-5" | "X-6";
  /** One sentence with the numbers. */
  readonly sentence: string;
}

/** Watches one run. Attach before the first request; ask at the end. */
export class InvariantWatch {
  readonly #system: CardSystem<Card>;
  readonly #violations: Violation[] = [];
  readonly #submitted = new Map<number, number>();
  readonly #completions = new Map<number, number>();
  readonly #lastNumber: number[];

  readonly #liveLists = new Map<number, ScatterGatherList>();

  /** Attaches to a world before its first request. */
  constructor(system: CardSystem<Card>) {
    this.#system = system;
    this.#lastNumber = system.channels.map(() => -1);
    system.scheduler.onMapped((request, list) => this.#covered(request, list));
  }

  /** Completed requests so far. */
  get completedCount(): number {
    return this.#completions.size;
  }

  /** Submitted requests that never completed. */
  get lostCount(): number {
    return this.#submitted.size - this.#completions.size;
  }

  /** Requests that completed more than once. */
  get twiceCount(): number {
    return [...this.#completions.values()].filter((count) => count > 1).length;
  }

  /** A request was handed in. `tag` is the requester's own number for it, unique in the run. */
  submitted(tag: number, channelIndex: number): void {
    this.#submitted.set(tag, channelIndex);
  }

  /** A request came back (X-3: once, and those that the device had in the order of arrival on their channel). */
  completed(request: Request): void {
    const { tag, channelIndex } = request.parameters;
    this.#liveLists.delete(request.number);
    this.#completions.set(tag, (this.#completions.get(tag) ?? 0) + 1);
    // Who was cancelled in time waits for nobody, and holds up nobody; nor does who was refused.
    if (request.cancelled) return this.#cancelled(request);
    if (request.doneNs === 0 && request.status !== "STATUS_SUCCESS") return;
    const last = this.#lastNumber[channelIndex]!;
    if (request.number <= last) {
      const { name } = this.#system.channels[channelIndex]!.device;
      this.#add("X-3", `irp:${request.number} completed after irp:${last} on ${name}`);
    }
    this.#lastNumber[channelIndex] = Math.max(last, request.number);
    this.#arrived(request);
  }

  /** What a request that was cancelled in time must say. */
  #cancelled({ number, status, information }: Request): void {
    if (status === "STATUS_CANCELLED" && information === 0) return;
    this.#add("X-3", `irp:${number} was cancelled in time, but completed with ${status} and ${information} bytes`);
  }

  /**
   * What a device wrote through bounce pages reaches the buffer at Put only (S1-13). A request that completes with a
   * borrowed list, as registered buffers do, says that bytes are there which are not.
   */
  #arrived({ number, list, status, toHost }: Request): void {
    if (!toHost || status !== "STATUS_SUCCESS" || !(list instanceof HalList) || list.registers.count === 0) return;
    this.#add(
      "X-2",
      `irp:${number} completed, but its bytes lie in the bounce pages of ${list.name} until that is put`,
    );
  }

  /** A request got a list: is it the only live one, and does it cover every byte exactly once? */
  #covered(request: Request, list: ScatterGatherList): void {
    const { lengthBytes, mdl } = request.parameters;
    const other = this.#liveLists.get(request.number);
    if (other?.life.has("live")) {
      this.#add("X-2", `irp:${request.number} got ${list.name} while ${other.name} is live`);
    }
    this.#liveLists.set(request.number, list);
    let sum = 0;
    for (let element = 0; element < list.numberOfElements; element++) sum += list.lengths[element]!;
    if (sum !== lengthBytes) {
      this.#add("X-2", `the list of irp:${request.number} covers ${sum} of ${lengthBytes} bytes`);
      return;
    }
    // The content check of the run covers what went through bounce pages.
    if (list instanceof HalList && list.route.endsWith("Bounce")) return;
    const { domain } = this.#system.memory.port(this.#system.deviceObject.name, 64);
    let va = mmGetMdlVirtualAddress(mdl);
    for (let element = 0; element < list.numberOfElements; element++) {
      let logical = list.addresses[element]!;
      for (let left = list.lengths[element]!; left > 0;) {
        const step = Math.min(left, 4096 - va % 4096);
        const page = mdl.pfns[(va - mdl.startVa) / 4096 >>> 0]!;
        const physical = page * 4096 + va % 4096;
        if (domain.translate(logical, step, request.toHost) !== physical) {
          this.#add("X-2", `element ${element} of irp:${request.number} does not lead to its buffer`);
          return;
        }
        va += step;
        logical += step;
        left -= step;
      }
    }
  }

  /** The verdict, when nothing is pending any more. */
  verdict(): readonly Violation[] {
    const { hal, findings, irps } = this.#system;
    for (const { name, size, free, allocatedCount, freedCount } of hal.pools) {
      const held = allocatedCount - freedCount;
      if (free + held !== size) this.#add("X-1", `${name}: ${free} free + ${held} held, of ${size}`);
    }
    for (const { name, counters, life } of hal.adapters) {
      const { listsBuilt, listsPut } = counters;
      const { lists } = life.context;
      if (listsBuilt - listsPut !== lists) {
        this.#add("X-1", `${name}: ${listsBuilt} lists built, ${listsPut} put, but ${lists} references`);
      }
    }
    if (this.lostCount > 0) this.#add("X-3", `${this.lostCount} requests were lost`);
    if (this.twiceCount > 0) this.#add("X-3", `${this.twiceCount} requests completed twice`);
    if (irps.outstanding > 0) {
      this.#add("X-4", `nothing is pending, yet ${irps.outstanding} requests wait: ${this.#whoWaits()}`);
    }
    const { reasonlessCount } = this.#system.driver;
    if (reasonlessCount > 0) this.#add("X-5", `${reasonlessCount} refusals for want of resources gave no reason`);
    for (const { rule, call, resource } of findings.errors) this.#add("X-6", `${rule}: ${call} on ${resource}`);
    return this.#violations;
  }

  #whoWaits(): string {
    return this.#system.channels
      .filter(({ parts }) => parts.workToDo.depth + parts.waitingForDevice.depth + parts.readyToComplete.depth > 0)
      .map(({ device, parts }) =>
        `${device.name} (${device.life.state}) holds ${parts.workToDo.depth} to do, ` +
        `${parts.waitingForDevice.depth} in the device, ${parts.readyToComplete.depth} to complete`
      ).join("; ");
  }

  #add(invariant: Violation["invariant"], sentence: string): void {
    this.#violations.push({ invariant, sentence });
  }
}
