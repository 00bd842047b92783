/**
 * One round of stress: a team of random size on real threads, every cell of memory sending its words to the card and
 * fetching them back over and over, some requests that must be refused and some that the card must fail among them,
 * and some that are cancelled at any moment.
 * Whatever the threads do, the sums come out, or the round says which did not.
 */
import { ThreadScheduler } from "../../actors/threads/mod.ts";
import type { ThreadRequest, ThreadSizes, ThreadSummary } from "../../actors/threads/mod.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import { Prng } from "../../sim/prng.ts";

/** How a round went. */
export interface Round {
  readonly seed: number;
  /** Workers of the team. */
  readonly workers: number;
  /** Requests that were taken. */
  readonly accepted: number;
  /** Requests whose bytes were compared. */
  readonly compared: number;
  /** Requests that were cancelled in time. */
  readonly cancelled: number;
  /** Who was killed on purpose; null: nobody. */
  readonly victim: string | null;
  /** Sums that did not come out, one sentence each. */
  readonly broken: readonly string[];
}

/** What a round is made of. */
export interface RoundOptions {
  /** Repeats the team and the requests; the interleaving is the machine's. */
  readonly seed: number;
  /** About how many requests. */
  readonly requests: number;
  /** Dispatchers; drawn from the seed if not given. */
  readonly dispatcherCount?: number;
  /** Kills somebody on the way. Default: one round in eight. */
  readonly kill?: boolean;
}

const CELL_BYTES = 2 * 4096;
/** Card memory ends here: what goes beyond fails. */
const CARD_BYTES = 1024 * CELL_BYTES;
/** What host memory holds that the card has not written. */
const UNWRITTEN = 0x5a5a_5a5a;

/** What a cell has under way. */
type Step = "there" | "back" | "refused" | "failing";

const EXPECTED: Readonly<Record<Step, NtStatus>> = {
  there: "STATUS_SUCCESS",
  back: "STATUS_SUCCESS",
  refused: "STATUS_INVALID_DEVICE_REQUEST",
  failing: "STATUS_DEVICE_HARDWARE_ERROR",
};

/** Draws a team. */
export function drawTeam(prng: Prng, dispatcherCount?: number): Partial<ThreadSizes> {
  const cells = 2 ** prng.between(3, 10);
  const sizes = {
    ...{ h2cCount: prng.between(1, 4), c2hCount: prng.between(1, 4), slotCount: 2 ** prng.between(1, 5) },
    ...{ descriptorsPerSlot: 2, requestCount: cells, ramBytes: cells * 2 * CELL_BYTES },
  };
  if (dispatcherCount === undefined && prng.chance(0.2)) return { ...sizes, pipeline: "three-stage" };
  return { ...sizes, dispatcherCount: dispatcherCount ?? prng.between(1, 8), dpcCount: prng.between(1, 2) };
}

/** Runs a round to its end. */
export function runRound({ seed, requests, dispatcherCount, kill }: RoundOptions): Promise<Round> {
  return new Promise((resolve) => new Cells(seed, requests, dispatcherCount, kill, resolve));
}

/** The cells of one round. Each has at most one request under way: its tag is its number. */
class Cells {
  readonly #seed: number;
  readonly #prng: Prng;
  readonly #scheduler: ThreadScheduler;
  readonly #steps: (Step | null)[];
  /** By cell: its request was cancelled, and was said to be. */
  readonly #cancelled: boolean[];
  readonly #turns: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #words: Int32Array;
  readonly #victim: string | null;
  readonly #killAt: number;
  readonly #broken: string[] = [];
  readonly #resolve: (round: Round) => void;
  #left: number;
  #sent = 0;
  #returned = 0;
  #compared = 0;
  #cancelledCount = 0;
  #bytesDue = 0;
  #bytesMoved = 0;

