/** The arguments of `deno task check`. */

import { parseArgs } from "@std/cli/parse-args";
import type { Profile } from "../../trace/check/mod.ts";

/** How results are written. */
export type Format = "text" | "json" | "sarif";

/** What a run was asked for. */
export interface Request {
  readonly files: readonly string[];
  readonly format: Format;
  readonly profile: Profile;
  readonly strict: boolean;
}

/** The help text. */
export const HELP = `deno task check LOG… [--format text|json|sarif] [--strict] [--profile s0|kmdf]

Checks call logs of DMA drivers (JSON Lines), and Linux dma trace events as text, against the lifecycles of the DMA
routines. LOG may be - for standard input.

  --format FORMAT    text (the default), json: one object a file, sarif: SARIF 2.1.0 over all files
  --profile PROFILE  s0 (the default): a transfer context is initialised before each transaction;
                     kmdf: strictly sequential reuse without that is a warning
  --strict           warnings are errors, and notes count as findings
  --help             this text

Exit status: 0 nothing worse than notes, 1 findings, 2 something could not be read; the highest of several files.`;

const FORMATS: readonly Format[] = ["text", "json", "sarif"];
const PROFILES: readonly Profile[] = ["s0", "kmdf"];

/** Reads the arguments; a sentence if they cannot be understood, `help` if that was asked for. */
export function readArguments(args: readonly string[]): Request | string | "help" {
  let unknown: string | undefined;
  const flags = parseArgs(args, {
    boolean: ["strict", "help"],
    alias: { h: "help" },
    string: ["format", "profile"],
    unknown: (argument, key) => {
      if (key === undefined || argument === "-") return true;
      unknown ??= argument;
      return false;
    },
  });
  if (flags.help) return "help";
  const files = flags._.map(String);
  const format = FORMATS.find((known) => known === (flags.format ?? "text"));
  const profile = PROFILES.find((known) => known === (flags.profile ?? "s0"));
  if (unknown !== undefined) return `Cannot understand "${unknown}": see deno task check --help`;
  if (format === undefined) return `Cannot write the format "${flags.format}": expected one of ${FORMATS.join(", ")}`;
  if (profile === undefined) {
    return `Cannot check the profile "${flags.profile}": expected one of ${PROFILES.join(", ")}`;
  }
  if (files.length === 0) return "Cannot check nothing: expected a log, or - for standard input; see --help";
  return { files, format, profile, strict: flags.strict };
}
