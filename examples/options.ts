/**
 * Every option of every story in one table: parsing, `--help` and the sentences about bad values all come from it.
 */
import { parseArgs } from "@std/cli/parse-args";
import { chartOfActor, LINK_PRESETS, STRATEGIES } from "../mod.ts";
import type { LinkPreset, StrategyName } from "../mod.ts";
import { wrapped } from "./table.ts";

/** An argument that cannot be: one sentence for the person who wrote it, and exit status 2. */
export class BadArgument extends Error {
  override name = "BadArgument";
}

/** The value of every option, by its name without the dashes. */
export interface Values {
  readonly seed: number | string;
  readonly json: boolean;
  readonly channels: { readonly h2cCount: number; readonly c2hCount: number };
  readonly link: LinkPreset;
  readonly iommu: boolean;
  readonly polling: boolean;
  readonly engine: "chart" | "table";
  readonly help: boolean;
  readonly file: string;
  readonly strategy: readonly StrategyName[];
  readonly explain: boolean;
  readonly adapters: "shared" | "per-channel";
  readonly threads: boolean;
  readonly dispatchers: number;
  readonly trace: string;
  readonly vcd: string;
  readonly log: string;
  /** The port of the inspector; null: none is wanted. */
  readonly inspect: number | null;
  readonly watch: readonly string[];
  readonly transfers: number;
  readonly bytes: number;
  readonly "setup-ns": number;
  readonly "dma-ns": number;
  readonly "isr-ns": number;
  readonly "dpc-ns": number;
  readonly "post-ns": number;
  readonly "wake-ns": number;
  readonly "copy-ns": number;
  readonly "map-registers": number;
  readonly reserves: number;
}

/** The name of an option, without the dashes. */
export type OptionName = keyof Values;

/** One option. */
export interface Option<Value> {
  /** What stands for its value in the help; empty for a flag. */
  readonly value: string;
  /** The value of the option given without one. Absent: that is refused. */
  readonly bare?: string;
  readonly says: string;
  readonly fallback: string;
  /** @throws {BadArgument} if the text cannot be a value. */
  readonly read: (text: string, name: string) => Value;
}

function expected(name: string, text: string, what: string): BadArgument {
  return new BadArgument(`Cannot use "${text}" as --${name}: expected ${what}`);
}

function flag(says: string): Option<boolean> {
  return { value: "", says, fallback: "false", read: (text) => text === "true" };
}

function count(says: string, fallback: string, least: number, most: number): Option<number> {
  return {
    value: "N",
    says,
    fallback,
    read: (text, name) => {
      const value = /^\d+$/.test(text) ? Number(text) : NaN;
      if (!(value >= least && value <= most)) throw expected(name, text, `a whole number from ${least} to ${most}`);
      return value;
    },
  };
}

const LONGEST_NS = 1e12;

function duration(says: string, fallback: string): Option<number> {
  return {
    value: "NS",
    says,
    fallback,
    read: (text, name) => {
      const value = /^\d+$/.test(text) ? Number(text) : NaN;
      if (!(value <= LONGEST_NS)) throw expected(name, text, `whole nanoseconds from 0 to ${LONGEST_NS}`);
      return value;
    },
  };
}

function oneOf<Value extends string>(
  value: string,
  says: string,
  fallback: Value,
  all: readonly Value[],
): Option<Value> {
  return {
    value,
    says,
    fallback,
    read: (text, name) => {
      const found = all.find((each) => each === text);
      if (found === undefined) throw expected(name, text, `one of ${all.join(", ")}`);
      return found;
    },
  };
}

const STRATEGY_NAMES = Object.keys(STRATEGIES) as StrategyName[];

const strategies: Option<readonly StrategyName[]> = {
  value: "NAME[,NAME]",
  says: `which strategies run: all, or some of ${STRATEGY_NAMES.join(", ")}`,
  fallback: "all",
  read: (text, name) => {
    if (text === "all") return STRATEGY_NAMES;
    return text.split(",").map((each, index, all) => {
      if (all.indexOf(each) < index) throw expected(name, text, `each name once, and ${each} is there twice`);
      const found = STRATEGY_NAMES.find((strategy) => strategy === each);
      if (found === undefined) throw expected(name, each, `all, or some of ${STRATEGY_NAMES.join(", ")}`);
      return found;
    });
  },
};

