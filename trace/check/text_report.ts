/** A report for a person, in the manner of a compiler: where, how bad, which rule, what it came from, what to do. */
import type { CheckReport, LogFinding } from "./finding.ts";

/** Says what stands in a line of the log, from 1; undefined where nobody kept it. */
export type SourceLine = (line: number) => string | undefined;

/** How much of a line of the log is shown. */
const SHOWN_CHARACTERS = 160;
/** Rules about something that was left over: the other line is the one that created it. */
const LEFT_OVER =
  /^(?:PutAdapterWith|MissingPut|ChannelNeverFreed|AdapterNotPut|AdapterRefLeak|DeviceRemoved|ProcessExit)/;

/**
 * The report of one log, a line break between its lines and none at the end. With `source`, the lines of the log that a
 * finding is about are shown. Control characters from the log are not handed on.
 */
export function textReport(name: string, report: CheckReport, source: SourceLine = () => undefined): string {
  const { findings, damaged, notes, summary } = report;
  const lines = [
    ...damaged.map(({ line, column, message }) => ({ line, text: `${name}:${line}:${column} damaged: ${message}` })),
    ...findings.map((finding) => ({ line: finding.line, text: findingText(name, finding, source) })),
  ].sort((one, other) => one.line - other.line).map(({ text }) => text);
  for (const { line, message } of notes) {
    lines.push(line === 0 ? `${name}: note: ${message}` : `${name}:${line}:1 note: ${message}`);
  }
  if (damaged.length < summary.damaged) lines.push(`${name}: ${summary.damaged - damaged.length} more damaged lines`);
  if (summary.findingsDropped > 0) lines.push(`${name}: ${summary.findingsDropped} more findings`);
  lines.push(`${name}: ${summaryText(report)}`);
  return lines.map(printable).join("\n");
}

/** Every line of the log that a report would show, for whoever has to look it up. */
export function linesShown({ findings }: CheckReport): Set<number> {
  return new Set(findings.flatMap(({ line, since }) => since === null ? [line] : [line, since]));
}

function findingText(name: string, finding: LogFinding, source: SourceLine): string {
  const { line, severity, rule, kind, since, state, expected, fix, resource, call, message, kernel } = finding;
  const numbers = numbersOf(finding);
  const rows = [
    `${name}:${line}:1 ${severity} ${rule}${kind === undefined ? "" : `(${kind})`}${numbers}: ${message}`,
    ...cut(source(line)).map((text) => `    ${text}`),
  ];
  if (since !== null) {
    const what = LEFT_OVER.test(rule) ? "created here" : "since here";
    rows.push(`${name}:${since}:1 ${[what, ...cut(source(since))].join(": ")}`);
  }
  rows.push(`  ${call} on ${resource}${state === "" ? "" : `, which is ${state}`}`);
  if (expected.length > 0) rows.push(`  expected ${expected.join(", ")}`);
  if (kernel !== undefined) rows.push(`  DMA-API debugging: ${kernel}`);
  rows.push(`  fix: ${fix}`);
  return rows.join("\n");
}

function cut(text: string | undefined): string[] {
  if (text === undefined) return [];
  return [text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)} …` : text];
}

function numbersOf({ verifier, bugcheck, linux }: LogFinding): string {
  const numbers = [verifier === null ? null : `0xE6/${verifier}`, bugcheck, linux].filter((number) => number !== null);
  return numbers.length === 0 ? "" : ` (${numbers.join(", ")})`;
}

function summaryText({ summary, notes }: CheckReport): string {
  const { lines, errors, warnings, damaged } = summary;
  const noted = summary.notes + notes.length;
  const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  // A name that nobody knows may hide a misuse: then the last word is not "clean" alone.
  const verdict = errors + warnings + damaged === 0
    ? noted === 0 ? "clean" : `clean but for ${counted(noted, "note")}`
    : [counted(errors, "error"), counted(warnings, "warning"), counted(damaged, "damaged line")].join(", ");
  return `${counted(lines, "line")}, ${verdict}`;
}

/** A log may hold anything; what would move a terminal's cursor is shown as a question mark. */
function printable(text: string): string {
  let shown = "";
  for (const character of text) {
    const code = character.charCodeAt(0);
    const moves = (code < 0x20 && character !== "\n") || (code >= 0x7f && code < 0xa0) || isBidi(code);
    shown += moves ? "?" : character;
  }
  return shown;
}

/** Characters that change the direction of what is printed behind them. */
function isBidi(code: number): boolean {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}
