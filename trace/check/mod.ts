/** The checker for call logs of real drivers, and of our own runs. */
export { CallLogChecker } from "./call_log_checker.ts";
export type { CheckOptions } from "./call_log_checker.ts";
export { checkCallLog, LogChecker } from "./check_call_log.ts";
export { exitStatus } from "./finding.ts";
export type { CheckReport, DamagedLine, LogFinding, LogNote, LogSummary } from "./finding.ts";
export type { Profile } from "./judge.ts";
export { LinuxTraceChecker } from "./linux_trace.ts";
export { LineCutter } from "./lines.ts";
export type { RawLine } from "./lines.ts";
export { sarifLog } from "./sarif.ts";
export type { Json } from "./sarif.ts";
export { linesShown, textReport } from "./text_report.ts";
export type { SourceLine } from "./text_report.ts";