const channels: Option<{ readonly h2cCount: number; readonly c2hCount: number }> = {
  value: "H2C,C2H",
  says: "channels each way, 0 to 4, such as 4,4",
  fallback: "4,4",
  read: (text, name) => {
    const [, h2c, c2h] = text.match(/^([0-4]),([0-4])$/) ?? [];
    if (h2c === undefined || c2h === undefined || `${h2c}${c2h}` === "00") {
      throw expected(name, text, "two counts from 0 to 4, not both 0, such as 4,4");
    }
    return { h2cCount: Number(h2c), c2hCount: Number(c2h) };
  },
};

const seed: Option<number | string> = {
  value: "SEED",
  says: "a number or a word; decides page layouts and contents",
  fallback: "0",
  read: (text, name) => {
    if (text === "") throw expected(name, text, "a number or a word");
    return /^\d{1,15}$/.test(text) ? Number(text) : text;
  },
};

function path(value: string, says: string): Option<string> {
  return { value, says, fallback: "", read: (text) => text };
}

const inspect: Option<number | null> = {
  value: "[PORT]",
  bare: "8080",
  says: "show the actors to an inspector that connects to this port of 127.0.0.1; 0 takes any",
  fallback: "",
  read: (text, name) => {
    if (text === "") return null;
    const port = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(port <= 65_535)) throw expected(name, text, "a port from 0 to 65535");
    return port;
  },
};

const watch: Option<readonly string[]> = {
  value: "NAME[,NAME]",
  says: "which actors --inspect shows, one (irp:7, channel:h2c0) or all of a kind (irp)",
  fallback: "scheduler,adapter,channel,irp:0",
  read: (text, name) => {
    const names = text.split(",");
    const stranger = names.find((each) => chartOfActor(each) === undefined);
    if (stranger === undefined) return names;
    throw expected(name, stranger, "actors such as irp:7 and channel:h2c0, or kinds such as irp");
  },
};

/** The table. */
export const OPTIONS: { readonly [Name in OptionName]: Option<Values[Name]> } = {
  seed,
  json: flag("print one object instead of text"),
  channels,
  link: oneOf<LinkPreset>(
    "PRESET",
    `the PCIe link: ${Object.keys(LINK_PRESETS).join(", ")}`,
    "gen3x16",
    Object.keys(LINK_PRESETS) as LinkPreset[],
  ),
  iommu: flag("translate the card's addresses (logical ≠ physical)"),
  polling: flag("completion by the card's write-back instead of interrupts"),
  engine: oneOf("ENGINE", "lifecycles as XState actors (chart) or as rows compiled from them (table)", "chart", [
    "chart",
    "table",
  ]),
  help: flag("this text"),
  file: path("PATH", "the file to send"),
  strategy: strategies,
  trace: path("DIR", "write each run as a timeline (Perfetto), waves (VCD) and a call log into a folder"),
  vcd: path("FILE", "write each run as waves, with a layout for GTKWave beside it"),
  log: path("FILE", "write each run as a call log, as deno task check reads it"),
  inspect,
  watch,
  adapters: oneOf("HOW", "one DMA adapter for all channels (shared) or one each (per-channel)", "shared", [
    "shared",
    "per-channel",
  ]),
  threads: flag("run on Workers over shared memory instead of in virtual time; wall times differ from run to run"),
  dispatchers: count("dispatch Workers, with --threads", "1", 1, 8),
  explain: flag("print the lower bound as a formula, with its parts"),
  transfers: count("how many transfers or requests", "8", 1, 10_000),
  bytes: count("bytes of each transfer", "65536", 1, 16 * 1024 * 1024),
  "setup-ns": duration("S: obtaining a list and writing descriptors", "160000"),
  "dma-ns": duration("D: doorbell to interrupt", "360000"),
  "isr-ns": duration("Li: interrupt to the end of the ISR", "3000"),
  "dpc-ns": duration("Ld: end of the ISR to the DPC", "20000"),
  "post-ns": duration("P: from the DPC to completion", "0"),
  "wake-ns": duration("W: waking a thread", "30000"),
  "copy-ns": duration("Cp: copying one transfer", "375000"),
  "map-registers": count("map registers of the whole machine", "256", 1, 1_000_000),
  reserves: count("emergency sets in the deeper variant", "4", 1, 64),
};

