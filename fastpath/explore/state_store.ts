/** All states seen so far, each once, in the order in which they were found, with the step that led there first. */

const STATES_AT_FIRST = 1024;

/** A growing table of states. */
export class StateStore {
  readonly #width: number;
  readonly #numbers = new Map<string, number>();
  #rows: Int32Array;
  #parents: Int32Array;
  #movers: Int8Array;
  #count = 0;

  /** @param width Words of one state. */
  constructor(width: number) {
    this.#width = width;
    this.#rows = new Int32Array(STATES_AT_FIRST * width);
    this.#parents = new Int32Array(STATES_AT_FIRST);
    this.#movers = new Int8Array(STATES_AT_FIRST);
  }

  /** How many states there are. */
  get count(): number {
    return this.#count;
  }

  /** The number of a state, which is new or known; a known one keeps its first way. */
  add(state: Int32Array, parent: number, mover: number): number {
    const key = keyOf(state);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#count++;
    if (number === this.#parents.length) this.#grow();
    this.#numbers.set(key, number);
    this.#rows.set(state, number * this.#width);
    this.#parents[number] = parent;
    this.#movers[number] = mover;
    return number;
  }

  /** Copies a state into `into`. */
  read(number: number, into: Int32Array): void {
    into.set(this.#rows.subarray(number * this.#width, (number + 1) * this.#width));
  }

  /** The state from which it was found first. */
  parent(number: number): number {
    return this.#parents[number]!;
  }

  /** Whose step led there. */
  mover(number: number): number {
    return this.#movers[number]!;
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    const parents = new Int32Array(this.#parents.length * 2);
    parents.set(this.#parents);
    const movers = new Int8Array(this.#movers.length * 2);
    movers.set(this.#movers);
    this.#rows = rows;
    this.#parents = parents;
    this.#movers = movers;
  }
}

/** Two characters a word. */
function keyOf(state: Int32Array): string {
  const codes = new Uint16Array(state.length * 2);
  for (let at = 0; at < state.length; at++) {
    codes[2 * at] = state[at]!;
    codes[2 * at + 1] = state[at]! >>> 16;
  }
  return String.fromCharCode(...codes);
}
