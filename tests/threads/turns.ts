/** The turns of a whole team in one thread, passed in any order, so that a seed repeats every step and every death. */
import { PENDING, SUCCESS } from "../../fastpath/2_validate.ts";
import { pathLives } from "../../fastpath/lives.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import type { PathMisuse } from "../../fastpath/misuse.ts";
import { RingConsumer, RingProducer } from "../../fastpath/ring.ts";
import { FLAG_LOCKED, FLAG_WRITE } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { NO_ROW, RequestBook } from "../../actors/threads/request_book.ts";
import { preempted } from "./preempted.ts";
import { settle } from "../../actors/threads/settle.ts";
import { createSharedParts } from "../../actors/threads/shared_parts.ts";
import { engineCount, laneCount, threadSizes } from "../../actors/threads/sizes.ts";
import { teamOf } from "../../actors/threads/team.ts";
import type { Pipeline, ThreadSizes } from "../../actors/threads/sizes.ts";
import type { Turn } from "../../actors/threads/turn.ts";
import { workerTurn } from "../../actors/threads/worker_turn.ts";
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
  /** Rows that came back with a byte count that is not theirs. */
  wrong = 0;
  /** How many came back with each status. */
  readonly statuses: Map<number, number> = new Map();
  readonly #sizes: ThreadSizes;
  readonly #book = new RequestBook(SMALL.requestCount);
  readonly #turns: (Turn | null)[];
  readonly #arrivals: readonly RingProducer[];
  readonly #completions: readonly RingConsumer[];
  readonly #prng: Prng;

  /** Two dispatchers with interrupts; the three stages have one. */
  constructor(prng: Prng, pipeline: Pipeline = "interrupts") {
    this.#prng = prng;
    this.#sizes = threadSizes({ ...SMALL, pipeline, dispatcherCount: pipeline === "interrupts" ? 2 : 1 });
    const { parts, memory } = createSharedParts(this.#sizes);
    this.memory = memory;
    const team = teamOf(this.#sizes);
    this.names = team.map(({ name }) => name);
    this.#arrivals = parts.arrivals.map((ring) => new RingProducer(ring));
    this.#completions = parts.completions.map((ring) => new RingConsumer(ring));
    this.#turns = team.map((place) => workerTurn({ place, parts, card: {} }, memory, () => {}));
  }

  get misuse(): PathMisuse | null {
    return misuseOf(this.memory, pathLives());
  }

  /** Some requests arrive on some lane; one in eight is not valid, one in eight the card fails. */
  submit(): void {
    const lane = this.#prng.below(laneCount(this.#sizes));
    for (let left = this.#prng.between(1, 6); left > 0; left--) {
      const isLocked = !this.#prng.chance(0.125);
      if (!this.arrive(lane, 4 * this.#prng.between(1, 2048), isLocked, this.#prng.chance(0.125))) break;
    }
  }

  /** One request arrives; `fails`: it is beyond the card's memory. False: no row is free. */
  arrive(lane: number, lengthBytes: number, isLocked: boolean, fails: boolean): boolean {
    const row = this.#book.take(lane);
    if (row === NO_ROW) return false;
    const { memory } = this;
    const toCard = lane % engineCount(this.#sizes) < this.#sizes.h2cCount;
    memory.requestFlags[row] = (isLocked ? FLAG_LOCKED : 0) | (toCard ? FLAG_WRITE : 0);
    memory.requestLength[row] = lengthBytes;
    memory.requestHostHigh[row] = 1;
    memory.requestHostLow[row] = row * 8192;
    memory.requestCardLow[row] = row * 8192;
    memory.requestCardHigh[row] = fails ? 1 : 0;
    memory.requestStatus[row] = PENDING;
    memory.requestInformation[row] = 0;
    this.#arrivals[lane]!.push(row);
    this.#arrivals[lane]!.flush();
    this.accepted++;
    return true;
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

  /** Requests on lanes of a dispatcher that are out. */
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
    settle(this.memory, (row) => this.#book.isOut(row));
    for (let row = 0; row < this.#sizes.requestCount; row++) if (this.#book.isOut(row)) this.#giveBack(row);
  }

  #giveBack(row: number): void {
    const status = this.memory.requestStatus[row]!;
    if (!this.#book.giveBack(row)) this.twice++;
    const bytes = status === SUCCESS ? this.memory.requestLength[row]! : 0;
    if (this.memory.requestInformation[row] !== bytes) this.wrong++;
    this.completed++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }
}
