/** The command behind `deno task check`: checks the files one by one, writes the reports, answers the exit status. */

import { linesShown, sarifLog, textReport } from "../../trace/check/mod.ts";
import type { CheckReport } from "../../trace/check/mod.ts";
import { HELP, readArguments } from "./arguments.ts";
import type { Request } from "./arguments.ts";
import { checkLog, openFile, sourceOf } from "./read.ts";
import { statusOf, strictly } from "./strict.ts";

/** Where a run reads and writes. Standard input, output and error, or those of a test. */
export interface Terminal {
  readonly input: ReadableStream<Uint8Array>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Replaces the one line that says how far it is; an empty text takes it away. Null where nobody looks. */
  readonly progress: ((text: string) => void) | null;
}

const STDIN = "<stdin>";

/** Runs the command. */
export async function check(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2> {
  const request = readArguments(args);
  if (request === "help") {
    terminal.out(HELP);
    return 0;
  }
  if (typeof request === "string") {
    terminal.err(request);
    return 2;
  }
  let status: 0 | 1 | 2 = 0;
  const reports: { name: string; report: CheckReport }[] = [];
  const unreadable: string[] = [];
  for (const file of request.files) {
    const name = file === "-" ? STDIN : file;
    const report = await checkFile(file, name, request, terminal);
    if (typeof report === "string") {
      terminal.err(report);
      unreadable.push(report);
      // One object a file, also for this one: readers count them.
      if (request.format === "json") terminal.out(JSON.stringify({ findings: [], summary: { unreadable: report } }));
      status = 2;
      continue;
    }
    const own = statusOf(report, request.strict);
    if (own > status) status = own;
    if (request.format === "sarif") reports.push({ name, report });
    else await tell(file, name, report, request, terminal);
  }
  if (request.format === "sarif") terminal.out(JSON.stringify(sarifLog(reports, unreadable), null, 2));
  return status;
}

async function checkFile(
  file: string,
  name: string,
  { profile, strict }: Request,
  { input, progress }: Terminal,
): Promise<CheckReport | string> {
  const open = () => file === "-" ? Promise.resolve({ stream: input, bytes: null }) : openFile(file);
  const report = await checkLog(name, open, { profile }, progress ?? (() => {}));
  return typeof report !== "string" && strict ? strictly(report) : report;
}

async function tell(
  file: string,
  name: string,
  report: CheckReport,
  { format }: Request,
  { out, err }: Terminal,
): Promise<void> {
  if (format === "text") {
    const wanted = linesShown(report);
    return out(textReport(name, report, file === "-" || wanted.size === 0 ? undefined : await sourceOf(file, wanted)));
  }
  out(jsonOf(report));
  for (const { line, column, message } of report.damaged) err(`${name}:${line}:${column} damaged: ${message}`);
}

/** One object a file: what was found, what could not be read, and the figures. */
function jsonOf({ findings, damaged, notes, summary }: CheckReport): string {
  return JSON.stringify({ findings, summary: { ...summary, damagedLines: damaged, remarks: notes } });
}
