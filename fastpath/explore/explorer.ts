/**
 * Every order in which the participants of a small model can take their steps, without threads and without chance.
 *
 * Breadth first over states; a state is the shared words and everybody's place in its code, and is visited once. So the
 * first way to a finding is a shortest one, and a finding that is not reported cannot happen in this model.
 *
 * With `reduced`, steps that nobody else can ever notice are not tried in every order: in each state only a persistent
 * set is followed (P. Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", 1996, chapter 4).
 * That keeps every state in which nobody can go on, and with it every finding, because findings stay in the words; it
 * does not keep shortest ways. It needs a graph without cycles, which is checked.
 */
import { assert } from "../../sim/assert.ts";
import type { Model } from "./model.ts";
import { AT_REST, Places } from "./participant.ts";
import { persistentSet } from "./persistent_set.ts";
import { StateStore } from "./state_store.ts";

/** How to explore. */
export interface ExploreOptions {
  /** Leaves out orders that differ only in steps which do not touch the same objects. Default: false. */
  readonly reduced?: boolean;
  /** Whoever of this number stops for ever, at any of its steps; hardware never does. Default: nobody. */
  readonly suspend?: number;
  /** Gives up with a RangeError beyond that many states. Default: 4 million. */
  readonly statesMax?: number;
}

/** One step of a schedule. */
export interface ScheduledStep {
  /** Who took it. */
  readonly participant: string;
  /** What was done, in words. */
  readonly does: string;
  /** The shared words after it. */
  readonly words: Int32Array;
}

/**
 * A finding, and a shortest way to it (a way, if reduced): to a state that has this finding alone, if there is one, so
 * that a way shows one cause and not two.
 */
export interface ExploredFinding {
  /** Its name, as the model has it. */
  readonly name: string;
  /** The way to it, from the beginning. */
  readonly steps: readonly ScheduledStep[];
}

/** Where somebody stopped for ever, and what the others left undone. */
export interface EndState {
  /** Shared memory as it stays. */
  readonly words: Int32Array;
  /** What the suspended participant was about to do; null if nobody was suspended. */
  readonly suspendedBefore: string | null;
}

/** What was found. */
export interface Exploration {
  /** What was explored. */
  readonly model: Model;
  /** Different states that can be reached. */
  readonly states: number;
  /** Steps that were tried, from all of them. */
  readonly steps: number;
  /** How long the longest schedule is. */
  readonly longestSteps: number;
  /** States in which nobody can go on. */
  readonly ends: readonly EndState[];
  /** What went wrong in some order; empty if nothing can. */
  readonly findings: readonly ExploredFinding[];
}

const NOBODY = -1;

/**
 * Explores a model.
 *
 * @throws {RangeError} if the model has more states than allowed.
 */
