/**
 * A lifecycle chart that follows what a log tells of one resource: the same charts, compiled to the same rows, as those
 * that drive the simulator.
 */
import { assignRow, compileRows } from "../../fastpath/rows.ts";
import type { AnyLifecycle, ChartRows, RowStep } from "../../fastpath/rows.ts";
import type { LifecycleNote, Misuse } from "../../machines/lifecycle.ts";
import { ddiNames } from "./ddi_names.ts";

const NOTHING: readonly Misuse[] = [];

/** A chart, ready to be followed. */
export interface FollowedChart {
  readonly rows: ChartRows;
  readonly eventIndex: ReadonlyMap<string, number>;
  /** By state: what leads on from there, in the driver's words. */
  readonly legal: readonly (readonly string[])[];
}

/** Compiles a chart once. */
export function followed(chart: AnyLifecycle): FollowedChart {
  const rows = compileRows(chart);
  return {
    rows,
    eventIndex: new Map(rows.events.map((event, index) => [event, index])),
    legal: rows.legal.map((events) => ddiNames(rows.id, events)),
  };
}

/** One resource's life. */
export class FollowedLife<Event extends { readonly type: string }> {
  readonly #chart: FollowedChart;
  readonly #context: unknown;
  #state: number;

  constructor(chart: FollowedChart, input?: unknown) {
    this.#chart = chart;
    this.#state = chart.rows.initial;
    this.#context = chart.rows.createContext(input);
  }

  /** Its present state, nested ones dotted. */
  get state(): string {
    return this.#chart.rows.states[this.#state]!;
  }

  /** What would be legal now: routines, and happenings of a call log. */
  get legal(): readonly string[] {
    return this.#chart.legal[this.#state]!;
  }

  /** True if the present state carries the tag. */
  has(tag: string): boolean {
    return this.#chart.rows.tags[this.#state]!.has(tag);
  }

  /** Sends an event; returns the rules that it broke, the leading one first. */
  send(event: Event): readonly Misuse[] {
    const { rows, eventIndex } = this.#chart;
    const index = eventIndex.get(event.type);
    const candidates = index === undefined ? rows.unknown[this.#state]! : rows.candidates[this.#state]![index]!;
    const step: RowStep = { context: this.#context, event };
    for (const candidate of candidates) {
      if (candidate.guard !== null && !candidate.guard(step)) continue;
      let misuses: Misuse[] | null = null;
      for (const effect of candidate.effects) {
        if (effect.kind === "assign") assignRow(effect, step);
        else if (effect.kind === "note") misuses = collect(effect.note, misuses);
        else {
          const notes: LifecycleNote[] = [];
          effect.collect(step, notes);
          for (const note of notes) misuses = collect(note, misuses);
        }
      }
      this.#state = candidate.target;
      return misuses ?? NOTHING;
    }
    return NOTHING;
  }
}

function collect(note: LifecycleNote, into: Misuse[] | null): Misuse[] | null {
  if (note.type !== "misuse") return into;
  if (into === null) return [note];
  into.push(note);
  return into;
}
