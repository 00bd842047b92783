/** The arguments of `deno task view`: a story, its options, and a port. */
import { parseArgs } from "@std/cli/parse-args";
import { STORIES } from "../examples/demo.ts";
import { BadArgument, readArguments, wordsOf } from "../examples/options.ts";
import { pageOptions } from "./options.ts";
import { sizeOf } from "./worker/page_host.ts";

/** Where the page is unless somebody says otherwise. */
export const DEFAULT_PORT = 8790;

/** Arguments, understood. */
export interface ViewArguments {
  readonly port: number;
  /** Behind the page's address: the story and its options, for the page's form. Empty if nothing was given. */
  readonly query: string;
}

/** What `--help` prints. */
export const HELP: readonly string[] = [
  "deno task view [STORY] [options of the story] [--port N]",
  "",
  `  Serves a page on 127.0.0.1 (port ${DEFAULT_PORT}; 0: any that is free) that tells a story and shows each run:`,
  "  lanes, queues, charts, events, findings. Options are those of deno task demo STORY --help.",
  "",
  `  Stories: ${STORIES.map(({ name }) => name).join(", ")}`,
];

/**
 * Reads a command line; null asks for help.
 *
 * @throws {BadArgument} with one sentence.
 */
export function readViewArguments(args: readonly string[]): ViewArguments | null {
  const { own, others } = withoutPort(args);
  if (others.includes("--help") || others.includes("-h")) return null;
  const port = own === undefined ? DEFAULT_PORT : /^\d{1,5}$/.test(own) ? Number(own) : NaN;
  if (!(port <= 65_535)) throw new BadArgument(`Cannot use "${own}" as --port: expected a number from 0 to 65535`);
  const words = wordsOf(others);
  const [name = STORIES[0]!.name, more] = words;
  const story = STORIES.find((each) => each.name === name);
  if (story === undefined) {
    const names = STORIES.map((each) => each.name).join(", ");
    throw new BadArgument(`Cannot tell the story "${name}": expected one of ${names}`);
  }
  if (more !== undefined) throw new BadArgument(`Cannot understand "${more}": expected one story, and options with --`);
  // What cannot be is said here, not only in the page.
  const { given, values } = readArguments(others, story.name, pageOptions(story), story.fallbacks);
  if (given.includes("file") && sizeOf(values.file) === undefined) {
    const expected = 'expected a size such as "4 MiB"; a file is chosen in the page, under Options';
    throw new BadArgument(`Cannot use "${values.file}" as --file: ${expected}`);
  }
  const texts = parseArgs(others, { string: ["_", ...given] });
  const query = new URLSearchParams(words.length === 0 ? [] : [["story", name]]);
  for (const option of given) query.set(option, texts[option] === "" ? "true" : String(texts[option]));
  return { port, query: query.size === 0 ? "" : `?${query}` };
}

/** Takes `--port N` and `--port=N` out of a command line. */
function withoutPort(args: readonly string[]): { own: string | undefined; others: string[] } {
  const at = args.findIndex((each) => each === "--port" || each.startsWith("--port="));
  if (at === -1) return { own: undefined, others: [...args] };
  const [, value] = args[at]!.split("=");
  const own = value ?? args[at + 1] ?? "";
  return { own, others: args.filter((_, index) => index !== at && (value !== undefined || index !== at + 1)) };
}
