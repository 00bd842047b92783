/** A report for a person, in the manner of a compiler: where, how bad, which rule, and what to do. */
import type { CheckReport, LogFinding } from "./finding.ts";

/** The report of one log, a line break between its lines and none at the end. */
export function textReport(name: string, report: CheckReport): string {
  const { findings, damaged, notes, summary } = report;
  const lines = [
    ...damaged.map(({ line, column, message }) => ({ line, text: `${name}:${line}:${column} damaged: ${message}` })),
    ...findings.map((finding) => ({ line: finding.line, text: findingText(name, finding) })),
  ].sort((one, other) => one.line - other.line).map(({ text }) => text);
  for (const { line, message } of notes) {
    lines.push(line === 0 ? `${name}: note: ${message}` : `${name}:${line}:1 note: ${message}`);
  }
  if (damaged.length < summary.damaged) lines.push(`${name}: ${summary.damaged - damaged.length} more damaged lines`);
  if (summary.findingsDropped > 0) lines.push(`${name}: ${summary.findingsDropped} more findings`);
  lines.push(`${name}: ${summaryText(report)}`);
  return lines.join("\n");
}

function findingText(name: string, finding: LogFinding): string {
  const { line, severity, rule, kind, since, state, expected, fix, resource, call, message } = finding;
  const numbers = numbersOf(finding);
  const rows = [
    `${name}:${line}:1 ${severity} ${rule}${kind === undefined ? "" : `(${kind})`}${numbers}: ${message}`,
    `  ${call} on ${resource}${state === "" ? "" : `, which is ${state}`}`,
  ];
  if (since !== null) rows.push(`  since ${name}:${since}:1`);
  if (expected.length > 0) rows.push(`  expected ${expected.join(", ")}`);
  rows.push(`  fix: ${fix}`);
  return rows.join("\n");
}

function numbersOf({ verifier, bugcheck, linux }: LogFinding): string {
  const numbers = [verifier === null ? null : `0xE6/${verifier}`, bugcheck, linux].filter((number) => number !== null);
  return numbers.length === 0 ? "" : ` (${numbers.join(", ")})`;
}

function summaryText({ summary }: CheckReport): string {
  const { lines, errors, warnings, damaged } = summary;
  const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  const verdict = errors + warnings + damaged === 0
    ? "clean"
    : [counted(errors, "error"), counted(warnings, "warning"), counted(damaged, "damaged line")].join(", ");
  return `${counted(lines, "line")}, ${verdict}`;
}