/** What every story takes. */
export const COMMON: readonly OptionName[] = ["seed", "json", "channels", "link", "iommu", "polling", "engine"].concat(
  ["trace", "vcd", "log", "inspect", "watch", "help"],
) as OptionName[];

/** Arguments, understood. */
export interface Arguments {
  readonly values: Values;
  /** What the person wrote, in the order of the table; the rest are defaults. */
  readonly given: readonly OptionName[];
  /** The words that are no options. */
  readonly words: readonly string[];
}

const NAMES = Object.keys(OPTIONS) as OptionName[];
const FLAGS = NAMES.filter((name) => OPTIONS[name].value === "");

/** The words of a command line, options left out: the story's name is the first. */
export function wordsOf(args: readonly string[]): readonly string[] {
  return parse(args).words;
}

/**
 * Reads a command line for a story that takes `allowed`, with `fallbacks` in place of the table's own.
 *
 * @throws {BadArgument} with one sentence, if anything cannot be understood.
 */
export function readArguments(
  args: readonly string[],
  story: string,
  allowed: readonly OptionName[],
  fallbacks: Partial<Record<OptionName, string>> = {},
): Arguments {
  const { texts, words, unknown } = parse(args);
  const help = `see deno task demo ${story} --help`;
  if (unknown !== undefined) throw new BadArgument(`Cannot understand "${unknown}": ${help}`);
  const given = NAMES.filter((name) => texts.has(name));
  const foreign = given.find((name) => !allowed.includes(name));
  if (foreign !== undefined) {
    throw new BadArgument(`Cannot use --${foreign}: the story ${story} has no such option; ${help}`);
  }
  for (const name of given) {
    const { bare } = OPTIONS[name];
    if (bare !== undefined && texts.get(name) === "") texts.set(name, bare);
  }
  const empty = given.find((name) => texts.get(name) === "" && name !== "seed");
  if (empty !== undefined) throw expected(empty, "", `a value: --${empty} ${OPTIONS[empty].value}`);
  const read = (name: OptionName): unknown =>
    OPTIONS[name].read(texts.get(name) ?? fallbacks[name] ?? OPTIONS[name].fallback, name);
  const values = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as unknown as Values;
  return { values, given, words };
}

function parse(args: readonly string[]): { texts: Map<OptionName, string>; words: string[]; unknown?: string } {
  let unknown: string | undefined;
  const found = parseArgs(args, {
    boolean: FLAGS,
    alias: { h: "help" },
    string: ["_", ...NAMES.filter((name) => !FLAGS.includes(name))],
    unknown: (argument, key) => {
      if (key === undefined) return true;
      unknown ??= argument;
      return false;
    },
  });
  const texts = new Map<OptionName, string>();
  for (const name of NAMES) {
    const value: unknown = found[name];
    if (value === true || typeof value === "string") texts.set(name, String(value));
  }
  return {
    texts,
    words: found._.map(String).filter((word) => word !== ""),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

/** The lines of help about some options. */
export function helpLines(names: readonly OptionName[], fallbacks: Partial<Record<OptionName, string>> = {}): string[] {
  const usage = (name: OptionName): string => `--${name} ${OPTIONS[name].value}`.trimEnd();
  const width = Math.max(...NAMES.map((name) => usage(name).length));
  const indent = " ".repeat(width + 4);
  return names.flatMap((name) => {
    const { value, says, fallback } = OPTIONS[name];
    const standard = fallbacks[name] ?? fallback;
    const note = value === "" || standard === "" ? "" : ` (${standard})`;
    const [first = "", ...rest] = wrapped(says + note, indent);
    return [`  ${usage(name).padEnd(width)}  ${first.trimStart()}`, ...rest];
  });
}
