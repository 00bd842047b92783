/**
 * Lives as a state number moved through rows that were compiled from the same charts: what the model uses when nobody
 * watches.
 */
import type { EventObject, MachineContext } from "xstate";
import { assignRow, compileRows } from "../fastpath/rows.ts";
import type { AnyLifecycle, ChartRows, RowCandidate, RowEffect, RowStep } from "../fastpath/rows.ts";
import type { LifecycleNote } from "../machines/lifecycle.ts";
import { EVENT_BITS, LastingEvent } from "./lasting_event.ts";
import { QUIET } from "./life.ts";
import type { ChartOf, Life, Lives, Span, Verdict } from "./life.ts";
import { ToldLife } from "./told_life.ts";
import type { Telling } from "./told_life.ts";
import { SPEAKS, STAYS, writeStep } from "./written_steps.ts";
import type { WrittenStep } from "./written_steps.ts";

// Charts are constants: one compilation serves every world in this process.
const compiled = new Map<AnyLifecycle, TableChart>();

function tableChart(chart: AnyLifecycle): TableChart {
  let found = compiled.get(chart);
  if (found === undefined) compiled.set(chart, found = new TableChart(compileRows(chart)));
  return found;
}

// In the table: nobody has asked yet. What lies below names candidates, by FIRST_COMPLEX - index.
const UNKNOWN = -1;
const FIRST_COMPLEX = -2;

/**
 * A chart as a table that fills itself: `next[row | number]` is the row that follows by the lasting event of that
 * number, where a row is a state's index shifted by {@link EVENT_BITS}. A step that asks, changes or says something has
 * a negative entry instead, and so has an event that nobody sent in that state before.
 */
class TableChart {
  readonly rows: ChartRows;
  readonly initial: number;
  readonly next: Int32Array;
  readonly tags: readonly (readonly string[])[];
  readonly #complex: (readonly RowCandidate[])[] = [];
  // Written out when they are made for the first time: a world makes few of the steps that its charts have.
  readonly #written: (WrittenStep | null)[] = [];
  readonly #places: readonly ReadonlyMap<string, number>[];
  readonly #unknown: readonly number[];

  constructor(rows: ChartRows) {
    this.rows = rows;
    this.initial = rows.initial << EVENT_BITS;
    this.next = new Int32Array(rows.states.length << EVENT_BITS).fill(UNKNOWN);
    this.tags = rows.tags.map((tags) => [...tags]);
    this.#places = rows.candidates.map((byEvent) =>
      new Map(byEvent.map((candidates, index) => [rows.events[index]!, this.#place(candidates)]))
    );
    this.#unknown = rows.unknown.map((candidates) => this.#place(candidates));
  }

  /** What stands, or would stand, in the table for an event. */
  entry(row: number, event: EventObject): number {
    const state = row >> EVENT_BITS;
    const entry = this.#places[state]!.get(event.type) ?? this.#unknown[state]!;
    if (event instanceof LastingEvent) this.next[row | event.number] = entry;
    return entry;
  }

  /** The candidates behind a negative entry. */
  candidates(entry: number): readonly RowCandidate[] {
    return this.#complex[FIRST_COMPLEX - entry]!;
  }

  /** The same as a function that gives the row that follows. */
  written(entry: number): WrittenStep {
    const index = FIRST_COMPLEX - entry;
    return this.#written[index] ??= writeStep(this.#complex[index]!, 1 << EVENT_BITS);
  }

  #place(candidates: readonly RowCandidate[]): number {
    const [first] = candidates;
    if (first?.guard === null && first.effects.length === 0) return first.target << EVENT_BITS;
    this.#written.push(null);
    return FIRST_COMPLEX + 1 - this.#complex.push(candidates);
  }
}

/** Lives that are rows of a table. */
export class TableLives implements Lives {
  /** These lives are rows compiled from the charts. */
  readonly engine = "table";
  readonly #telling: Telling;

