/**
 * Lives as a state number moved through rows that were compiled from the same charts: what the model uses when nobody
 * watches.
 */
import type { EventObject, MachineContext } from "xstate";
import { assignRow, compileRows } from "../fastpath/rows.ts";
import type {
  AnyLifecycle,
  ChartRows,
  RowAssignment,
  RowCandidate,
  RowEffect,
  RowGuard,
  RowStep,
} from "../fastpath/rows.ts";
import type { LifecycleNote } from "../machines/lifecycle.ts";
import { EVENT_BITS, LastingEvent } from "./lasting_event.ts";
import { QUIET } from "./life.ts";
import type { ChartOf, Life, Lives, Span, Verdict } from "./life.ts";
import { ToldLife } from "./told_life.ts";
import type { Telling } from "./told_life.ts";

// Charts are constants: one compilation serves every world in this process.
const compiled = new Map<AnyLifecycle, TableChart>();

function tableChart(chart: AnyLifecycle): TableChart {
  let found = compiled.get(chart);
  if (found === undefined) compiled.set(chart, found = new TableChart(compileRows(chart)));
  return found;
}

/** One way an event may go, with its effects sorted out. */
interface Candidate {
  readonly guard: RowGuard | null;
  /** The row of the state that follows. */
  readonly target: number;
  /** The only effect, if that is an assignment; else null. */
  readonly change: RowAssignment | null;
  /** All effects otherwise. */
  readonly effects: readonly RowEffect[];
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
  readonly #complex: (readonly Candidate[])[] = [];
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
  candidates(entry: number): readonly Candidate[] {
    return this.#complex[FIRST_COMPLEX - entry]!;
  }

  #place(candidates: readonly RowCandidate[]): number {
    const [first] = candidates;
    if (first?.guard === null && first.effects.length === 0) return first.target << EVENT_BITS;
    return FIRST_COMPLEX + 1 - this.#complex.push(candidates.map(candidateOf));
  }
}

function candidateOf({ guard, target, effects }: RowCandidate): Candidate {
  const [only] = effects;
  const change = effects.length === 1 && only?.kind === "assign" ? only : null;
  return { guard, target: target << EVENT_BITS, change, effects: change === null ? effects : [] };
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
    const entry = event instanceof LastingEvent ? this.#next[row | event.number]! : UNKNOWN;
    if (entry < 0 || this.telling.trace.on) return this.#sendInFull(event, entry);
    if (entry !== row) {
      this.#row = entry;
      this.moved();
    }
    return QUIET;
  }

  #sendInFull(event: Event, known: number): Verdict {
    const row = this.#row;
    const entry = known === UNKNOWN ? this.#chart.entry(row, event) : known;
    let notes: readonly LifecycleNote[] | null = null;
    if (entry >= 0) this.#row = entry;
    else notes = this.#try(this.#chart.candidates(entry), event);
    if (notes !== null || this.telling.trace.on) {
      const { states } = this.#chart.rows;
      return this.told(event.type, states[row >> EVENT_BITS]!, states[this.#row >> EVENT_BITS]!, notes);
    }
    if (this.#row !== row) this.moved();
    return QUIET;
  }

  #try(candidates: readonly Candidate[], event: Event): readonly LifecycleNote[] | null {
    const step = this.#step ??= { context: this.#context, event };
    step.event = event;
    for (let number = 0; number < candidates.length; number++) {
      const candidate = candidates[number]!;
      if (candidate.guard !== null && !candidate.guard(step)) continue;
      this.#row = candidate.target;
      if (candidate.change === null) return candidate.effects.length === 0 ? null : apply(candidate.effects, step);
      assignRow(candidate.change, step);
      return null;
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
