/**
 * Fixed timing: from the rising edge of Run to the interrupt takes exactly so long, whatever the chain. At that moment
 * the whole chain is fetched, checked and moved. A chain that closes on itself takes the same time for every round.
 */
import type { VirtualClock } from "../clock.ts";
import type { Nanoseconds } from "../units.ts";
import type { DescriptorFetch } from "./fetch.ts";
import type { Pace, PacedEngine } from "./pace.ts";

/** A closed loop that never comes back to its beginning must not hold the moment for ever. */
const ROUND_MAX = 2 ** 20;
const NOWHERE = -1;

/** The pace of a transfer whose duration is known. */
export class FixedPace implements Pace {
  readonly #engine: PacedEngine;
  readonly #fetch: DescriptorFetch;
  readonly #clock: VirtualClock;
  readonly #durationNs: Nanoseconds;
  #isWaiting = false;
  // Where this round began, and how many descriptors it has seen.
  #roundAddress = NOWHERE;
  #roundCount = 0;
  #epoch = 0;

  constructor(engine: PacedEngine, fetch: DescriptorFetch, clock: VirtualClock, durationNs: Nanoseconds) {
    this.#engine = engine;
    this.#fetch = fetch;
    this.#clock = clock;
    this.#durationNs = durationNs;
  }

  /** The moment has not come yet. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  begin(): void {
    this.#isWaiting = true;
    this.#clock.after(this.#durationNs, this.#moment, this.#epoch);
  }

  forget(): void {
    this.#epoch++;
    this.#isWaiting = false;
  }

  goOn(): void {
    const engine = this.#engine;
    const fetch = this.#fetch;
    // Completing may start the next run (Run was toggled meanwhile): then there is something to wait for again.
    while (!this.#isWaiting) {
      if (engine.isExecuting) {
        const lengthBytes = engine.nextPieceBytes();
        if (lengthBytes === 0) return;
        engine.movePiece(lengthBytes);
        continue;
      }
      if (engine.isStopping && engine.takenCount > 0) return engine.rest();
      if (!engine.isRunning && !engine.isStopping) return;
      if (fetch.count === 0) {
        if (fetch.errorBit !== 0) return engine.fail(fetch.errorBit);
        if (fetch.fetchNow()) continue;
        return engine.isStopping ? engine.rest() : undefined;
      }
      if (fetch.headAddress === this.#roundAddress || this.#roundCount === ROUND_MAX) return this.begin();
      if (this.#roundAddress === NOWHERE) this.#roundAddress = fetch.headAddress;
      this.#roundCount++;
      if (!engine.take()) return;
    }
  }

  readonly #moment = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    this.#isWaiting = false;
    this.#roundAddress = NOWHERE;
    this.#roundCount = 0;
    this.goOn();
    this.#engine.publish();
  };
}
