/**
 * The owner's end of the request table and its rings: requests go out as rows, completions come back as rows, a row is
 * the owner's again only after both ends of the ring say so.
 */
import { PENDING } from "../../fastpath/2_validate.ts";
import { cancelRequest, openClaim } from "../../fastpath/claims.ts";
import { wake } from "../../fastpath/parking.ts";
import { RingConsumer, RingProducer } from "../../fastpath/ring.ts";
import { FLAG_LOCKED, FLAG_WRITE } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { NTSTATUS } from "../../machines/ntstatus.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import { address, highHalf, lowHalf } from "../../sim/units.ts";
import type { CancelAnswer } from "../scheduler/scheduler.ts";
import { ASLEEP } from "./counters.ts";
import { NO_ROW, RequestBook } from "./request_book.ts";
import { settle } from "./settle.ts";
import { RAM_ADDRESS } from "./shared_parts.ts";
import type { SharedParts } from "./shared_parts.ts";
import { arrivalsOf, engineCount } from "./sizes.ts";
import { dispatcherWorker } from "./team.ts";

/** A request: bytes of shared host memory from or to the card. */
export interface ThreadRequest {
  /** What it comes back with: any number of the caller's. */
  readonly tag: number;
  /** The engine, H2C first. */
  readonly engine: number;
  /** Where in RAM it begins, a multiple of 4. */
  readonly ramOffset: number;
  /** Where in the card's memory it begins. */
  readonly cardAddress: number;
  /** A multiple of 4, at most descriptorsPerSlot × elementBytes. */
  readonly lengthBytes: number;
}

/** Hears of a request that is back: its tag, how it ended, bytes moved. */
export type BackListener = (tag: number, status: NtStatus, information: number) => void;

const STATUS_NAMES: ReadonlyMap<number, NtStatus> = new Map(
  (Object.entries(NTSTATUS) as [NtStatus, number][]).map(([name, value]) => [value | 0, name]),
);

const SLEEPS_MASK = 0x7fff_ffff;

/** The owner's end. */
export class RequestExchange {
  /** Rows that came back although they were not out. */
  twice = 0;
  readonly #parts: SharedParts;
  readonly #memory: PathMemory;
  readonly #counters: Int32Array;
  readonly #claims: Int32Array;
  readonly #book: RequestBook;
  readonly #arrivals: readonly RingProducer[];
  readonly #completions: readonly RingConsumer[];
  /** By engine: the dispatcher that takes the next request. */
  readonly #nextDispatcher: Int32Array;
  /** Arrival rings with rows that are not published yet. */
  readonly #touched: Set<number> = new Set();
  readonly #rows: Int32Array = new Int32Array(256);
  /** How often it fell asleep, and whether it sleeps: what the word says, which nobody else writes. */
  #sleeps = 0;
  #asleep = false;

  /** Opens the owner's end. One a memory. */
  constructor(parts: SharedParts, memory: PathMemory) {
    this.#parts = parts;
    this.#memory = memory;
    this.#counters = new Int32Array(parts.counters);
    this.#claims = new Int32Array(parts.claims);
    this.#book = new RequestBook(memory.requestCount);
    this.#arrivals = parts.arrivals.map((ring) => new RingProducer(ring));
    this.#completions = parts.completions.map((ring) => new RingConsumer(ring));
    this.#nextDispatcher = new Int32Array(engineCount(parts.sizes));
  }

  /** How many more requests can be out. */
  get capacity(): number {
    return this.#book.freeCount;
  }

  /** Requests that are out. */
  get outstanding(): number {
    return this.#book.outstanding;
  }

