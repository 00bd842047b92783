/**
 * A grid of parameters: a story of the demo, options that stay, and options that take several values each. Its points
 * are every combination, in the order of the file, the last axis fastest; each point is one run of the story.
 */
import { STORIES } from "../../examples/demo.ts";
import { choice, fields, items, optional, Unfit } from "../../examples/numbers_reader.ts";
import type { Reader } from "../../examples/numbers_reader.ts";
import { BadArgument, COMMON, OPTIONS, readArguments } from "../../examples/options.ts";
import type { OptionName, Values } from "../../examples/options.ts";
import type { Story } from "../../examples/story.ts";

/** The value of an option, as a person writes it in JSON. */
export type Setting = string | number | boolean;

/** What is drawn: figures of rows, or axes, by their names. */
export interface PlotPlan {
  /** Along the bottom. */
  readonly x: string;
  /** Upwards. */
  readonly y: string;
  /** A line for each of its values. */
  readonly lines: string;
  /** A panel for each of its values; absent: one panel. */
  readonly panels?: string;
}

/** A grid that was read and checked. */
export interface Grid {
  readonly story: string;
  /** Options that all points share. */
  readonly fixed: Readonly<Record<string, Setting>>;
  /** By option: its values. */
  readonly axes: Readonly<Record<string, readonly Setting[]>>;
  readonly plot: PlotPlan;
}

/** One combination. */
export interface Point {
  readonly index: number;
  /** The option of each axis. */
  readonly settings: Readonly<Record<string, Setting>>;
}

const MOST_POINTS = 100_000;
/** What is about a single run or how it is told, and threads, whose times differ from run to run. */
const NOT_SWEPT: readonly OptionName[] = ["json", "help", "trace", "vcd", "log", "inspect", "watch", "explain"].concat(
  ["threads", "dispatchers"],
) as OptionName[];

const setting: Reader<Setting> = (value, path) => {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Unfit(path, value, "a number, a text, true or false");
};

const text: Reader<string> = (value, path) => {
  if (typeof value === "string" && value !== "") return value;
  throw new Unfit(path, value, "a name");
};

const step: Reader<number> = (value, path) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Unfit(path, value, "a number");
};

const range = fields({ from: step, to: step, step });

/** A list, or `{ "from": 0, "to": 10, "step": 5 }` for 0, 5, 10. */
const axis: Reader<readonly Setting[]> = (value, path) => {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return items(setting)(value, path);
  const { from, to, step: by } = range(value, path);
  if (!(by > 0)) throw new Unfit(`${path}.step`, by, "more than 0");
  if (to < from) throw new Unfit(`${path}.to`, to, `at least ${from}, where it begins`);
  const count = Math.floor((to - from) / by + 1e-9) + 1;
  if (count > MOST_POINTS) throw new Unfit(`${path}.step`, by, `at most ${MOST_POINTS} values`);
  return Array.from({ length: count }, (_, index) => from + index * by);
};

/** An object whose fields may have any name. */
function record<Value>(reader: Reader<Value>): Reader<Readonly<Record<string, Value>>> {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unfit(path, value, "an object");
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, reader(one, path === "" ? name : `${path}.${name}`)]),
    );
  };
}

const readGrid = fields({
  story: choice(STORIES.map(({ name }) => name)),
  fixed: optional(record(setting)),
  axes: record(axis),
  plot: optional(fields({ x: optional(text), y: optional(text), lines: optional(text), panels: optional(text) })),
});

/**
 * Reads and checks the text of a grid.
 *
 * @throws {Unfit} at the first field that cannot be; {SyntaxError} if it is no JSON.
 */
export function gridOf(json: string): Grid {
  const { story: name, fixed = {}, axes, plot = {} } = readGrid(JSON.parse(json), "");
  const story = storyNamed(name);
  const names = Object.keys(axes);
  if (names.length === 0) throw new Unfit("axes", axes, "at least one option with its values");
  for (const [field, settings] of [["fixed", fixed], ["axes", axes]] as const) {
    for (const option of Object.keys(settings)) {
      const expected = sweptOptions(story);
      if (!expected.some((each) => each === option)) {
        throw new Unfit(`${field}.${option}`, settings[option], `one of the options ${expected.join(", ")}`);
      }
    }
  }
  const twice = names.find((option) => option in fixed);
  if (twice !== undefined) throw new Unfit(`fixed.${twice}`, fixed[twice], "nothing: it is an axis");
  for (const [option, one] of Object.entries(fixed)) check(story, `fixed.${option}`, option, one);
  for (const [option, list] of Object.entries(axes)) {
    list.forEach((one, index) => {
      check(story, `axes.${option}[${index}]`, option, one);
      const first = list.indexOf(one);
      if (first < index) throw new Unfit(`axes.${option}[${index}]`, one, `a value that is not in [${first}] already`);
    });
  }
  const grid: Grid = { story: name, fixed, axes, plot: planOf(plot, axes) };
  if (pointCount(grid) > MOST_POINTS) throw new Unfit("axes", axes, `at most ${MOST_POINTS} points`);
  return grid;
}

/** How many points there are. */
export function pointCount({ axes }: Grid): number {
  return Object.values(axes).reduce((product, { length }) => product * length, 1);
}

/** A point by its number. */
export function pointAt(grid: Grid, index: number): Point {
  let rest = index;
  const settings = Object.entries(grid.axes).reverse().map(([name, list]): [string, Setting] => {
    const at = rest % list.length;
    rest = (rest - at) / list.length;
    return [name, list[at]!];
  });
  return { index, settings: Object.fromEntries(settings.reverse()) };
}

/** The story of a grid, and the options of a point in it. */
export function runOf(grid: Grid, point: Point): { readonly story: Story; readonly values: Values } {
  const story = storyNamed(grid.story);
  return { story, values: valuesOf(story, { ...grid.fixed, ...point.settings }) };
}

function storyNamed(name: string): Story {
  return STORIES.find((story) => story.name === name)!;
}

function sweptOptions(story: Story): OptionName[] {
  return [...story.options, ...COMMON].filter((name) => !NOT_SWEPT.includes(name));
}

/** @throws {Unfit} if the demo would not take it. */
function check(story: Story, path: string, option: string, value: Setting): void {
  const isFlag = OPTIONS[option as OptionName].value === "";
  if (isFlag !== (typeof value === "boolean")) throw new Unfit(path, value, isFlag ? "true or false" : "a value");
  try {
    valuesOf(story, { [option]: value });
  } catch (error) {
    if (!(error instanceof BadArgument)) throw error;
    throw new Unfit(path, value, error.message.replace(/^.*?: (?:expected )?/, ""));
  }
}

function valuesOf(story: Story, settings: Readonly<Record<string, Setting>>): Values {
  const args = Object.entries(settings).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : value === false ? [] : [`--${name}=${value}`]
  );
  return readArguments(args, story.name, [...story.options, ...COMMON], story.fallbacks).values;
}

/** What is drawn where the file does not say: time, over the first axis of numbers, a line for each strategy. */
function planOf(
  plot: { readonly [Name in keyof PlotPlan]?: string | undefined },
  axes: Grid["axes"],
): PlotPlan {
  const names = Object.keys(axes);
  const numbers = names.find((name) => axes[name]!.every((value) => typeof value === "number"));
  const { x = numbers ?? names[0]!, y = "simulatedNs", lines = "strategy", panels } = plot;
  return { x, y, lines, ...(panels === undefined ? {} : { panels }) };
}
