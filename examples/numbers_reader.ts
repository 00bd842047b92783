/** Reads JSON that a person wrote: what does not fit is named by its path, with what it is and what was expected. */

/** A field that cannot be; the message is one sentence. */
export class Unfit extends Error {
  override name = "Unfit";

  /** `path` is the way to the field: `load.mix[2].bytes`. */
  constructor(path: string, got: unknown, expected: string) {
    const found = got === undefined ? "missing" : JSON.stringify(got).slice(0, 60);
    super(`${path || "the file"} is ${found}: expected ${expected}`);
  }
}

/** Makes a value of a piece of JSON, or throws {@link Unfit}. */
export type Reader<Value> = (value: unknown, path: string) => Value;

/** A whole number in a range. */
export function whole(least: number, most: number): Reader<number> {
  return (value, path) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new Unfit(path, value, `a whole number from ${least} to ${most}`);
  };
}

/** One of some words or numbers. */
export function choice<Word extends string | number>(allowed: readonly Word[]): Reader<Word> {
  return (value, path) => {
    const found = allowed.find((word) => word === value);
    if (found === undefined) throw new Unfit(path, value, `one of ${allowed.join(", ")}`);
    return found;
  };
}

/** A field that may be left out. */
export function optional<Value>(reader: Reader<Value>): Reader<Value | undefined> {
  return (value, path) => value === undefined ? undefined : reader(value, path);
}

/** A list with at least one item. */
export function items<Value>(reader: Reader<Value>): Reader<readonly Value[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length === 0) throw new Unfit(path, value, "a list with at least one item");
    return value.map((item, index) => reader(item, `${path}[${index}]`));
  };
}

/** An object with these fields and no others. */
export function fields<Shape extends Readonly<Record<string, Reader<unknown>>>>(
  shape: Shape,
): Reader<{ readonly [Name in keyof Shape]: ReturnType<Shape[Name]> }> {
  const names: readonly (keyof Shape & string)[] = Object.keys(shape);
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Unfit(path, value, `an object with ${names.join(", ")}`);
    }
    const given = new Map<string, unknown>(Object.entries(value));
    const below = (name: string): string => path === "" ? name : `${path}.${name}`;
    for (const [name, field] of given) {
      if (!names.includes(name)) throw new Unfit(below(name), field, `one of the fields ${names.join(", ")}`);
    }
    const read = names.map((name) => [name, shape[name]!(given.get(name), below(name))]);
    return Object.fromEntries(read) as { [Name in keyof Shape]: ReturnType<Shape[Name]> };
  };
}
