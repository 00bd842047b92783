/** Standard output and error of a command, and its files: written whole, and never a stack trace if that fails. */
import { whyNot } from "./file_trouble.ts";

const encoder = new TextEncoder();

/** What takes bytes: a standard stream, a file. */
export interface Sink {
  /** Takes some of them; how many. */
  writeSync(bytes: Uint8Array): number;
}

/**
 * Writes a text whole: a pipe may take less than it is offered. Where nothing more can be written the process ends:
 * with 0 where whoever read has seen enough, as `head` has; else with one sentence and 2.
 */
export function writeWhole(to: Sink, text: string, what = "the output"): void {
  try {
    for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(to.writeSync(bytes));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    // If that cannot be written either, nobody is left to be told.
    if (to !== Deno.stderr) writeWhole(Deno.stderr, `Cannot write ${what}: ${whyNot(error)}\n`);
    Deno.exit(2);
  }
}

/** A line, or several, on standard output. */
export function say(text: string): void {
  writeWhole(Deno.stdout, `${text}\n`);
}

/** The same on standard error. */
export function complain(text: string): void {
  writeWhole(Deno.stderr, `${text}\n`);
}
