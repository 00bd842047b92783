/**
 * Where misuse by the driver under test is collected. Findings are values: the run goes on, unless somebody asked for
 * the crash that Windows would show.
 */
import type { Misuse } from "../machines/lifecycle.ts";
import type { RuleName } from "../machines/rule.ts";
import type { VirtualClock } from "../sim/clock.ts";
import type { Finding, Severity, Tracer } from "../trace/event.ts";

/** Rules that a legal, if odd, driver can meet: warnings, never errors. */
const WARNINGS: ReadonlySet<string> = new Set(["FreeWithoutGrant"]);

/** What the details of a finding begin with whose rule this world has opted out of. */
const OPTED_OUT = "broken knowingly: this system has opted out of the rule";

/** What is known of a misuse where it happened. */
export interface MisuseSite {
  /** The resource that was misused, by name. */
  readonly resource: string;
  /** The state it was in. */
  readonly state: string;
  /** The call or event that broke the rule. */
  readonly call: string;
  /** What would have been legal in that state. */
  readonly expected: readonly string[];
  /** Since when it was in that state; null if nobody knows. */
  readonly sinceNs: number | null;
  /** The figures, where there are any. */
  readonly details?: string;
}

/** Thrown in strict mode at the first error, as Windows would bug-check. */
export class StrictFinding extends Error {
  /** `StrictFinding`. */
  override name = "StrictFinding";
  /** What was found. */
  readonly finding: Finding;

  /** Says the finding in one sentence. */
  constructor(finding: Finding) {
    super(`${finding.rule}: ${finding.call} on ${finding.resource} in state ${finding.state}`);
    this.finding = finding;
  }
}

/** Collects findings in the order in which they happened. */
export class FindingLog {
  /** Everything found, in order of time. */
  readonly all: Finding[] = [];
  /**
   * Rules that whoever built this world breaks knowingly, because the whole system is qualified (S3-20). What breaks
   * them is recorded as a note that says so, and does not make a run unclean.
   */
  readonly optOut: readonly RuleName[];
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #strict: boolean;

  /** `strict`: throw at the first error. `optOut`: rules that this world breaks knowingly. */
  constructor(clock: VirtualClock, trace: Tracer, strict = false, optOut: readonly RuleName[] = []) {
    this.#clock = clock;
    this.#trace = trace;
    this.#strict = strict;
    this.optOut = optOut;
  }

  /** Errors only: what makes a run not clean. */
  get errors(): readonly Finding[] {
    return this.all.filter((finding) => finding.severity === "error");
  }

  /**
   * Takes a misuse.
   *
   * @throws {StrictFinding} in strict mode, if the misuse is an error.
   */
  add(misuse: Omit<Misuse, "type">, site: MisuseSite): void {
    const knowingly = this.optOut.includes(misuse.rule);
    const severity: Severity = knowingly ? "note" : WARNINGS.has(misuse.rule) ? "warning" : "error";
    const details = site.details ?? "";
    const finding: Finding = {
      rule: misuse.rule,
      kind: misuse.misuseKind ?? null,
      severity,
      resource: site.resource,
      state: site.state,
      call: site.call,
      expected: site.expected,
      sinceNs: site.sinceNs,
      details: knowingly ? `${OPTED_OUT}${details === "" ? "" : `: ${details}`}` : details,
    };
    this.all.push(finding);
    if (this.#trace.on) this.#trace.emit({ kind: "finding", atNs: this.#clock.nowNs, finding });
    if (this.#strict && severity === "error") throw new StrictFinding(finding);
  }
}
