/** A report made of what a judge has collected. */
import type { CheckReport, DamagedLine, LogFinding, LogNote, LogSummary } from "./finding.ts";
import type { Judge } from "./judge.ts";

/** Sorts the findings by line and counts them. */
export function tallied(
  { findings, dropped, dialect }: Judge,
  counts: Pick<LogSummary, "lines" | "calls" | "events" | "damaged">,
  damaged: readonly DamagedLine[],
  notes: readonly LogNote[],
): CheckReport {
  findings.sort((one, other) => one.line - other.line);
  const tally = (severity: LogFinding["severity"]): number =>
    findings.reduce((sum, finding) => sum + (finding.severity === severity ? 1 : 0), 0);
  const severities = { errors: tally("error"), warnings: tally("warning"), notes: tally("note") };
  return { dialect, findings, damaged, notes, summary: { ...counts, ...severities, findingsDropped: dropped } };
}
