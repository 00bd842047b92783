/**
 * Lives as a state number moved through rows that were compiled from the same charts: what the model uses when nobody
 * watches.
 */
import type { EventObject, MachineContext } from "xstate";
import { compileRows } from "../fastpath/rows.ts";
import type { AnyLifecycle, ChartRows, RowCandidate } from "../fastpath/rows.ts";
import type { LifecycleNote } from "../machines/lifecycle.ts";
import { QUIET } from "./life.ts";
import type { ChartOf, Life, Lives, Verdict } from "./life.ts";
import { ToldLife } from "./told_life.ts";
import type { Telling } from "./told_life.ts";

// Charts are constants: one compilation serves every world in this process.
const compiled = new Map<AnyLifecycle, CompiledChart>();

interface CompiledChart {
  readonly rows: ChartRows;
  readonly eventIndex: ReadonlyMap<string, number>;
  readonly eventCount: number;
  /** By `state * eventCount + event`: the next state of a step that asks and says nothing, or {@link COMPLEX}. */
  readonly plain: Int16Array;
}

/** A step with guards, effects or words: its candidates are tried in order. */
const COMPLEX = -1;

function plainSteps(rows: ChartRows): Int16Array {
  return Int16Array.from(
    rows.candidates.flatMap((byEvent) =>
      byEvent.map(([only]) =>
        only !== undefined && only.guard === null && only.effects.length === 0 ? only.target : COMPLEX
      )
    ),
  );
}

function compiledChart(chart: AnyLifecycle): CompiledChart {
  let found = compiled.get(chart);
  if (found === undefined) {
    const rows = compileRows(chart);
    found = {
      rows,
      eventIndex: new Map(rows.events.map((event, index) => [event, index])),
      eventCount: rows.events.length,
      plain: plainSteps(rows),
    };
    compiled.set(chart, found);
  }
  return found;
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
  ): Life<Context, Event> {
    return new TableLife<Context, Event>(compiledChart(chart), name, input, this.#telling);
  }

  release(): void {
    // A table life is garbage as soon as nobody holds it.
  }
}

class TableLife<Context extends MachineContext, Event extends EventObject> extends ToldLife<Context, Event> {
  #stateIndex: number;
  readonly #chart: CompiledChart;
  readonly #context: Context;

  constructor(chart: CompiledChart, name: string, input: unknown, telling: Telling) {
    super(name, chart.rows, telling);
    this.#chart = chart;
    this.#stateIndex = chart.rows.initial;
    this.#context = chart.rows.createContext(input) as Context;
  }

  get state(): string {
    return this.#chart.rows.states[this.#stateIndex]!;
  }

  get context(): Readonly<Context> {
    return this.#context;
  }

  has(tag: string): boolean {
    return this.#chart.rows.tags[this.#stateIndex]!.has(tag);
  }

  send(event: Event): Verdict {
    const from = this.#stateIndex;
    const notes = this.#step(event);
    const to = this.#stateIndex;
    if (notes !== null || this.telling.trace.on) {
      const { states } = this.#chart.rows;
      return this.told(event.type, states[from]!, states[to]!, notes);
    }
    if (to !== from) this.moved();
    return QUIET;
  }

  #step(event: Event): readonly LifecycleNote[] | null {
    const { rows, eventIndex, eventCount, plain } = this.#chart;
    const state = this.#stateIndex;
    const index = eventIndex.get(event.type);
    if (index === undefined) return this.#try(rows.unknown[state]!, event);
    const next = plain[state * eventCount + index]!;
    if (next === COMPLEX) return this.#try(rows.candidates[state]![index]!, event);
    this.#stateIndex = next;
    return null;
  }

  #try(candidates: readonly RowCandidate[], event: Event): readonly LifecycleNote[] | null {
    for (let number = 0; number < candidates.length; number++) {
      const candidate = candidates[number]!;
      if (candidate.guard !== null && !candidate.guard(this.#context, event)) continue;
      const notes = candidate.effects.length === 0 ? null : this.#apply(candidate, event);
      this.#stateIndex = candidate.target;
      return notes;
    }
    return null;
  }

  #apply(candidate: RowCandidate, event: Event): LifecycleNote[] | null {
    let notes: LifecycleNote[] | null = null;
    for (const effect of candidate.effects) {
      if (effect.kind === "assign") effect.apply(this.#context, event);
      else if (effect.kind === "note") (notes ??= []).push(effect.note);
      else effect.collect(this.#context, event, notes ??= []);
    }
    return notes;
  }
}
