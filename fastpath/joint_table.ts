/**
 * Two charts, one table: the joint life of two resources that always travel together, such as a request and its
 * scatter/gather list. One look-up then checks a step in both lives.
 *
 * ```text
 * entry = next[row | event]     row = joint state << EVENT_BITS, event < 2^EVENT_BITS
 * entry <= ROW_MASK             legal: the entry is the next row
 * entry >  ROW_MASK             not quite: entry >>> VERDICT_SHIFT says what the charts said, entry & ROW_MASK is the
 *                               row that follows all the same, as in the charts
 * ```
 * The charts stay the only source: every entry is put together from their flat tables.
 */
import type { LifecycleNote } from "../machines/lifecycle.ts";
import { eventIndex } from "./table.ts";
import type { FlatTable } from "./table.ts";

/** Bits of a row that hold the event: at most 16 joint events. */
export const EVENT_BITS = 4;
/** The bits of an entry that hold the next row. */
export const ROW_MASK = 0xffff;
/** Where the verdict stands in an entry. */
export const VERDICT_SHIFT = 16;
/** One verdict more, and an entry would turn negative: legal, as a step sees it. */
const VERDICTS_MAX = 1 << (31 - VERDICT_SHIFT);

/** One step of a joint event: what happens in each of the two lives; null where nothing does. */
export interface JointStep {
  /** An event of the first chart. */
  readonly first: string | null;
  /** An event of the second chart. */
  readonly second: string | null;
}

/**
 * An event of the joint life: one step, or several that always follow each other. Each of them is taken from the
 * charts when the table is made: a chain costs one look-up and still names the first rule that any of its steps breaks.
 */
export interface JointEvent {
  /** Its name, for people. */
  readonly name: string;
  /** What it does, in order. */
  readonly steps: readonly JointStep[];
}

/** Two charts as one table. */
export interface JointTable {
  /** The first chart, flat. */
  readonly first: FlatTable;
  /** The second chart, flat. */
  readonly second: FlatTable;
  /** The joint events; their place is their number. */
  readonly events: readonly JointEvent[];
  /** Entries by `row | event`. */
  readonly next: Int32Array;
  /** What a verdict means. Entry 0 is empty. */
  readonly notes: readonly (readonly LifecycleNote[])[];
}

/** The row of a pair of states. */
export function jointRow(table: JointTable, firstState: number, secondState: number): number {
  return (firstState * table.second.stateCount + secondState) << EVENT_BITS;
}

/** The names of the two states of a row. */
export function statesOfRow(table: JointTable, row: number): [first: string, second: string] {
  const joint = row >> EVENT_BITS;
  const { stateCount, states } = table.second;
  return [table.first.states[Math.trunc(joint / stateCount)]!, states[joint % stateCount]!];
}

/**
 * Joins two flat tables.
 *
 * @throws {RangeError} if an event is in neither chart, or if an entry cannot hold all states, events or verdicts.
 */
export function joinTables(first: FlatTable, second: FlatTable, events: readonly JointEvent[]): JointTable {
  const stateCount = first.stateCount * second.stateCount;
  if (events.length > 1 << EVENT_BITS || (stateCount << EVENT_BITS) - 1 > ROW_MASK) {
    throw new RangeError(`Cannot join ${first.id} and ${second.id}: ${stateCount} states, ${events.length} events`);
  }
  // A power of two, so that `& (next.length - 1)` tells the compiler that an index cannot be out of bounds.
  const next = new Int32Array(powerOfTwoFrom(stateCount << EVENT_BITS));
  const notes: (readonly LifecycleNote[])[] = [[]];
  const known = new Map<string, number>();
  const verdictOf = (said: readonly LifecycleNote[]): number => {
    if (said.length === 0) return 0;
    const key = JSON.stringify(said);
    let verdict = known.get(key);
    if (verdict === undefined) {
      known.set(key, verdict = notes.length);
      notes.push(said);
    }
    return verdict;
  };

  events.forEach((event, number) => {
    for (let a = 0; a < first.stateCount; a++) {
      for (let b = 0; b < second.stateCount; b++) {
        const said: LifecycleNote[] = [];
        let [firstState, secondState] = [a, b];
        for (const step of event.steps) {
          const one = stepOf(first, firstState, step.first);
          const other = stepOf(second, secondState, step.second);
          said.push(...one.said, ...other.said);
          [firstState, secondState] = [one.state, other.state];
        }
        const at = ((a * second.stateCount + b) << EVENT_BITS) | number;
        next[at] = (verdictOf(said) << VERDICT_SHIFT) | ((firstState * second.stateCount + secondState) << EVENT_BITS);
      }
    }
  });
  if (notes.length > VERDICTS_MAX) {
    throw new RangeError(`Cannot join ${first.id} and ${second.id}: they say ${notes.length - 1} different things`);
  }
  return { first, second, events, next, notes };
}

function powerOfTwoFrom(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}

function stepOf(
  table: FlatTable,
  state: number,
  event: string | null,
): { state: number; said: readonly LifecycleNote[] } {
  if (event === null) return { state, said: [] };
  const at = state * table.eventCount + eventIndex(table, event);
  return { state: table.next[at]!, said: table.notes[table.verdict[at]!]! };
}
