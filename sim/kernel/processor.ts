/**
 * A processor, or a worker thread, as a serial server: work is done in the order in which it was given, one piece at a
 * time, each for its own duration. The callback runs when a piece is done and may keep the processor busy for longer,
 * as spinning for a lock does.
 */
import type { TimerCallback, VirtualClock } from "../clock.ts";
import type { Nanoseconds } from "../units.ts";
import { SILENT } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";

/** Something that does one piece of work at a time. */
export class Processor {
  /** `cpu:0`. */
  readonly name: string;
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  // The line is a ring of columns: it is as long as the longest line was, however many pieces have gone through it.
  #places = 8;
  #callbacks: (TimerCallback | null)[] = new Array<TimerCallback | null>(this.#places).fill(null);
  #workNs = new Float64Array(this.#places);
  #arguments = new Float64Array(this.#places);
  #givenAtNs = new Float64Array(this.#places);
  #head = 0;
  #count = 0;
  // The present piece; null while there is none.
  #callback: TimerCallback | null = null;
  #argument = 0;
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
    return this.#count;
  }

  /** Another processor of the same world. */
  sibling(name: string): Processor {
    return new Processor(name, this.#clock, this.#trace);
  }

  /** Gives it `workNs` of work; `callback(argument)` runs when that is done. */
  submit(workNs: Nanoseconds, callback: TimerCallback, argument = 0): void {
    if (this.#count === this.#places) this.#widen();
    const place = (this.#head + this.#count++) & (this.#places - 1);
    this.#callbacks[place] = callback;
    this.#workNs[place] = workNs;
    this.#arguments[place] = argument;
    this.#givenAtNs[place] = this.#clock.nowNs;
    if (this.#callback === null) this.#startNext();
  }

  /** From inside a callback: keeps the processor busy until `untilNs`, before it takes the next piece. */
  occupyUntil(untilNs: Nanoseconds): void {
    this.#occupiedUntilNs = untilNs;
  }

  #startNext(): void {
    if (this.#callback !== null) this.#tell("leave");
    if (this.#count === 0) {
      this.#callback = null;
      return;
    }
    const place = this.#head;
    const workNs = this.#workNs[place]!;
    this.#head = (place + 1) & (this.#places - 1);
    this.#count--;
    this.#callback = this.#callbacks[place]!;
    this.#callbacks[place] = null;
    this.#argument = this.#arguments[place]!;
    this.#tell("enter");
    this.#waitedNs += this.#clock.nowNs - this.#givenAtNs[place]!;
    this.#busyNs += workNs;
    this.#clock.after(workNs, this.#done);
  }

  #tell(phase: "enter" | "leave"): void {
    if (!this.#trace.on) return;
    this.#trace.emit({ kind: "work", phase, atNs: this.#clock.nowNs, processor: this.name, irp: this.#argument });
  }

  #finish(): void {
    this.#callback!(this.#argument);
    const spunNs = this.#occupiedUntilNs - this.#clock.nowNs;
    if (spunNs > 0) {
      this.#busyNs += spunNs;
      this.#clock.after(spunNs, this.#next);
    } else this.#startNext();
  }

  /** Twice as many places, the line moved to their beginning. */
  #widen(): void {
    const places = this.#places * 2;
    const order = Array.from({ length: this.#count }, (_, index) => (this.#head + index) & (this.#places - 1));
    const spread = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const wider = new Float64Array(places);
      order.forEach((place, index) => wider[index] = column[place]!);
      return wider;
    };
    this.#workNs = spread(this.#workNs);
    this.#arguments = spread(this.#arguments);
    this.#givenAtNs = spread(this.#givenAtNs);
    this.#callbacks = Array.from({ length: places }, (_, index) => this.#callbacks[order[index] ?? -1] ?? null);
    this.#places = places;
    this.#head = 0;
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
