/**
 * A processor, or a worker thread, as a serial server: work is done in the order in which it was given, one piece at a
 * time, each for its own duration. The callback runs when a piece is done and may keep the processor busy for longer,
 * as spinning for a lock does.
 */
import type { TimerCallback, VirtualClock } from "../clock.ts";
import type { Nanoseconds } from "../units.ts";
import { SILENT } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";

interface Work {
  readonly workNs: Nanoseconds;
  readonly callback: TimerCallback;
  readonly argument: number;
  readonly givenAtNs: Nanoseconds;
}

/** Something that does one piece of work at a time. */
export class Processor {
  /** `cpu:0`. */
  readonly name: string;
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #line: Work[] = [];
  #head = 0;
  #working: Work | null = null;
  #occupiedUntilNs = 0;
  #busyNs = 0;
  #waitedNs = 0;
  readonly #done: TimerCallback = () => this.#finish();
  readonly #next: TimerCallback = () => this.#startNext();

  /** A processor with nothing to do. */
  constructor(name: string, clock: VirtualClock, trace: Tracer = SILENT) {
    this.name = name;
    this.#clock = clock;
    this.#trace = trace;
  }

  /** How long it has worked or spun so far, counting the present piece in full. */
  get busyNs(): Nanoseconds {
    return this.#busyNs;
  }

  /** How long work has stood in line for it, all together. */
  get waitedNs(): Nanoseconds {
    return this.#waitedNs;
  }

  /** How many pieces stand in line. */
  get lineLength(): number {
    return this.#line.length - this.#head;
  }

  /** Another processor of the same world. */
  sibling(name: string): Processor {
    return new Processor(name, this.#clock, this.#trace);
  }

  /** Gives it `workNs` of work; `callback(argument)` runs when that is done. */
  submit(workNs: Nanoseconds, callback: TimerCallback, argument = 0): void {
    this.#line.push({ workNs, callback, argument, givenAtNs: this.#clock.nowNs });
    if (this.#working === null) this.#startNext();
  }

  /** From inside a callback: keeps the processor busy until `untilNs`, before it takes the next piece. */
  occupyUntil(untilNs: Nanoseconds): void {
    this.#occupiedUntilNs = untilNs;
  }

  #startNext(): void {
    if (this.#working !== null) this.#tell("leave", this.#working);
    const work = this.#line[this.#head];
    if (work === undefined) {
      this.#working = null;
      return;
    }
    if (++this.#head === this.#line.length) {
      this.#line.length = 0;
      this.#head = 0;
    }
    this.#working = work;
    this.#tell("enter", work);
    this.#waitedNs += this.#clock.nowNs - work.givenAtNs;
    this.#busyNs += work.workNs;
    this.#clock.after(work.workNs, this.#done);
  }

  #tell(phase: "enter" | "leave", { argument }: Work): void {
    if (!this.#trace.on) return;
    this.#trace.emit({ kind: "work", phase, atNs: this.#clock.nowNs, processor: this.name, irp: argument });
  }

  #finish(): void {
    const { callback, argument } = this.#working!;
    callback(argument);
    const spunNs = this.#occupiedUntilNs - this.#clock.nowNs;
    if (spunNs > 0) {
      this.#busyNs += spunNs;
      this.#clock.after(spunNs, this.#next);
    } else this.#startNext();
  }
}

/**
 * A spin lock as its holders' arithmetic: whoever comes waits for those before, holds it for a known time, and is told
 * when it will be done. The waiting processor spins: see {@link Processor.occupyUntil}.
 */
export class SpinLock {
  readonly #clock: VirtualClock;
  #freeAtNs = 0;
  #waitedNs = 0;

  /** A lock that nobody holds. */
  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** How long holders have spun for it, all together (S0-15). */
  get waitedNs(): Nanoseconds {
    return this.#waitedNs;
  }

  /** Takes it for `holdNs`. Returns when it will be released. */
  take(holdNs: Nanoseconds): Nanoseconds {
    const nowNs = this.#clock.nowNs;
    const startNs = Math.max(this.#freeAtNs, nowNs);
    this.#waitedNs += startNs - nowNs;
    return this.#freeAtNs = startNs + holdNs;
  }
}
