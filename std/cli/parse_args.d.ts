/**
 * The types of `@std/cli/parse-args`, flag by flag, as far as this project uses them: `string`, `boolean`, `collect`,
 * `negatable`, `default`, `alias`, `--`, `stopEarly`, `unknown`. Narrower than the original in one point: nested
 * (dotted) flag names are not typed.
 */

type Flags<K extends string> = K | readonly K[];

/** What to make of the arguments. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  D extends Record<string, unknown> | undefined = Record<string, unknown>,
> {
  /** Flags without a value: `--json`. */
  boolean?: Flags<B>;
  /** Flags whose value stays text, also when it looks like a number. */
  string?: Flags<S>;
  /** Flags that may be given several times and become an array. */
  collect?: Flags<C>;
  /** Boolean flags that `--no-name` turns off. */
  negatable?: Flags<B>;
  /** Values of flags that were not given. */
  default?: D;
  /** Other names of a flag, typically one letter. */
  alias?: Record<string, string | readonly string[]>;
  /** Keep what follows `--` under the key `--` instead of `_`. */
  "--"?: boolean;
  /** Everything after the first word that is no flag goes to `_`. */
  stopEarly?: boolean;
  /** Called for every argument that no option names; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Given<K extends string, B extends string, S extends string> = K extends B ? boolean
  : K extends S ? string
  : unknown;
type Kept<K extends string, V, C extends string, D> = K extends C ? V[]
  : K extends keyof D ? V | D[K]
  : V extends boolean ? boolean
  : V | undefined;

/** The flags found, and in `_` the words that are none. A boolean flag that was not given is `false`. */
export type Args<B extends string, S extends string, C extends string, D> =
  & { [K in B | S | C]: Kept<K, Given<K, B, S>, C, D> }
  & { [K in Exclude<keyof D, B | S | C>]: unknown }
  & { _: (string | number)[]; "--"?: string[]; [flag: string]: unknown };

/** Reads command-line arguments into an object with one property per flag. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const D extends Record<string, unknown> | undefined = undefined,
>(args: readonly string[], options?: ParseOptions<B, S, C, D>): Args<B, S, C, D extends undefined ? unknown : D>;
