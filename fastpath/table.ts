/**
 * A chart as a flat table: one byte of next state and one byte of verdict for every (state, event). What drives
 * millions of requests a second; the chart stays the only source.
 *
 * ```text
 * next[state * eventCount + event]      the state that follows
 * verdict[state * eventCount + event]   0: legal; k: what notes[k] says (a refusal, or the rule that was broken)
 * ```
 * Only charts whose transitions depend on state and event alone fit: requests, lists, contexts, channels. A chart with
 * a guard, or one that counts, is refused with the reason; such resources live as actors or as rows. So is one with
 * more states or verdicts than a byte can tell apart.
 */
import type { LifecycleNote } from "../machines/lifecycle.ts";
import { compileRows, UncompilableChart } from "./rows.ts";
import type { AnyLifecycle, RowCandidate, RowEffect } from "./rows.ts";

/** What a byte tells apart: states, and verdicts with that of a legal step. */
const TABLE_VALUES_MAX = 256;

/** A chart as two flat arrays. */
export interface FlatTable {
  /** The chart's name for itself. */
  readonly id: string;
  /** Leaf states as dotted paths, by index. */
  readonly states: readonly string[];
  /** Events by index. */
  readonly events: readonly string[];
  /** How many states there are. */
  readonly stateCount: number;
  /** How many events there are: the length of a row. */
  readonly eventCount: number;
  /** Index of the state in which a life begins. */
  readonly initial: number;
  /** Next state, by `state * eventCount + event`. */
  readonly next: Uint8Array;
  /** Verdict, by `state * eventCount + event`: 0 or an index into {@link FlatTable.notes}. */
  readonly verdict: Uint8Array;
  /** What a verdict means. Entry 0 is empty. */
  readonly notes: readonly (readonly LifecycleNote[])[];
}

/** The index of a state of a table. */
export function stateIndex(table: FlatTable, state: string): number {
  const index = table.states.indexOf(state);
  if (index < 0) throw new RangeError(`Chart ${table.id} has no state ${state}`);
  return index;
}

/** The index of an event of a table. */
export function eventIndex(table: FlatTable, event: string): number {
  const index = table.events.indexOf(event);
  if (index < 0) throw new RangeError(`Chart ${table.id} has no event ${event}`);
  return index;
}

/**
 * Compiles a chart.
 *
 * @throws {UncompilableChart} with the state and the reason, if a transition depends on more than state and event; with
 * the number, if there are more than 256 states, or more than 255 different things to say.
 */
export function compileTable(machine: AnyLifecycle): FlatTable {
  const rows = compileRows(machine);
  const stateCount = rows.states.length;
  if (stateCount > TABLE_VALUES_MAX) {
    throw new UncompilableChart(
      `Cannot flatten chart ${rows.id}: it has ${stateCount} states; a table has room for 256`,
    );
  }
  const eventCount = rows.events.length;
  const next = new Uint8Array(stateCount * eventCount);
  const verdict = new Uint8Array(stateCount * eventCount);
  const notes: LifecycleNote[][] = [[]];
  const known = new Map<string, number>();

  rows.candidates.forEach((byEvent, state) =>
    byEvent.forEach((candidates, event) => {
      const where = `${rows.states[state]} on ${rows.events[event]}`;
      const { target, said } = unconditional(rows.id, where, candidates, state);
      next[state * eventCount + event] = target;
      if (said.length === 0) return;
      const key = JSON.stringify(said);
      let index = known.get(key);
      if (index === undefined) {
        known.set(key, index = notes.length);
        notes.push(said);
      }
      verdict[state * eventCount + event] = index;
    })
  );
  if (notes.length > TABLE_VALUES_MAX) {
    throw new UncompilableChart(
      `Cannot flatten chart ${rows.id}: it says ${notes.length - 1} different things; a table has room for 255`,
    );
  }
  const { id, states, events, initial } = rows;
  return { id, states, events, stateCount, eventCount, initial, next, verdict, notes };
}

/** The one way an event goes in a state, or a refusal of the whole chart. */
function unconditional(
  id: string,
  where: string,
  candidates: readonly RowCandidate[],
  state: number,
): { target: number; said: LifecycleNote[] } {
  const [only] = candidates;
  if (only === undefined) return { target: state, said: [] };
  if (only.guardName !== null) {
    throw new UncompilableChart(`Cannot flatten chart ${id}: ${where} asks ${only.guardName}`);
  }
  const said = only.effects.map((effect) => {
    if (effect.kind === "note") return effect.note;
    throw new UncompilableChart(`Cannot flatten chart ${id}: ${where} ${whyNotFlat(effect)}`);
  });
  return { target: only.target, said };
}

function whyNotFlat(effect: Exclude<RowEffect, { readonly kind: "note" }>): string {
  return effect.kind === "assign" ? "changes its context" : "says what depends on its context";
}
