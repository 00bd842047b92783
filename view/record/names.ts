/** Names by number, so that a column can hold them: each is kept once. */
export class Names {
  /** Every name by its number. The first is the empty one. */
  readonly list: string[] = [""];
  readonly #numbers = new Map<string, number>([["", 0]]);

  /** The number of a name, a new one if it is new. */
  number(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) this.#numbers.set(name, number = this.list.push(name) - 1);
    return number;
  }
}
