/** Where a Worker lays completed requests down for the owner, and the bell it rings if the owner is asleep. */
import { RingProducer } from "../../fastpath/ring.ts";
import { assert } from "../../sim/assert.ts";
import { ASLEEP } from "./counters.ts";

/** The completion ring of one Worker. */
export class Outbox {
  readonly #ring: RingProducer;
  readonly #counters: Int32Array;
  readonly #bell: () => void;
  #laid = 0;
  /** The sleep of the owner that this Worker has rung in. */
  #rungIn = 0;

  /** `bell` is called when the owner is to look; by each Worker at most once for each time it fell asleep. */
  constructor(ring: SharedArrayBuffer, counters: Int32Array, bell: () => void) {
    this.#ring = new RingProducer(ring);
    this.#counters = counters;
    this.#bell = bell;
  }

  /** Lays a request's row down; the owner sees it after {@link publish}. */
  lay(row: number): void {
    if (!this.#ring.push(row)) assert(false, "A completion ring is smaller than the table of requests");
    this.#laid++;
  }

  /** Shows the owner what was laid down. Returns how many. */
  publish(): number {
    const laid = this.#laid;
    if (laid === 0) return 0;
    this.#laid = 0;
    this.#ring.flush();
    // The owner looks at the rings once more after it has said that it sleeps.
    const sleep = Atomics.load(this.#counters, ASLEEP);
    if (sleep !== 0 && sleep !== this.#rungIn) {
      this.#rungIn = sleep;
      this.#bell();
    }
    return laid;
  }
}
