/**
 * Keeps an eye on one end of a stream: wakes an engine that waits for it, and closes a C2H descriptor that has
 * something and hears nothing more (PG195, "Write Flush Timeout").
 */
import type { VirtualClock } from "../clock.ts";
import type { Nanoseconds } from "../units.ts";
import type { Engine } from "./engine.ts";
import type { Mover } from "./mover.ts";
import type { StreamEnd } from "./stream.ts";

/** One channel's end of a stream. */
export class StreamWatch implements StreamEnd {
  readonly #engine: Engine;
  readonly #mover: Mover;
  readonly #clock: VirtualClock;
  readonly #timeoutNs: () => Nanoseconds;
  #isWaking = false;
  #isTiming = false;
  #takenNs = 0;

  /** `timeoutNs`: how long a C2H stream may be silent inside a descriptor; 0: for ever. */
  constructor(engine: Engine, mover: Mover, clock: VirtualClock, timeoutNs: () => Nanoseconds) {
    this.#engine = engine;
    this.#mover = mover;
    this.#clock = clock;
    this.#timeoutNs = timeoutNs;
  }

  /** The other end moved. The engine hears of it a moment later: that end is in the middle of something. */
  streamMoved(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.#clock.after(0, this.#wake);
  }

  /** The current descriptor received something: the silence begins anew. */
  dataTaken(): void {
    this.#takenNs = this.#clock.nowNs;
    const timeoutNs = this.#timeoutNs();
    if (timeoutNs === 0 || this.#isTiming) return;
    this.#isTiming = true;
    this.#clock.after(timeoutNs, this.#timeout);
  }

  readonly #wake = (): void => {
    this.#isWaking = false;
    this.#engine.resume();
  };

  readonly #timeout = (): void => {
    this.#isTiming = false;
    const timeoutNs = this.#timeoutNs();
    if (timeoutNs === 0 || !this.#engine.isExecuting || !this.#mover.blocked || this.#mover.partialBytes === 0) return;
    const dueNs = this.#takenNs + timeoutNs;
    if (this.#clock.nowNs >= dueNs) return this.#engine.closeDescriptor();
    this.#isTiming = true;
    this.#clock.at(dueNs, this.#timeout);
  };
}