  /** Lives that tell their story to `telling`. */
  constructor(telling: Telling) {
    this.#telling = telling;
  }

  create<Context extends MachineContext, Event extends EventObject, Input>(
    chart: ChartOf<Context, Event, Input>,
    name: string,
    input: Input,
    _span?: Span,
    number = -1,
  ): Life<Context, Event> {
    return new TableLife<Context, Event>(tableChart(chart), name, number, input, this.#telling);
  }

  release(): void {
    // A table life is garbage as soon as nobody holds it.
  }
}

class TableLife<Context extends MachineContext, Event extends EventObject> extends ToldLife<Context, Event> {
  readonly #chart: TableChart;
  readonly #next: Int32Array;
  #row = 0;
  readonly #context: Context;
  // What guards and assignments are given, made when the first of them is asked.
  #step: RowStep | null = null;

  constructor(chart: TableChart, kind: string, number: number, input: unknown, telling: Telling) {
    super(kind, number, telling);
    this.#chart = chart;
    this.#next = chart.next;
    this.#row = chart.initial;
    this.#context = chart.rows.createContext(input) as Context;
  }

  protected override get rows(): ChartRows {
    return this.#chart.rows;
  }

  get state(): string {
    return this.#chart.rows.states[this.#row >> EVENT_BITS]!;
  }

  get context(): Readonly<Context> {
    return this.#context;
  }

  has(tag: string): boolean {
    const tags = this.#chart.tags[this.#row >> EVENT_BITS]!;
    for (let index = 0; index < tags.length; index++) if (tags[index] === tag) return true;
    return false;
  }

  // Most of what moves a request asks nothing and says nothing: one load from the table.
  send(event: Event): Verdict {
    const row = this.#row;
    let next = event instanceof LastingEvent ? this.#next[row | event.number]! : UNKNOWN;
    if (next < 0 && (next = this.#ask(event, next)) < 0) return this.#speak(event, next);
    this.#row = next;
    if (this.telling.trace.on) return this.#told(event, row, null);
    if (next !== row) this.moved();
    return QUIET;
  }

  /** The row that follows where the table does not know it; negative if the chart has something to say first. */
  #ask(event: Event, known: number): number {
    const entry = known === UNKNOWN ? this.#chart.entry(this.#row, event) : known;
    if (entry >= 0) return entry;
    const next = this.#chart.written(entry)(this.#stepWith(event));
    return next === STAYS ? this.#row : next === SPEAKS ? entry : next;
  }

  #speak(event: Event, entry: number): Verdict {
    const row = this.#row;
    const notes = this.#try(this.#chart.candidates(entry), this.#stepWith(event));
    return this.#told(event, row, notes);
  }

  #told(event: Event, from: number, notes: readonly LifecycleNote[] | null): Verdict {
    const { states } = this.#chart.rows;
    return this.told(event.type, states[from >> EVENT_BITS]!, states[this.#row >> EVENT_BITS]!, notes);
  }

  #stepWith(event: Event): RowStep {
    const step = this.#step ??= { context: this.#context, event };
    step.event = event;
    return step;
  }

  #try(candidates: readonly RowCandidate[], step: RowStep): readonly LifecycleNote[] | null {
    for (let number = 0; number < candidates.length; number++) {
      const { guard, target, effects } = candidates[number]!;
      if (guard !== null && !guard(step)) continue;
      this.#row = target << EVENT_BITS;
      return effects.length === 0 ? null : apply(effects, step);
    }
    return null;
  }
}

function apply(effects: readonly RowEffect[], step: RowStep): LifecycleNote[] | null {
  let notes: LifecycleNote[] | null = null;
  for (let index = 0; index < effects.length; index++) {
    const effect = effects[index]!;
    if (effect.kind === "assign") assignRow(effect, step);
    else if (effect.kind === "note") (notes ??= []).push(effect.note);
    else effect.collect(step, notes ??= []);
  }
  return notes;
}
