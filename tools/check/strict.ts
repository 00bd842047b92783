/** `--strict`: warnings are errors, and notes count. */

import type { CheckReport } from "../../trace/check/mod.ts";
import { exitStatus } from "../../trace/check/mod.ts";

/** The report with every warning made an error. */
export function strictly(report: CheckReport): CheckReport {
  const { errors, warnings } = report.summary;
  for (const finding of report.findings) if (finding.severity === "warning") finding.severity = "error";
  return { ...report, summary: { ...report.summary, errors: errors + warnings, warnings: 0 } };
}

/** The exit status of one file. A name that is unknown counts as a note does. */
export function statusOf(report: CheckReport, strict: boolean): 0 | 1 | 2 {
  const status = exitStatus(report);
  return status === 0 && strict && report.summary.notes + report.notes.length > 0 ? 1 : status;
}
