/** What the checker says: findings with the line that was wrong, and what else a reader of the log should know. */
import type { Severity } from "../event.ts";
import type { Dialect } from "../rules/mod.ts";

/** A misuse in a log. The keys, and their order, are those of the published JSON. */
export interface LogFinding {
  /** The rule's name. */
  readonly rule: string;
  /** A kind inside the rule, such as the second parameter of the bug check; absent where the rule has none. */
  readonly kind?: string;
  /** Settled when the report is made; changed afterwards only by who wants warnings to be errors. */
  severity: Severity;
  /** Parameter 1 of bug check 0xE6, or null; always null for a Linux trace, and so is {@link LogFinding.bugcheck}. */
  readonly verifier: string | null;
  /** Another bug check, or null. */
  readonly bugcheck: string | null;
  /** Linux' number, `L1` … `L23`, or null. */
  readonly linux: string | null;
  /** From 1: where it became certain. */
  readonly line: number;
  /** The line that created what is wrong; null where none did. */
  readonly since: number | null;
  /** What it happened to, such as `list 0xb1`. */
  readonly resource: string;
  /** The state of that resource's lifecycle when it happened. */
  readonly state: string;
  /** The call or happening that was wrong. */
  readonly call: string;
  /** What would have been legal there: routines by their DDI names and happenings of a call log, or Linux' events. */
  readonly expected: readonly string[];
  /** One sentence, with the numbers that decided. Changed only where a later line makes a suspicion certain. */
  message: string;
  /** What to call, or to do, instead. */
  readonly fix: string;
  /**
   * What the Linux kernel prints for it with CONFIG_DMA_API_DEBUG, without the figures. Absent where it says nothing,
   * and for logs that are no Linux traces.
   */
  readonly kernel?: string;
}

/** A line that could not be read. */
export interface DamagedLine {
  /** From 1. */
  readonly line: number;
  /** From 1: the character at which it stopped making sense; 1 where the whole line is meant. */
  readonly column: number;
  /** One sentence: what is wrong and what was expected. */
  readonly message: string;
}

/** Something worth knowing that is nobody's fault, such as a routine's name that the checker does not know. */
export interface LogNote {
  /** From 1; 0 for the log as a whole. */
  readonly line: number;
  /** One clause. */
  readonly message: string;
}

/** The figures of one log. */
export interface LogSummary {
  /** Lines read, blank ones and comments too. */
  readonly lines: number;
  /** Calls of routines. */
  readonly calls: number;
  /** Happenings; of a Linux trace, its dma events. */
  readonly events: number;
  /** Lines that could not be read. */
  readonly damaged: number;
  /** Findings that are errors. */
  readonly errors: number;
  /** Findings that are warnings. */
  readonly warnings: number;
  /** Findings that are notes. */
  readonly notes: number;
  /** Findings beyond those that are kept (the first 10 000). */
  readonly findingsDropped: number;
}

/** Everything the checker says about one log. */
export interface CheckReport {
  /** In whose words the findings are: those of the system that the log comes from. */
  readonly dialect: Dialect;
  /** In the order of their lines. */
  readonly findings: readonly LogFinding[];
  /** The first 100 of them. */
  readonly damaged: readonly DamagedLine[];
  /** What is nobody's fault: unknown names, an empty log. */
  readonly notes: readonly LogNote[];
  /** The figures. */
  readonly summary: LogSummary;
}

/** 0 nothing worse than notes, 1 findings, 2 lines that could not be read. */
export function exitStatus({ summary }: CheckReport): 0 | 1 | 2 {
  if (summary.damaged > 0) return 2;
  return summary.errors + summary.warnings > 0 ? 1 : 0;
}
