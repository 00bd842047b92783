/**
 * Somebody who takes steps: a callback, an ISR, a DPC, an engine. A participant is ordinary code that reaches shared
 * memory through one function only, {@link Touch}; every such access is one atomic step, and whatever the code does in
 * between is its own business.
 *
 * Code cannot be stopped in the middle and copied, but it can be run again: with the answers that its accesses got so
 * far it comes to the same place. So a place in the code *is* the list of these answers. {@link Places} runs the code
 * once for every new list of answers and remembers which access comes next; from then on it is a table.
 */
import { assert } from "../../sim/assert.ts";

/** One atomic step on shared memory. */
export interface Access {
  /** What is done, for the story: `takes the busy token`. */
  readonly does: string;
  /** The objects it looks at, one bit each. */
  readonly reads: number;
  /** The objects it changes, one bit each. */
  readonly writes: number;
  /** Does it, on these words and nothing else. Returns what the code gets to know. */
  readonly perform: (words: Int32Array) => number;
  /** What the answer means, for the story. */
  readonly says?: (answer: number) => string;
}

/** The only way to shared memory: performs an access and returns its answer. */
export type Touch = (access: Access) => number;

/**
 * Says that of everything seen so far only `value` matters from here on, and returns it: places that differ in what was
 * seen before are then one place, and there are far fewer states. True or not is up to whoever says it.
 */
export type Keep = (value: number) => number;

/** One participant of a model. */
export interface Participant {
  /** What schedules call it. */
  readonly name: string;
  /** Its code, from rest to rest. Deterministic; touches what it shares through `touch` only. */
  readonly run: (touch: Touch, keep: Keep) => void;
  /** `once`: it ends when its code ends. `whenever`: it runs again, as often as {@link ready} holds. */
  readonly runs: "once" | "whenever";
  /** Whether it may begin, such as "an interrupt is latched". */
  readonly ready?: { readonly reads: number; readonly holds: (words: Int32Array) => boolean };
  /** Every object that {@link ready} or its code may ever read or write, one bit each. */
  readonly reach: { readonly reads: number; readonly writes: number };
  /** Part of the machine, such as the engine: nobody can suspend it. */
  readonly isHardware?: boolean;
}

/** The place before the first access. */
export const AT_REST = 0;
/** The place behind the last access of a participant that runs once. */
export const ENDED = -1;

/** Thrown through a participant's code at the first access that has no answer yet. */
const PAUSE: unique symbol = Symbol("pause");

interface Place {
  readonly access: Access;
  readonly answers: readonly number[];
  readonly next: Map<number, number>;
}

/** The places of one participant's code, found as they are reached. */
export class Places {
  /** Whose code it is. */
  readonly participant: Participant;
  readonly #places: Place[] = [];
  /** Places by their answers, once somebody has kept something. */
  readonly #known = new Map<string, number>();
  /** The answers that led to a kept value first, by its place in the code and the value. */
  readonly #kept = new Map<string, readonly number[]>();

  /** At rest, nothing touched yet. */
  constructor(participant: Participant) {
    this.participant = participant;
    const { name, ready, reach } = participant;
    assert(((ready?.reads ?? 0) & ~reach.reads) === 0, `${name} waits for what it did not say it reaches`);
    const first = this.#find([]);
    assert(first === AT_REST, `${name} touches nothing`);
  }

  /** The access that stands at a place; null behind the end. */
  access(place: number): Access | null {
    return place === ENDED ? null : this.#places[place]!.access;
  }

  /** Where the code stands after the access at `place` got `answer`. */
  after(place: number, answer: number): number {
    const { next, answers } = this.#places[place]!;
    let found = next.get(answer);
    if (found === undefined) next.set(answer, found = this.#find([...answers, answer]));
    return found;
  }

  /** Runs the code on known answers up to the first access without one. */
  #find(answers: readonly number[]): number {
    const { name, run, runs, reach } = this.participant;
    let used = 0;
    let keptCount = 0;
    let canonical: readonly number[] = [];
    let canonicalUsed = 0;
    let reached: Access | null = null;
    try {
      run((access) => {
        if (used < answers.length) return answers[used++]!;
        reached = access;
        throw PAUSE;
      }, (value) => {
        const key = `${keptCount++}:${value}`;
        canonicalUsed = used;
        canonical = this.#kept.get(key) ?? answers.slice(0, used);
        this.#kept.set(key, canonical);
        return value;
      });
    } catch (error) {
      if (error !== PAUSE) throw error;
    }
    assert(used === answers.length, `${name} went another way when it was run again`);
    const access = reached as Access | null;
    if (access === null) return runs === "once" ? ENDED : AT_REST;
    const same = keptCount === 0 ? answers : [...canonical, ...answers.slice(canonicalUsed)];
    const key = same.join(" ");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const beyond = access.reads & ~reach.reads | access.writes & ~reach.writes;
    assert(beyond === 0, `${name} ${access.does}, which is beyond what it said it reaches`);
    const place = this.#places.push({ access, answers: same, next: new Map() }) - 1;
    this.#known.set(key, place);
    return place;
  }
}
