/**
 * Where misuse by the driver under test is collected. Findings are values: the run goes on, unless somebody asked for
 * the crash that Windows would show.
 */
import type { Misuse } from "../machines/lifecycle.ts";
import type { VirtualClock } from "../sim/clock.ts";
import type { Finding, Severity, Tracer } from "../trace/event.ts";

/** Rules that a legal, if odd, driver can meet: warnings, never errors. */
const WARNINGS: ReadonlySet<string> = new Set(["FreeWithoutGrant", "FreeAdapterObjectKeepObject"]);

/** What is known of a misuse where it happened. */
export interface MisuseSite {
  readonly resource: string;
  readonly state: string;
  readonly call: string;
  readonly expected: readonly string[];
  readonly sinceNs: number | null;
  readonly details?: string;
}

/** Thrown in strict mode at the first error, as Windows would bug-check. */
export class StrictFinding extends Error {
  override name = "StrictFinding";
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`${finding.rule}: ${finding.call} on ${finding.resource} in state ${finding.state}`);
    this.finding = finding;
  }
}

/** Collects findings in the order in which they happened. */
export class FindingLog {
  readonly all: Finding[] = [];
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #strict: boolean;

  constructor(clock: VirtualClock, trace: Tracer, strict = false) {
    this.#clock = clock;
    this.#trace = trace;
    this.#strict = strict;
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
    const severity: Severity = WARNINGS.has(misuse.rule) ? "warning" : "error";
    const finding: Finding = {
      rule: misuse.rule,
      kind: misuse.misuseKind ?? null,
      severity,
      resource: site.resource,
      state: site.state,
      call: site.call,
      expected: site.expected,
      sinceNs: site.sinceNs,
      details: site.details ?? "",
    };
    this.all.push(finding);
    if (this.#trace.on) this.#trace.emit({ kind: "finding", atNs: this.#clock.nowNs, finding });
    if (this.#strict && severity === "error") throw new StrictFinding(finding);
  }
}
