/** `deno task demo` as a function: arguments and a host in, an exit status out. `main.ts` gives it the real host. */
import { burst } from "./burst.ts";
import { cancel } from "./cancel.ts";
import { context } from "./context.ts";
import { eightChannels } from "./eight_channels.ts";
import { invalidParameter } from "./invalid_parameter.ts";
import { lockedPages } from "./locked_pages.ts";
import { lowMemory } from "./low_memory.ts";
import { lut } from "./lut.ts";
import { magic } from "./magic.ts";
import { BadArgument, COMMON, helpLines, OPTIONS, readArguments, wordsOf } from "./options.ts";
import type { Arguments, OptionName } from "./options.ts";
import { races } from "./races.ts";
import { recorderOf } from "./recording.ts";
import { registers } from "./registers.ts";
import { RunFiles } from "./run_files.ts";
import type { Host, InspectorLine, JsonValue, Story, Told } from "./story.ts";
import { wrapped } from "./table.ts";
import { threeStage } from "./three_stage.ts";
import { timeout } from "./timeout.ts";
import { unload } from "./unload.ts";

/** The stories, in the order of the list. The first one runs when none is named. */
export const STORIES: readonly Story[] = [
  eightChannels,
  burst,
  threeStage,
  registers,
  lowMemory,
  lut,
  races,
  unload,
  magic,
  invalidParameter,
  lockedPages,
  context,
  cancel,
  timeout,
];

const FINE = 0;
const BROKEN = 1;
const NOT_UNDERSTOOD = 2;

/** Runs a command line. 0: fine. 1: an invariant broke, contents differ, a request was lost. 2: not understood. */
export async function demo(args: readonly string[], host: Host, stories: readonly Story[] = STORIES): Promise<number> {
  try {
    const story = storyOf(wordsOf(args), stories);
    const allowed = [...COMMON, ...story.options];
    const understood = readArguments(args, story.name, allowed, story.fallbacks);
    if (understood.values.help) {
      const lines = understood.words.length === 0 ? allHelp() : storyHelp(story);
      for (const line of lines) host.out(line);
      return FINE;
    }
    if (args.length === 0) { for (const line of [...listLines(), ""]) host.out(line); }
    return await run(story, understood, host);
  } catch (error) {
    // A RangeError is what the rooms below say to options that cannot be; everything else is a bug of ours.
    if (!(error instanceof BadArgument || error instanceof RangeError)) throw error;
    host.err(error.message);
    return NOT_UNDERSTOOD;
  }
}

async function run(story: Story, { values, given }: Arguments, host: Host): Promise<number> {
  for (const name of given) {
    const why = story.without[name];
    if (why !== undefined) host.err(`Note: --${name} changes nothing in ${story.name}: ${why}`);
  }
  if (given.includes("watch") && values.inspect === null) host.err("Note: --watch changes nothing without --inspect");
  const repeat = repeatCommand(story, { values, given, words: [] });
  const files = new RunFiles(host);
  const line = values.inspect === null || story.without.inspect !== undefined ? null : openLine(host, values.inspect);
  let told: Told;
  try {
    told = await story.tell(values, host, recorderOf(values, files, line));
  } catch (error) {
    // Whoever reports it needs the way back to it.
    if (!(error instanceof BadArgument || error instanceof RangeError)) {
      host.err(`This run ended in a bug; repeat: ${repeat}`);
    }
    throw error;
  }
  const { bytes, sha256In, sha256Out, rows, lines, verdict, failures } = told;
  if (values.json) {
    const options = Object.fromEntries(
      [...COMMON, ...story.options].filter((name) => name !== "seed" && name !== "help" && name !== "json")
        .map((name) => [name, values[name] as JsonValue]),
    );
    const { seed } = values;
    host.out(
      JSON.stringify({ story: story.name, seed, options, bytes, sha256In, sha256Out, rows, verdict, repeat, failures }),
    );
  } else {
    host.out(`${story.name}: ${story.title}`);
    for (const line of ["", ...lines, "", ...wrapped(verdict), "", `  repeat: ${repeat}`]) host.out(line);
  }
  for (const sentence of [...files.lines, ...failures]) host.err(sentence);
  if (line !== null) {
    host.err(`Waiting for an inspector: open ${line.url} (Ctrl-C ends),`);
    host.err(`or ${line.url}?url=https://stately.ai/inspect for the one that Stately hosts`);
    await line.ended();
  }
  return failures.length === 0 ? FINE : BROKEN;
}

/** @throws {BadArgument} if nobody can connect. */
function openLine({ openInspector }: Host, port: number): InspectorLine {
  const line = openInspector?.(port) ?? "Cannot --inspect here: nobody can connect";
  if (typeof line === "string") throw new BadArgument(line);
  return line;
}

/** @throws {BadArgument} if there is no such story. */
function storyOf(words: readonly string[], stories: readonly Story[]): Story {
  const [name, more] = words;
  const names = stories.map((story) => story.name);
  const story = name === undefined ? stories[0] : stories.find((each) => each.name === name);
  if (story === undefined) {
    throw new BadArgument(`Cannot tell the story "${name}": expected one of ${names.join(", ")}`);
  }
  if (more !== undefined) throw new BadArgument(`Cannot understand "${more}": expected one story, and options with --`);
  return story;
}

/** The command that repeats a run: the story, the seed, and whatever was given. */
function repeatCommand(story: Story, { values, given }: Arguments): string {
  const words = ["deno task demo", story.name, `--seed ${quoted(String(values.seed))}`];
  for (const name of given) {
    if (name === "seed" || name === "help") continue;
    words.push(OPTIONS[name].value === "" ? `--${name}` : `--${name} ${quoted(asText(name, values[name]))}`);
  }
  return words.join(" ");
}

function asText(name: OptionName, value: Arguments["values"][OptionName]): string {
  if (name === "channels" && typeof value === "object" && value !== null && "h2cCount" in value) {
    return `${value.h2cCount},${value.c2hCount}`;
  }
  if (!Array.isArray(value)) return String(value);
  return name === "strategy" && value.length === OPTIONS.strategy.read("all", name).length ? "all" : value.join(",");
}

/** A word that a shell gives back as it is. */
function quoted(text: string): string {
  return /^[\w.,:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function listLines(): string[] {
  const width = Math.max(...STORIES.map(({ name }) => name.length));
  return [
    "deno task demo STORY [options]; --help says more",
    "",
    ...STORIES.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`),
  ];
}

function storyHelp({ name, title, options, fallbacks, without }: Story): string[] {
  const notes = Object.entries(without).map(([option, why]) => `  --${option} changes nothing here: ${why}`);
  return [
    `deno task demo ${name} [options]`,
    "",
    `  ${title}`,
    "",
    ...helpLines([...options, ...COMMON], fallbacks),
    ...(notes.length === 0 ? [] : ["", ...notes]),
  ];
}

function allHelp(): string[] {
  const own = STORIES.filter(({ options }) => options.length > 0);
  return [
    ...listLines(),
    "",
    "Options of every story:",
    ...helpLines(COMMON),
    ...own.flatMap(({ name, options, fallbacks }) => ["", `Options of ${name}:`, ...helpLines(options, fallbacks)]),
    "",
    "Exit status: 0 fine; 1 an invariant broke, contents differ or a request was lost; 2 not understood.",
  ];
}
