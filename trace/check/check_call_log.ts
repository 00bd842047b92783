/**
 * A whole log at once: a stream, an array of lines or a text, JSON Lines or Linux `dma` trace events, told apart by the
 * first line that says something.
 */
import { CallLogChecker } from "./call_log_checker.ts";
import type { CheckOptions } from "./call_log_checker.ts";
import type { CheckReport } from "./finding.ts";
import { LineCutter } from "./lines.ts";
import type { RawLine } from "./lines.ts";
import { isTraceText } from "./linux_event.ts";
import { LinuxTraceChecker } from "./linux_trace.ts";

/** What takes lines and reports. */
interface LineChecker {
  readonly lines: number;
  push(text: string): void;
  pushDamaged(message: string, column?: number): void;
  finish(): CheckReport;
}

/** Checks one log, pushed piece by piece as bytes. */
export class LogChecker {
  readonly #options: CheckOptions;
  readonly #cutter: LineCutter;
  #checker: LineChecker | null = null;
  #before: RawLine[] = [];

  /** A checker for one log, whichever of the two formats it turns out to have. */
  constructor(options: CheckOptions = {}) {
    this.#options = options;
    this.#cutter = new LineCutter((line) => this.line(line));
  }

  /** How many lines were read so far. */
  get lines(): number {
    return this.#checker?.lines ?? this.#before.length;
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    this.#cutter.push(bytes);
  }

  /** Takes the next line. */
  line(line: RawLine): void {
    if (this.#checker === null) {
      const blank = line.trouble === null && /^\ufeff?\s*(?:#.*)?$/.test(line.text);
      if (blank && this.#before.length < 1000) return void this.#before.push(line);
      this.#checker = this.#choose(line);
    }
    hand(this.#checker, line);
  }

  #choose(line: RawLine): LineChecker {
    const linux = isTraceText(line.text) || this.#before.some(({ text }) => text.startsWith("# tracer:"));
    const checker = linux ? new LinuxTraceChecker() : new CallLogChecker(this.#options);
    for (const before of this.#before) hand(checker, before);
    this.#before = [];
    return checker;
  }

  /** Nothing more comes. */
  finish(): CheckReport {
    this.#cutter.finish();
    const checker = this.#checker ?? this.#choose({ text: "", trouble: null, column: 1 });
    return checker.finish();
  }
}

function hand(checker: LineChecker, { text, trouble, column }: RawLine): void {
  if (trouble === null) checker.push(text);
  else checker.pushDamaged(trouble, column);
}

/**
 * Checks a call log.
 *
 * @param log The log: a text, lines, or a stream of bytes.
 * @returns Findings, damaged lines and notes. Nothing about the log's content is thrown; what the stream itself throws
 * is passed on.
 */
export async function checkCallLog(
  log: string | Iterable<string> | AsyncIterable<Uint8Array>,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const checker = new LogChecker(options);
  if (typeof log === "string") checker.push(new TextEncoder().encode(log));
  else if (Symbol.asyncIterator in log) { for await (const bytes of log) checker.push(bytes); }
  else for (const text of log) checker.line({ text, trouble: null, column: 1 });
  return checker.finish();
}
