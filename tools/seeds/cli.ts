/** The command behind `deno task seeds`, as a function: arguments and titles in, text and exit status out. */

import { parseArgs } from "@std/cli/parse-args";
import { type Coverage, coverage, type Covered, isCovered, type Tally } from "./coverage.ts";
import type { Title } from "./titles.ts";

/** What a run prints and how it ends: 0 fine, 1 something is missing (with `--strict`), 2 not understood. */
export interface Outcome {
  readonly status: 0 | 1 | 2;
  readonly out: string;
  readonly err: string;
}

const HELP = `deno task seeds [--missing] [--kind works|misuse|invariant] [--json] [--strict]

Prints the acceptance list: every numbered requirement and the tests that name it in brackets in their titles.

  --missing    only what no test names
  --kind KIND  only how things work, only misuses to be named, or only the invariants of every run
  --json       one object instead of text
  --strict     exit 1 when something printed is missing, or a title names a number that does not exist
  --help       this text`;

const KINDS: readonly string[] = ["works", "misuse", "invariant"];

/** Runs the command. `titles` are those of all test files. */
export function seeds(args: readonly string[], titles: readonly Title[]): Outcome {
  let unknown: string | undefined;
  const flags = parseArgs(args, {
    boolean: ["missing", "json", "strict", "help"],
    alias: { h: "help" },
    string: ["kind"],
    unknown: (argument) => {
      unknown ??= argument;
      return false;
    },
  });
  if (unknown !== undefined) return refused(`Cannot understand "${unknown}": see deno task seeds --help`);
  if (flags.kind !== undefined && !KINDS.includes(flags.kind)) {
    return refused(`Cannot show the kind "${flags.kind}": expected one of ${KINDS.join(", ")}`);
  }
  if (flags.help) return { status: 0, out: HELP, err: "" };

  const all = coverage(titles);
  const asked = all.requirements.filter(({ kind }) => flags.kind === undefined || kind === flags.kind);
  const missing = asked.filter((requirement) => !isCovered(requirement));
  const shown = { ...all, requirements: flags.missing ? missing : asked };
  const failed = flags.strict && (missing.length > 0 || all.problems.length > 0);
  return {
    status: failed ? 1 : 0,
    out: flags.json ? JSON.stringify(shown, null, 2) : asText(shown),
    err: flags.json ? "" : all.problems.join("\n"),
  };
}

function refused(sentence: string): Outcome {
  return { status: 2, out: "", err: sentence };
}

function asText({ requirements, summary }: Coverage): string {
  const lines = requirements.flatMap((requirement) => [row(requirement), ...requirement.tests.map(evidence)]);
  const of = ({ named, total }: Tally): string => `${named} of ${total}`;
  const sum = `${of(summary.requirements)} requirements are named by a test: ${of(summary.works)} that describe how ` +
    `things work, ${of(summary.misuses)} that name a misuse; ${of(summary.invariants)} invariants`;
  return [...lines, sum].join("\n");
}

function row(requirement: Covered): string {
  const mark = isCovered(requirement) ? "ok     " : "missing";
  return `${mark} ${requirement.id.padEnd(5)} ${requirement.claim}`;
}

function evidence({ path, line, title, ignored }: Title): string {
  return `              ${path}:${line} ${ignored ? "(switched off) " : ""}${title}`;
}
