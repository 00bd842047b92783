/** A column of numbers that grows: a run's events are kept as a few of these, never as an object each. */

/** What a column is made of. */
export type Numbers =
  | Float64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

const FIRST_LENGTH = 1024;

/** Numbers of one type, in order. */
export class Column<Type extends Numbers> {
  readonly #make: (length: number) => Type;
  #numbers: Type;
  #length = 0;

  /** `make` gives an array of so many zeros: `(length) => new Float64Array(length)`. */
  constructor(make: (length: number) => Type) {
    this.#make = make;
    this.#numbers = make(FIRST_LENGTH);
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** The last of them; `otherwise` if there is none. */
  last(otherwise: number): number {
    return this.#length === 0 ? otherwise : this.#numbers[this.#length - 1]!;
  }

  /** Adds one. */
  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = this.#make(this.#length * 2);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length++] = value;
  }

  /** Writes over the last one. */
  replaceLast(value: number): void {
    this.#numbers[this.#length - 1] = value;
  }

  /** Takes the last one away. */
  pop(): void {
    this.#length--;
  }

  /** Exactly the numbers that are there, in memory of their own. */
  taken(): Type {
    return this.#numbers.slice(0, this.#length) as Type;
  }
}

/** A column of times and figures. */
export const figures = (): Column<Float64Array<ArrayBuffer>> => new Column((length) => new Float64Array(length));
/** A column of positions in a table. */
export const positions = (): Column<Uint32Array<ArrayBuffer>> => new Column((length) => new Uint32Array(length));
/** A column of whole numbers, -1 for none. */
export const numbers = (): Column<Int32Array<ArrayBuffer>> => new Column((length) => new Int32Array(length));
/** A column of small codes. */
export const codes = (): Column<Uint8Array<ArrayBuffer>> => new Column((length) => new Uint8Array(length));

/** The first position whose number is greater than `value`, in numbers that never fall. */
export function firstAfter(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
