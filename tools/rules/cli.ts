/** The command behind `deno task rules`, as a function: arguments and titles in, text and exit status out. */

import { parseArgs } from "@std/cli/parse-args";
import { RULES, UNNAMED } from "../../trace/rules/mod.ts";
import type { Rule } from "../../trace/rules/mod.ts";
import type { Title } from "../seeds/titles.ts";
import { LINUX, sections } from "./named.ts";
import type { Section } from "./named.ts";

/** What a run prints and how it ends: 0 fine, 1 something is missing (with `--strict`), 2 not understood. */
export interface Outcome {
  readonly status: 0 | 1 | 2;
  readonly out: string;
  readonly err: string;
}

const HELP = `deno task rules [--missing] [--strict]

Prints every rule that a call log can show, with how many tests provoke it, and those that none can show, and why.

  --missing  only rules that no test provokes
  --strict   exit 1 when there is one
  --help     this text`;

/** Runs the command. `titles` are those of the checker's tests. */
export function rules(args: readonly string[], titles: readonly Title[]): Outcome {
  let unknown: string | undefined;
  const flags = parseArgs(args, {
    boolean: ["missing", "strict", "help"],
    alias: { h: "help" },
    unknown: (argument) => {
      unknown ??= argument;
      return false;
    },
  });
  if (unknown !== undefined) {
    return { status: 2, out: "", err: `Cannot understand "${unknown}": see deno task rules --help` };
  }
  if (flags.help) return { status: 0, out: HELP, err: "" };
  const all = sections(titles);
  const missing = all.some(({ rules }) => rules.some(({ tests }) => tests.length === 0));
  const lines = all.flatMap((section) => textOf(section, flags.missing));
  if (!flags.missing) lines.push(...undecidable());
  return { status: flags.strict && missing ? 1 : 0, out: lines.join("\n"), err: "" };
}

function textOf({ name, rules }: Section, onlyMissing: boolean): string[] {
  const provoked = rules.filter(({ tests }) => tests.length > 0).length;
  const rows = rules.filter(({ tests }) => !onlyMissing || tests.length === 0).map(({ rule, tests }) => {
    const number = numberIn(name, rule);
    const mark = tests.length === 0 ? "missing" : `${tests.length} test${tests.length === 1 ? "" : "s"}`;
    return `  ${mark.padEnd(8)} ${number.padEnd(6)} ${rule.name.padEnd(32)} ${rule.sentence}`;
  });
  return [`${provoked} of ${rules.length} rules of ${name} are named by a provoking test`, ...rows];
}

/** The number that a rule has in the source of its section. */
function numberIn(section: string, { verifier, linux, bugcheck }: Rule): string {
  const ofSection = section === LINUX ? linux : verifier;
  return ofSection ?? bugcheck ?? "";
}

function undecidable(): string[] {
  const rows = Object.values(RULES).filter((rule) => rule.undecidable !== null)
    .map(({ name, verifier, undecidable }) =>
      `           ${(verifier ?? "").padEnd(6)} ${name.padEnd(32)} ${undecidable}`
    );
  const unnamed = UNNAMED.map(({ verifier, reason }) => `           ${verifier.padEnd(6)} ${"".padEnd(32)} ${reason}`);
  return ["what no call log can show, and why", ...rows, ...unnamed];
}
