/**
 * What a random world with faults must keep, beside X-1 … X-6, which hold as they are:
 *
 * 1 a request that says it succeeded moved all its bytes, and says how many; what a posted write lost is excepted,
 *   since nobody is told
 * 2 one that did not succeed says so with a status, and with 0 bytes
 * 3 there is no trouble without a fault: each status has one that struck, and each reset, if the driver's timer
 *   has patience
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import { ACCESS_OK } from "../../sim/memory/address_space.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import type { Request } from "../scheduler/request.ts";
import type { System } from "../system.ts";
import type { WorldFaults } from "./world_faults.ts";

/** Watches one world. */
export class WorldWitness {
  /** What is wrong, one sentence each. */
  readonly complaints: string[] = [];
  /** The world. */
  readonly system: System;
  readonly #faults: WorldFaults;
  readonly #file: Uint8Array;
  readonly #neverRefused: boolean;
  readonly #ended = new Map<NtStatus, number>();

  /**
   * Attached to a world before its first request. `file` is what is sent; a byte's place in it is its card address.
   * `neverRefused`: the driver has emergency sets, and no memory is no excuse.
   */
  constructor(system: System, faults: WorldFaults, file: Uint8Array, neverRefused: boolean) {
    this.system = system;
    this.#faults = faults;
    this.#file = file;
    this.#neverRefused = neverRefused;
  }

  /** Requests that ended with a status. */
  count(status: NtStatus): number {
    return this.#ended.get(status) ?? 0;
  }

  /** How many requests ended with each status. */
  endings(): Record<string, number> {
    return Object.fromEntries(this.#ended);
  }

  /** How often each fault struck, allocations that failed among them. */
  struck(): Record<string, number> {
    return { allocatorFailure: this.system.memory.pool.failures, ...this.#faults.strikes() };
  }

  /** A request completed just now. */
  ended(request: Request): void {
    const { status, information, number, parameters: { cardAddress, lengthBytes } } = request;
    this.#ended.set(status, this.count(status) + 1);
    const succeeded = status === "STATUS_SUCCESS";
    if (information !== (succeeded ? lengthBytes : 0)) {
      this.complaints.push(`irp:${number} ended with ${status} and ${information} of ${lengthBytes} bytes`);
    }
    if (!succeeded) return;
    const onCard = this.system.card.cardMemory.read(cardAddress, lengthBytes);
    const [found, expected] = request.toHost
      ? [this.#inHost(request), this.#withoutLost(request, onCard)]
      : [onCard, this.#file.subarray(cardAddress, cardAddress + lengthBytes)];
    const at = found.findIndex((byte, index) => expected[index] !== LOST && byte !== expected[index]);
    if (at >= 0) this.complaints.push(`irp:${number} succeeded, but byte ${at} of ${lengthBytes} is wrong`);
  }

  /** The third rule, when nothing is pending any more. */
  verdict(): readonly string[] {
    const { acts } = this.#faults;
    const struck = (...names: Parameters<WorldFaults["struck"]>[0][]): number =>
      names.reduce((sum, name) => sum + this.#faults.struck(name), 0);
    const hangs = acts.filter(({ found }) => found === "engine hangs").length;
    const hanging = struck("writeBack", "engineHangs", "cardMemory");
    const failures = this.#neverRefused ? 0 : this.system.memory.pool.failures;
    this.#atMost(this.count("STATUS_INSUFFICIENT_RESOURCES"), failures, "refused lists");
    const errors = struck("descriptorRead", "dataRead", "brokenDescriptor", "cardMemory");
    this.#atMost(this.count("STATUS_DEVICE_HARDWARE_ERROR"), errors, "hardware errors");
    this.#atMost(this.count("STATUS_IO_TIMEOUT"), hangs * this.system.channels.length, "requests that timed out");
    if (!this.#faults.impatient) {
      this.#atMost(hangs, hanging, "resets");
      this.#atMost(acts.length, hanging + struck("interruptLost"), "transfers that somebody had to look after");
    }
    for (const status of this.#ended.keys()) {
      if (!EXPECTED.has(status)) this.complaints.push(`${this.count(status)} requests ended with ${status}`);
    }
    return this.complaints;
  }

  #atMost(count: number, faults: number, what: string): void {
    if (count > faults) this.complaints.push(`${count} ${what}, but only ${faults} faults that explain them`);
  }

  #inHost({ parameters: { mdl, lengthBytes } }: Request): Uint8Array {
    const bytes = new Uint8Array(lengthBytes);
    const status = this.system.memory.space.read(mmGetMdlVirtualAddress(mdl), bytes, 0, lengthBytes);
    assert(status === ACCESS_OK, "A requester can read its buffer");
    return bytes;
  }

  /** What the card has, with {@link LOST} where its write was lost. */
  #withoutLost({ parameters: { cardAddress, lengthBytes } }: Request, onCard: Uint8Array): Int16Array {
    const expected = Int16Array.from(onCard);
    for (const { offset, length } of this.#faults.lostWrites) {
      const from = offset - cardAddress;
      if (from >= 0 && from < lengthBytes) expected.fill(LOST, from, from + length);
    }
    return expected;
  }
}

const LOST = -1;

/** How a request may end here. */
const EXPECTED: ReadonlySet<NtStatus> = new Set<NtStatus>([
  "STATUS_SUCCESS",
  "STATUS_CANCELLED",
  "STATUS_INSUFFICIENT_RESOURCES",
  "STATUS_DEVICE_HARDWARE_ERROR",
  "STATUS_IO_TIMEOUT",
]);
