/**
 * Events that are made once and sent again and again. A request is moved by some thirty of them; each name has a
 * number, by which a table finds what the event does in one load instead of a search for the name.
 */
import { assert } from "../sim/assert.ts";

/** Numbers of names fit so many bits. */
export const EVENT_BITS = 8;

const numbers = new Map<string, number>();

/** An event that carries nothing but its name. Whoever looks at it sees an event like any other. */
export class LastingEvent<Type extends string = string> {
  /** Its name in charts. */
  readonly type: Type;
  readonly #number: number;

  /** The same name always has the same number. */
  constructor(type: Type) {
    let number = numbers.get(type);
    if (number === undefined) {
      numbers.set(type, number = numbers.size);
      assert(number < 1 << EVENT_BITS, "Cannot number so many names of events: give EVENT_BITS one more");
    }
    this.type = type;
    this.#number = number;
  }

  /** The number of its name, in {@link EVENT_BITS}. */
  get number(): number {
    return this.#number;
  }
}

/** Makes an event that lasts. */
export function lasting<Type extends string>(type: Type): LastingEvent<Type> {
  return new LastingEvent(type);
}