  constructor(
    seed: number,
    requests: number,
    dispatcherCount: number | undefined,
    kill: boolean | undefined,
    resolve: (round: Round) => void,
  ) {
    const prng = this.#prng = new Prng(seed);
    this.#seed = seed;
    this.#left = requests;
    this.#resolve = resolve;
    this.#scheduler = new ThreadScheduler({
      ...drawTeam(prng, dispatcherCount),
      card: { cardMemoryBytes: CARD_BYTES, timing: { kind: "fixed", dmaNs: 1000 } },
    }, {
      started: () => {
        for (let cell = 0; cell < cells; cell++) this.#go(cell);
      },
      completed: (cell, status, information) => this.#back(cell, status, information),
      ended: (summary) => this.#ended(summary),
    });
    const cells = this.#scheduler.sizes.requestCount;
    this.#steps = new Array<Step | null>(cells).fill(null);
    this.#cancelled = new Array<boolean>(cells).fill(false);
    this.#turns = new Uint32Array(cells);
    this.#lengths = new Uint32Array(cells);
    this.#words = new Int32Array(this.#scheduler.ram.buffer);
    const names = this.#scheduler.look().map(({ worker }) => worker);
    this.#victim = (kill ?? seed % 8 === 7) ? prng.pick(names) : null;
    this.#killAt = prng.between(1, requests);
    this.#scheduler.start();
  }

  /** The next request of a cell: there, back, there …, now and then one that must not work. */
  #go(cell: number): void {
    if (this.#left-- <= 0) {
      if (this.#scheduler.outstanding === 0) this.#scheduler.drain();
      return;
    }
    const step = this.#nextStep(cell);
    if (step === "there") this.#fill(cell);
    if (step === "back") this.#words.fill(UNWRITTEN, this.#fetchedAt(cell), this.#fetchedAt(cell) + CELL_BYTES / 4);
    const { taken } = this.#scheduler.submit([this.#request(cell, step)]);
    if (taken === 0) {
      if (this.#victim === null) this.#broken.push(`cell ${cell} found no capacity for its one request`);
      return;
    }
    this.#steps[cell] = step;
    this.#sent++;
    if (EXPECTED[step] === "STATUS_SUCCESS") this.#bytesDue += this.#lengths[cell]!;
    if (this.#prng.chance(0.1)) this.#cancel(this.#prng.below(this.#steps.length));
    if (this.#sent === this.#killAt && this.#victim !== null) this.#scheduler.kill(this.#victim);
  }

  /** Takes the request of a cell back, if it is under way; what is answered must be what comes back. */
  #cancel(cell: number): void {
    const { status } = this.#scheduler.cancel(cell);
    if ((status === "STATUS_INVALID_PARAMETER") !== (this.#steps[cell] === null)) {
      this.#broken.push(`cell ${cell}: its cancel was answered ${status}`);
    }
    if (status === "STATUS_SUCCESS") this.#cancelled[cell] = true;
  }

  /** After a way there always the way back, so that the bytes are still the card's. */
  #nextStep(cell: number): Step {
    if (this.#turns[cell]! % 2 === 1) return "back";
    if (this.#prng.chance(0.03)) return this.#prng.chance(0.5) ? "refused" : "failing";
    return "there";
  }

  #request(cell: number, step: Step): ThreadRequest {
    const { h2cCount, c2hCount, requestCount } = this.#scheduler.sizes;
    const isBack = step === "back";
    const offset = cell * CELL_BYTES;
    return {
      tag: cell,
      engine: isBack ? h2cCount + this.#prng.below(c2hCount) : this.#prng.below(h2cCount),
      ramOffset: step === "refused" ? -4 : isBack ? requestCount * CELL_BYTES + offset : offset,
      cardAddress: step === "failing" ? CARD_BYTES : offset,
      lengthBytes: step === "refused" || step === "failing" ? 64 : this.#lengths[cell]!,
    };
  }

  #fill(cell: number): void {
    const words = this.#prng.chance(0.8) ? this.#prng.between(1, 16) : this.#prng.between(1, CELL_BYTES / 4);
    this.#lengths[cell] = words * 4;
    const first = cell * CELL_BYTES / 4;
    for (let word = 0; word < words; word++) this.#words[first + word] = this.#wordOf(cell, word);
  }

  /** Different in every cell, at every place, in every turn. */
  #wordOf(cell: number, word: number): number {
    return (this.#turns[cell]! >>> 1) * 0x9e37_79b1 + cell * 0x10001 + word | 0;
  }

  #back(cell: number, status: NtStatus, information: number): void {
    this.#returned++;
    const step = this.#steps[cell]!;
    const isCancelled = this.#cancelled[cell];
    this.#steps[cell] = null;
    this.#cancelled[cell] = false;
    if (step === null) this.#broken.push(`cell ${cell} got something back that it did not send`);
    else if (isCancelled) return this.#backCancelled(cell, step, status, information);
    else if (status !== EXPECTED[step]) {
      if (this.#victim === null) this.#broken.push(`cell ${cell}: ${step} ended with ${status}`);
      return;
    }
    this.#bytesMoved += information;
    if (step === "there") this.#turns[cell]!++;
    if (step === "back") {
      this.#compare(cell);
      this.#turns[cell]!++;
    }
    this.#go(cell);
  }

  /** The step is taken again. */
  #backCancelled(cell: number, step: Step, status: NtStatus, information: number): void {
    this.#cancelledCount++;
    if (EXPECTED[step] === "STATUS_SUCCESS") this.#bytesDue -= this.#lengths[cell]!;
    if (status !== "STATUS_CANCELLED" || information !== 0) {
      this.#broken.push(`cell ${cell}: cancelled in time, ${step} ended with ${status} and ${information} bytes`);
    }
    const first = this.#fetchedAt(cell);
    if (step === "back" && this.#words.subarray(first, first + CELL_BYTES / 4).some((word) => word !== UNWRITTEN)) {
      this.#broken.push(`cell ${cell}: cancelled in time, ${step} was carried out`);
    }
    this.#go(cell);
  }

  /** Where the words of a cell come back. */
  #fetchedAt(cell: number): number {
    return (this.#scheduler.sizes.requestCount + cell) * CELL_BYTES / 4;
  }

  #compare(cell: number): void {
    const first = this.#fetchedAt(cell);
    for (let word = 0; word < this.#lengths[cell]! / 4; word++) {
      if (this.#words[first + word] === this.#wordOf(cell, word)) continue;
      this.#broken.push(`cell ${cell}, turn ${this.#turns[cell]}: word ${word} came back wrong`);
      return;
    }
    this.#compared++;
  }

  #ended({ accepted, completed, twice, lost, misuse, workers }: ThreadSummary): void {
    const due = (what: string, found: unknown, expected: unknown): void => {
      if (found !== expected) {
        this.#broken.push(`${what}: ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
      }
    };
    due("requests accepted", accepted, this.#sent);
    due("requests completed", completed, accepted);
    due("requests given back", this.#returned, accepted);
    due("requests completed twice", twice, 0);
    due("misuse", misuse, null);
    due("Worker lost", lost?.worker ?? null, this.#victim);
    due("cells still waiting", this.#steps.filter((step) => step !== null).length, 0);
    if (this.#victim === null) due("bytes moved", this.#bytesMoved, this.#bytesDue);
    const { length: count } = workers;
    const [seed, victim, compared, broken] = [this.#seed, this.#victim, this.#compared, this.#broken];
    this.#resolve({ seed, workers: count, accepted, compared, cancelled: this.#cancelledCount, victim, broken });
  }
}
