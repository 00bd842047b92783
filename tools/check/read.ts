/** Reads logs as streams: to check them, and once more for the lines that a report shows. */

import { LineCutter, LogChecker } from "../../trace/check/mod.ts";
import type { CheckOptions, CheckReport, SourceLine } from "../../trace/check/mod.ts";

/** A log that is being read. */
export interface OpenLog {
  readonly stream: ReadableStream<Uint8Array>;
  /** Its length, or null for a pipe. */
  readonly bytes: number | null;
}

/** Lines between two words about how far it is. */
const LINES_PER_PROGRESS = 250_000;

/** Opens a file; throws for what is none. */
export async function openFile(path: string): Promise<OpenLog> {
  const opened = await Deno.open(path, { read: true });
  const { isDirectory, isFile, size } = await opened.stat();
  if (isDirectory) {
    opened.close();
    throw new Deno.errors.IsADirectory();
  }
  return { stream: opened.readable, bytes: isFile ? size : null };
}

/** Checks a log, and tells `progress` in one short text how far it is; a sentence if it cannot be read. */
export async function checkLog(
  name: string,
  open: () => Promise<OpenLog>,
  options: CheckOptions,
  progress: (text: string) => void,
): Promise<CheckReport | string> {
  const checker = new LogChecker(options);
  let told = 0;
  let read = 0;
  try {
    const { stream, bytes } = await open();
    for await (const piece of stream) {
      checker.push(piece);
      read += piece.length;
      if (checker.lines - told < LINES_PER_PROGRESS) continue;
      told = checker.lines;
      progress(`${name}: ${told} lines${bytes === null ? "" : `, ${Math.floor(100 * read / bytes)} %`} …`);
    }
  } catch (error) {
    return `${name}:${checker.lines + 1}:1 cannot be read: ${reasonOf(error)}; expected a call log`;
  } finally {
    if (told > 0) progress("");
  }
  return checker.finish();
}

/** Reads a file again for the lines that a report wants to show. What has changed or gone since is not shown. */
export async function sourceOf(path: string, wanted: ReadonlySet<number>): Promise<SourceLine> {
  const texts = new Map<number, string>();
  let line = 0;
  const cutter = new LineCutter(({ text }) => {
    if (wanted.has(++line)) texts.set(line, text.replace(/^\ufeff/, ""));
  });
  try {
    // A named pipe can be read once; opening it again would wait for another writer.
    if (!(await Deno.stat(path)).isFile) return () => undefined;
    for await (const piece of (await openFile(path)).stream) {
      cutter.push(piece);
      if (texts.size === wanted.size) break;
    }
    cutter.finish();
  } catch {
    // The report stands without them.
  }
  return (number) => texts.get(number);
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "permission denied";
  }
  return error instanceof Error ? error.message : String(error);
}