export function explore(model: Model, options: ExploreOptions = {}): Exploration {
  const { reduced = false, suspend = NOBODY, statesMax = 4_000_000 } = options;
  const { participants, words: firstWords } = model;
  const places = participants.map((participant) => new Places(participant));
  const wordCount = firstWords.length;
  const count = participants.length;
  // One state: the words, then everybody's place, then 1 if the suspended one has stopped.
  const stopped = wordCount + count;
  const store = new StateStore(stopped + 1);
  const state = new Int32Array(stopped + 1);
  state.set(firstWords);
  store.add(state, NOBODY, NOBODY);

  const scratch = new Int32Array(wordCount);
  const from: number[] = [];
  const to: number[] = [];
  const ends: EndState[] = [];
  // By bit: the first state that has this finding alone, or else the first that has it among others.
  const alone = new Map<number, number>();
  const among = new Map<number, number>();
  const note = (bits: number, number: number): void => {
    const found = (bits & (bits - 1)) === 0 ? alone : among;
    for (let bit = 0; bits >> bit !== 0; bit++) if ((bits >> bit & 1) === 1 && !found.has(bit)) found.set(bit, number);
  };
  const canStep = (participant: number): boolean => {
    if (participant === suspend && state[stopped] === 1) return false;
    const place = state[wordCount + participant]!;
    if (places[participant]!.access(place) === null) return false;
    return place !== AT_REST || (participants[participant]!.ready?.holds(scratch) ?? true);
  };

  for (let number = 0; number < store.count; number++) {
    store.read(number, state);
    scratch.set(state.subarray(0, wordCount));
    let enabled = 0;
    for (let participant = 0; participant < count; participant++) {
      if (canStep(participant)) enabled |= 1 << participant;
    }
    note(model.findings(scratch) | (enabled === 0 ? model.findingsAtEnd(scratch) : 0), number);
    const mayStop = suspend !== NOBODY && state[stopped] === 0 && (enabled >> suspend & 1) === 1;
    if (enabled === 0) {
      const access = state[stopped] === 1 ? places[suspend]!.access(state[wordCount + suspend]!) : null;
      ends.push({ words: scratch.slice(), suspendedBefore: access?.does ?? null });
      continue;
    }
    const chosen = reduced ? persistentSet(places, state, wordCount, enabled) : enabled;
    for (let participant = 0; participant < count; participant++) {
      if ((chosen >> participant & 1) === 0) continue;
      store.read(number, state);
      const place = state[wordCount + participant]!;
      scratch.set(state.subarray(0, wordCount));
      const answer = places[participant]!.access(place)!.perform(scratch);
      state.set(scratch);
      state[wordCount + participant] = places[participant]!.after(place, answer);
      from.push(number);
      to.push(store.add(state, number, participant));
    }
    if (mayStop) {
      store.read(number, state);
      state[stopped] = 1;
      from.push(number);
      to.push(store.add(state, number, suspend));
    }
    if (store.count > statesMax) throw new RangeError(`${model.name} has more than ${statesMax} states`);
  }
  const longestSteps = longestWay(store.count, from, to);
  assert(!reduced || longestSteps !== Infinity, `${model.name} has cycles: it cannot be explored reduced`);
  const findings = [...new Map([...among, ...alone])].sort(([a], [b]) => a - b)
    .map(([bit, number]) => ({ name: model.findingNames[bit]!, steps: wayTo(number, model, places, store) }));
  return { model, states: store.count, steps: from.length, longestSteps, ends, findings };
}

/** The steps from the beginning to a state. */
function wayTo(number: number, model: Model, places: readonly Places[], store: StateStore): ScheduledStep[] {
  const wordCount = model.words.length;
  const state = new Int32Array(wordCount + places.length + 1);
  const steps: ScheduledStep[] = [];
  for (let at = number; store.parent(at) !== NOBODY; at = store.parent(at)) {
    const mover = store.mover(at);
    store.read(at, state);
    const wasStopped = state.at(-1);
    store.read(store.parent(at), state);
    const words = state.slice(0, wordCount);
    const access = places[mover]!.access(state[wordCount + mover]!)!;
    if (wasStopped !== state.at(-1)) {
      steps.push({ participant: model.participants[mover]!.name, does: "stops for ever", words });
      continue;
    }
    const answer = access.perform(words);
    const meaning = access.says?.(answer);
    const does = meaning === undefined ? access.does : `${access.does}: ${meaning}`;
    steps.push({ participant: model.participants[mover]!.name, does, words });
  }
  return steps.reverse();
}

/** The number of steps of the longest schedule; Infinity if one goes round in circles. */
function longestWay(count: number, from: readonly number[], to: readonly number[]): number {
  const open = new Int32Array(count);
  const first = new Int32Array(count + 1);
  for (let edge = 0; edge < to.length; edge++) {
    open[to[edge]!]!++;
    first[from[edge]! + 1]!++;
  }
  // Edges were found state by state, so those of one state stand together.
  for (let number = 0; number < count; number++) first[number + 1]! += first[number]!;
  const length = new Int32Array(count);
  const queue = [0];
  let longest = 0;
  let seen = 0;
  for (let number = queue.pop(); number !== undefined; number = queue.pop()) {
    seen++;
    longest = Math.max(longest, length[number]!);
    for (let edge = first[number]!; edge < first[number + 1]!; edge++) {
      const next = to[edge]!;
      length[next] = Math.max(length[next]!, length[number]! + 1);
      if (--open[next]! === 0) queue.push(next);
    }
  }
  return seen === count ? longest : Infinity;
}