  /**
   * Looks whether a request can be written into a row at all. What can be written and is not right comes back with a
   * status.
   *
   * @throws {RangeError} with one sentence, if it cannot.
   */
  check({ engine, ramOffset, cardAddress, lengthBytes }: ThreadRequest): void {
    const engines = engineCount(this.#parts.sizes);
    if (!(engine >= 0 && engine < engines && Number.isInteger(engine))) {
      throw new RangeError(`Cannot use ${engine} as engine: expected a whole number from 0 to ${engines - 1}`);
    }
    if (!Number.isSafeInteger(ramOffset)) {
      throw new RangeError(`Cannot use ${ramOffset} as ramOffset: expected a whole number`);
    }
    address(cardAddress, "cardAddress");
    if (lengthBytes !== lengthBytes >>> 0) {
      throw new RangeError(`Cannot use ${lengthBytes} as lengthBytes: expected a whole number below 2^32`);
    }
  }

  /** Writes a {@link check}ed request into a row of its own, seen after {@link publish}. False: no row is free. */
  send({ tag, engine, ramOffset, cardAddress, lengthBytes }: ThreadRequest): boolean {
    const { sizes, ram } = this.#parts;
    const row = this.#book.take(tag);
    if (row === NO_ROW) return false;
    const memory = this.#memory;
    // Only RAM is locked: the card must not be told about anything else.
    const isLocked = ramOffset >= 0 && ramOffset + lengthBytes <= ram.byteLength;
    const hostAddress = RAM_ADDRESS + Math.max(0, ramOffset);
    memory.requestFlags[row] = (isLocked ? FLAG_LOCKED : 0) | (engine < sizes.h2cCount ? FLAG_WRITE : 0);
    memory.requestLength[row] = lengthBytes;
    memory.requestHostLow[row] = lowHalf(hostAddress);
    memory.requestHostHigh[row] = highHalf(hostAddress);
    memory.requestCardLow[row] = lowHalf(cardAddress);
    memory.requestCardHigh[row] = highHalf(cardAddress);
    memory.requestStatus[row] = PENDING;
    memory.requestInformation[row] = 0;
    openClaim(this.#claims, row);
    const dispatcher = this.#nextDispatcher[engine]!;
    this.#nextDispatcher[engine] = (dispatcher + 1) % sizes.dispatcherCount;
    const ring = arrivalsOf(sizes, dispatcher, engine);
    if (!this.#arrivals[ring]!.push(row)) assert(false, "An arrival ring is smaller than the table of requests");
    this.#touched.add(ring);
    return true;
  }

  /** Shows the dispatchers what was sent. */
  publish(): void {
    const { sizes } = this.#parts;
    for (const ring of this.#touched) {
      this.#arrivals[ring]!.flush();
      wake(this.#memory, dispatcherWorker(sizes, Math.floor(ring / engineCount(sizes))));
    }
    this.#touched.clear();
  }

  /** IoCancelIrp for a request that is out. It comes back in its turn, either way. */
  cancel(tag: number): CancelAnswer {
    const row = this.#book.find(tag);
    if (row === NO_ROW) return { status: "STATUS_INVALID_PARAMETER", why: `request ${tag} is not under way` };
    if (cancelRequest(this.#claims, row) !== "late") return { status: "STATUS_SUCCESS" };
    const why = `request ${tag} went to the card, or was refused: it completes as it ends`;
    return { status: "STATUS_INVALID_DEVICE_STATE", why };
  }

  /** Gives back what stands in the completion rings. Returns how many rows stood there. */
  receive(back: BackListener): number {
    const rows = this.#rows;
    let count = 0;
    for (const ring of this.#completions) {
      // The places are free before a row is: whoever it is given to next may come back through the same ring.
      const taken = ring.shiftMany(rows, 0, rows.length);
      for (let index = 0; index < taken; index++) this.#giveBack(rows[index]!, back);
      count += taken;
    }
    return count;
  }

  /** Gives back whatever is out, settled. Legal when no Worker is left. */
  settle(back: BackListener): void {
    const book = this.#book;
    settle(this.#parts, this.#memory, (row) => book.isOut(row));
    // A listener may not send any more, so no row goes out again behind us.
    for (let row = 0; row < this.#memory.requestCount; row++) if (book.isOut(row)) this.#giveBack(row, back);
  }

  /** Says that nobody looks into the rings: whoever lays something down from now on rings the bell. */
  sleep(): void {
    this.#sleeps = (this.#sleeps + 1) & SLEEPS_MASK || 1;
    this.#asleep = true;
    Atomics.store(this.#counters, ASLEEP, this.#sleeps);
  }

  /** Calls `receive` until the rings are empty, then sleeps. Returns the sum of what it returned. */
  receiveThenSleep(receive: () => number): number {
    let total = 0;
    for (;;) {
      const now = receive();
      total += now;
      if (now > 0) this.#wake();
      // Asleep first, then one more look: what that look does not see rings the bell.
      else if (this.#asleep) return total;
      else this.sleep();
    }
  }

  #wake(): void {
    this.#asleep = false;
    Atomics.store(this.#counters, ASLEEP, 0);
  }

  #giveBack(row: number, back: BackListener): void {
    const status = STATUS_NAMES.get(this.#memory.requestStatus[row]!);
    const information = this.#memory.requestInformation[row]!;
    assert(status !== undefined, `Row ${row} came back with a status that nobody knows`);
    if (this.#book.giveBack(row)) back(this.#book.tagOf(row), status, information);
    else this.twice++;
  }
}
