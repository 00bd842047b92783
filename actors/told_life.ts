/**
 * What both engines of a life have in common: after each event the step is told to the trace, and misuse becomes a
 * finding that knows what would have been legal.
 */
import type { EventObject } from "xstate";
import type { ChartRows } from "../fastpath/rows.ts";
import type { LifecycleNote, Misuse, Refusal } from "../machines/lifecycle.ts";
import type { VirtualClock } from "../sim/clock.ts";
import type { Nanoseconds } from "../sim/units.ts";
import type { Tracer } from "../trace/event.ts";
import type { FindingLog } from "./findings.ts";
import { QUIET } from "./life.ts";
import type { Life, Verdict } from "./life.ts";

/** Where a life tells its story. One per world, shared by all lives. */
export interface Telling {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** Where events go. */
  readonly trace: Tracer;
  /** Where misuse is collected. */
  readonly findings: FindingLog;
}

/** A life that tells. Engines add how a step is made. */
export abstract class ToldLife<Context, Event extends EventObject> implements Life<Context, Event> {
  /** What it needs to tell its story. */
  protected readonly telling: Telling;
  readonly #kind: string;
  readonly #number: number;
  #name: string | null = null;
  // A number from the beginning: a field that was undefined once would take a new object for every time it holds.
  #sinceNs: Nanoseconds = 0;

  /** The name is `kind`, or `kind:number` unless the number is negative. */
  constructor(kind: string, number: number, telling: Telling) {
    this.#kind = kind;
    this.#number = number;
    this.telling = telling;
    this.#sinceNs = telling.clock.nowNs;
  }

  // Put together when somebody asks: a request that nobody watches never needs it.
  get name(): string {
    return this.#name ??= this.#number < 0 ? this.#kind : `${this.#kind}:${this.#number}`;
  }

  /** The chart as rows: what is legal, for findings. */
  protected abstract get rows(): ChartRows;
  abstract get state(): string;
  /** What the chart remembers. */
  abstract get context(): Readonly<Context>;
  abstract has(tag: string): boolean;

  abstract send(event: Event): Verdict;

  get sinceNs(): Nanoseconds {
    return this.#sinceNs;
  }

  /** A step without a word from the chart that nobody listens to: only the time of the new state is kept. */
  protected moved(): void {
    this.#sinceNs = this.telling.clock.nowNs;
  }

  /** Tells a step and judges it. `notes` is what the chart had to say, or null if nothing. */
  protected told(event: string, from: string, to: string, notes: readonly LifecycleNote[] | null): Verdict {
    const { trace, clock } = this.telling;
    if (trace.on) trace.emit({ kind: "state", atNs: clock.nowNs, actor: this.name, event, from, to });
    const verdict = notes === null ? QUIET : this.#judge(notes, event, from);
    if (to !== from) this.#sinceNs = clock.nowNs;
    return verdict;
  }

  #judge(notes: readonly LifecycleNote[], call: string, from: string): Verdict {
    let refusal: Refusal | null = null;
    const misuses: Misuse[] = [];
    for (const note of notes) {
      if (note.type === "refused") {
        refusal = note;
        continue;
      }
      misuses.push(note);
      this.telling.findings.add(note, {
        resource: this.name,
        state: from,
        call,
        expected: this.rows.legal[this.rows.states.indexOf(from)] ?? [],
        sinceNs: this.#sinceNs,
      });
    }
    return { refusal, misuses };
  }
}
