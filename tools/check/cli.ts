/** The command behind `deno task check`: reads the files as streams, writes the reports, answers the exit status. */

import { LogChecker, sarifLog, textReport } from "../../trace/check/mod.ts";
import type { CheckReport } from "../../trace/check/mod.ts";
import { HELP, readArguments } from "./arguments.ts";
import type { Request } from "./arguments.ts";
import { statusOf, strictly } from "./strict.ts";

/** Where a run reads and writes. Standard input, output and error, or those of a test. */
export interface Terminal {
  readonly input: ReadableStream<Uint8Array>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard error is a terminal: progress is shown there. */
  readonly interactive: boolean;
}

const LINES_PER_PROGRESS = 250_000;

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
  for (const file of request.files) {
    const report = await checkFile(file, request, terminal);
    if (typeof report === "string") {
      terminal.err(report);
      status = 2;
      continue;
    }
    const own = statusOf(report, request.strict);
    if (own > status) status = own;
    const name = file === "-" ? "<stdin>" : file;
    if (request.format === "sarif") reports.push({ name, report });
    else if (request.format === "text") terminal.out(textReport(name, report));
    else {
      terminal.out(jsonOf(report));
      for (const { line, column, message } of report.damaged) {
        terminal.err(`${name}:${line}:${column} damaged: ${message}`);
      }
    }
  }
  if (request.format === "sarif") terminal.out(JSON.stringify(sarifLog(reports), null, 2));
  return status;
}

/** One object a file: what was found, what could not be read, and the figures. */
function jsonOf({ findings, damaged, notes, summary }: CheckReport): string {
  return JSON.stringify({ findings, summary: { ...summary, damagedLines: damaged, remarks: notes } });
}

/** Checks one file; a sentence if it cannot be read. */
async function checkFile(file: string, request: Request, terminal: Terminal): Promise<CheckReport | string> {
  const checker = new LogChecker({ profile: request.profile });
  let shown = 0;
  try {
    const stream = file === "-" ? terminal.input : await open(file);
    for await (const bytes of stream) {
      checker.push(bytes);
      if (terminal.interactive && checker.lines - shown >= LINES_PER_PROGRESS) {
        shown = checker.lines;
        terminal.err(`${file}: ${shown} lines …`);
      }
    }
  } catch (error) {
    return `${file}:${checker.lines + 1}:1 cannot be read: ${reasonOf(error)}; expected a call log`;
  }
  const report = checker.finish();
  return request.strict ? strictly(report) : report;
}

async function open(file: string): Promise<ReadableStream<Uint8Array>> {
  const opened = await Deno.open(file, { read: true });
  if ((await opened.stat()).isDirectory) {
    opened.close();
    throw new Deno.errors.IsADirectory();
  }
  return opened.readable;
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  return error instanceof Error ? error.message : String(error);
}
