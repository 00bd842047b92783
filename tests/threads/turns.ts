/** The turns of a whole team in one thread, passed in any order, so that a seed repeats every step and every death. */
import { PENDING, SUCCESS } from "../../fastpath/2_validate.ts";
import { cancelRequest, openClaim } from "../../fastpath/claims.ts";
import { pathLives } from "../../fastpath/lives.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import type { CancelOutcome } from "../../fastpath/claims.ts";
import type { PathMisuse } from "../../fastpath/misuse.ts";
import { RingConsumer, RingProducer } from "../../fastpath/ring.ts";
import { RETIRED } from "../../fastpath/helped_ring.ts";
import { isParked } from "../../fastpath/parking.ts";
import { FLAG_LOCKED, FLAG_WRITE, HEADER_PARKED } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { CANCELLED } from "../../actors/threads/cancelled.ts";
import { giveSlot, NO_SLOT, openEngineQueues, takeSlot } from "../../actors/threads/engine_queue.ts";
import { NO_ROW, RequestBook } from "../../actors/threads/request_book.ts";
import { operationsOf, preempted } from "./preempted.ts";
import { settle } from "../../actors/threads/settle.ts";
import { createSharedParts } from "../../actors/threads/shared_parts.ts";
import type { SharedParts } from "../../actors/threads/shared_parts.ts";
import { arrivalCount, engineCount, threadSizes } from "../../actors/threads/sizes.ts";
import { teamOf } from "../../actors/threads/team.ts";
import type { Pipeline, ThreadSizes } from "../../actors/threads/sizes.ts";
import { workerTurn } from "../../actors/threads/worker_turn.ts";
import type { WorkerTurn } from "../../actors/threads/worker_turn.ts";
import type { Prng } from "../../sim/prng.ts";

const SMALL = {
  ...{ h2cCount: 2, c2hCount: 1, slotCount: 4, descriptorsPerSlot: 2, requestCount: 32, ramBytes: 32 * 8192 },
};

/** What a Worker throws that dies in the middle of a pass. */
class Dead extends Error {}

/** A team whose members pass when the test says so. */
export class Turns {
  /** The names of the places. */
  readonly names: readonly string[];
  readonly memory: PathMemory;
  accepted = 0;
  completed = 0;
  twice = 0;
  /** Rows that came back with a byte count that is not theirs, or cancelled and not so, whatever was said. */
  wrong = 0;
  /** Requests that were cancelled, and were said to be. */
  cancelled = 0;
  /** How many came back with each status. */
  readonly statuses: Map<number, number> = new Map();
  readonly #sizes: ThreadSizes;
  readonly #parts: SharedParts;
  readonly #book = new RequestBook(SMALL.requestCount);
  readonly #turns: (WorkerTurn | null)[];
  readonly #arrivals: readonly RingProducer[];
  readonly #completions: readonly RingConsumer[];
  readonly #claims: Int32Array;
  readonly #prng: Prng;
  /** By row: what was said to a cancel of it. */
  readonly #told: (boolean | null)[] = new Array<boolean | null>(SMALL.requestCount).fill(null);
  #settling = false;

  /** Two dispatchers and two DPCs with interrupts; the three stages have one of each. */
  constructor(prng: Prng, pipeline: Pipeline = "interrupts", sizes: Partial<ThreadSizes> = {}) {
    this.#prng = prng;
    const each = pipeline === "interrupts" ? 2 : 1;
    this.#sizes = threadSizes({ ...SMALL, pipeline, dispatcherCount: each, dpcCount: each, ...sizes });
    const { parts, memory } = createSharedParts(this.#sizes);
    this.#parts = parts;
    this.memory = memory;
    this.#claims = new Int32Array(parts.claims);
    const team = teamOf(this.#sizes);
    this.names = team.map(({ name }) => name);
    this.#arrivals = parts.arrivals.map((ring) => new RingProducer(ring));
    this.#completions = parts.completions.map((ring) => new RingConsumer(ring));
    this.#turns = team.map((place) => workerTurn({ place, parts, card: {} }, memory, () => {}));
  }

  get misuse(): PathMisuse | null {
    return misuseOf(this.memory, pathLives());
  }

  /** Some requests arrive at a dispatcher; one in eight is not valid, one in eight the card fails. */
  submit(): void {
    const ring = this.#prng.below(arrivalCount(this.#sizes));
    for (let left = this.#prng.between(1, 6); left > 0; left--) {
      const isLocked = !this.#prng.chance(0.125);
      if (!this.arrive(ring, 4 * this.#prng.between(1, 2048), isLocked, this.#prng.chance(0.125))) break;
    }
  }

  /** One request arrives in an arrival ring; `fails`: it is beyond the card's memory. False: no row is free. */
  arrive(ring: number, lengthBytes: number, isLocked: boolean, fails: boolean): boolean {
    const row = this.#book.take(ring);
    if (row === NO_ROW) return false;
    const { memory } = this;
    const toCard = ring % engineCount(this.#sizes) < this.#sizes.h2cCount;
    memory.requestFlags[row] = (isLocked ? FLAG_LOCKED : 0) | (toCard ? FLAG_WRITE : 0);
    memory.requestLength[row] = lengthBytes;
    memory.requestHostHigh[row] = 1;
    memory.requestHostLow[row] = row * 8192;
    memory.requestCardLow[row] = row * 8192;
    memory.requestCardHigh[row] = fails ? 1 : 0;
    memory.requestStatus[row] = PENDING;
    memory.requestInformation[row] = 0;
    openClaim(this.#claims, row);
    this.#told[row] = null;
    this.#arrivals[ring]!.push(row);
    this.#arrivals[ring]!.flush();
    this.accepted++;
    return true;
  }

  /** The owner cancels one of the requests that are out, if the one that it thinks of is. */
  cancel(): void {
    const row = this.#prng.below(this.#sizes.requestCount);
    if (this.#book.isOut(row)) this.cancelRow(row);
  }

  /** The owner cancels a request that is out. Returns what it is told. */
  cancelRow(row: number): CancelOutcome {
    const outcome = cancelRequest(this.#claims, row);
    if (outcome === "cancelled") this.cancelled++;
    this.#told[row] = outcome !== "late";
    return outcome;
  }

  /** Requests that DPCs have claimed so far. */
  get claimed(): number {
    const queues = openEngineQueues(this.#parts.queues, this.#sizes.slotCount);
    return queues.reduce((sum, { ring: { words, at } }) => sum + words[at + RETIRED]!, 0);
  }

  /** List slots of all engines. */
  get slots(): number {
    return engineCount(this.#sizes) * this.#sizes.slotCount;
  }

  /** Slots that could be taken now. Takes none. */
  get freeSlots(): number {
    const queues = openEngineQueues(this.#parts.queues, this.#sizes.slotCount);
    return queues.reduce((sum, queue) => {
      const taken: number[] = [];
      for (let slot = takeSlot(queue); slot !== NO_SLOT; slot = takeSlot(queue)) taken.push(slot);
      for (const slot of taken.reverse()) giveSlot(queue, slot);
      return sum + taken.length;
    }, 0);
  }

  /** A place has parked: it found nothing to do. */
  sleep(worker: number): void {
    Atomics.store(this.memory.header, HEADER_PARKED + worker * 16, 1);
  }

  /** True if nobody has woken a place since it parked. */
  sleeps(worker: number): boolean {
    return isParked(this.memory, worker);
  }

  /** The turn of a place that lives. */
  turn(worker: number): WorkerTurn {
    return this.#turns[worker]!;
  }

  /** True while a place has not died. */
  isAlive(worker: number): boolean {
    return this.#turns[worker] !== null;
  }

  /** One pass of a place; false if it is dead or has just died. */
  pass(worker: number): boolean {
    const turn = this.#turns[worker];
    if (turn == null) return false;
    try {
      turn.pass();
      return true;
    } catch (error) {
      if (!(error instanceof Dead)) throw error;
      this.#turns[worker] = null;
      return false;
    }
  }

  /** A place dies, between two passes. */
  kill(worker: number): void {
    this.#turns[worker] = null;
  }

  /** One pass of a place, which dies right before its atomic operation number `at`, if it comes so far. */
  passAndDie(worker: number, at: number): void {
    preempted(() => void this.pass(worker), at, () => {
      throw new Dead();
    });
  }

  /** A pass of a place, and `other` right before its atomic operation number `at`. False: it has not so many. */
  passWith(worker: number, at: number, other: () => void): boolean {
    let came = false;
    preempted(() => void this.pass(worker), at, () => {
      came = true;
      other();
    });
    return came;
  }

  /** The most atomic operations of any moment of the card's time, until it has nothing to do: an interrupt is one. */
  mostOfOneMoment(worker: number): number {
    const turn = this.#turns[worker]!;
    const { clock } = turn.card!;
    let most = 0;
    const step = clock.step.bind(clock);
    clock.step = () => {
      let stepped = false;
      most = Math.max(most, operationsOf(() => stepped = step()));
      return stepped;
    };
    while (turn.hasWork()) turn.pass();
    return most;
  }

  /** Requests that are out. */
  get outstanding(): number {
    return this.#book.outstanding;
  }

  /** Requests of a dispatcher that are out. */
  outOn(dispatcher: number): number {
    let count = 0;
    for (let row = 0; row < this.#sizes.requestCount; row++) {
      if (this.#book.isOut(row) && Math.floor(this.#book.tagOf(row) / engineCount(this.#sizes)) === dispatcher) count++;
    }
    return count;
  }

  /** Whoever lives finishes what can be finished. */
  finish(): void {
    let quiet = 0;
    while (quiet < 3) {
      quiet++;
      for (const [worker, turn] of this.#turns.entries()) {
        if (turn !== null && turn.hasWork()) {
          this.pass(worker);
          quiet = 0;
        }
      }
    }
  }

  /** What the owner does at a bell. */
  take(): void {
    for (const ring of this.#completions) {
      for (let left = ring.available(); left > 0; left--) this.#giveBack(ring.shift());
      ring.release();
    }
  }

  /** What the owner does after a loss, when everybody has ended. */
  settle(): void {
    this.#settling = true;
    settle(this.#parts, this.memory, (row) => this.#book.isOut(row));
    for (let row = 0; row < this.#sizes.requestCount; row++) if (this.#book.isOut(row)) this.#giveBack(row);
  }

  #giveBack(row: number): void {
    const status = this.memory.requestStatus[row]!;
    if (!this.#book.giveBack(row)) this.twice++;
    const bytes = status === SUCCESS ? this.memory.requestLength[row]! : 0;
    if (this.memory.requestInformation[row] !== bytes) this.wrong++;
    // Cancelled exactly if it was said so; and whatever had not begun when a Worker was lost.
    const isCancelled = status === CANCELLED;
    if (this.#told[row] === true ? !isCancelled : isCancelled && !this.#settling) this.wrong++;
    this.completed++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }
}
