/**
 * Where misuse by the driver under test is collected. Findings are values: the run goes on, unless somebody asked for
 * the crash that Windows would show.
 */
import type { Misuse } from "../machines/lifecycle.ts";
import type { RuleName } from "../machines/rule.ts";
import type { VirtualClock } from "../sim/clock.ts";
import type { Finding, Severity, Tracer } from "../trace/event.ts";
import { bugCheckFor } from "./bug_check.ts";
import type { CrashFigures } from "./bug_checks.ts";
import type { StorySoFar } from "./story_so_far.ts";
import { StrictFinding } from "./strict_finding.ts";

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
  /** What the parameters of a bug check would show, as far as the place of the misuse knows it. */
  readonly figures?: CrashFigures;
}

/** Says what the world around a finding knows of it, for the parameters of a bug check. */
export type CrashWitness = (finding: Finding) => CrashFigures;

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
  readonly #story: StorySoFar | null;
  readonly #warnings = new Set<string>(WARNINGS);
  #witness: CrashWitness = () => ({});

  /**
   * `strict`: throw at the first error; what led to it is told by a {@link StorySoFar} that hears the same events as
   * `trace`. `optOut`: rules that this world breaks knowingly.
   */
  constructor(clock: VirtualClock, trace: Tracer, strict: StorySoFar | null = null, optOut: readonly RuleName[] = []) {
    this.#clock = clock;
    this.#trace = trace;
    this.#story = strict;
    this.optOut = optOut;
  }

  /** From now on, this rule is a warning: whoever built this world knows that it is tolerated there. */
  warnOnly(rule: RuleName): void {
    this.#warnings.add(rule);
  }

  /** Says who knows the figures of a crash. Asked in strict mode only. */
  callWitness(witness: CrashWitness): void {
    this.#witness = witness;
  }

  /** Errors only: what makes a run not clean. */
  get errors(): readonly Finding[] {
    return this.all.filter((finding) => finding.severity === "error");
  }

  /**
   * Takes a misuse.
   *
   * @throws {StrictFinding} in strict mode, if the misuse is an error: a {@link BugCheck} where Windows has one.
   */
  add(misuse: Omit<Misuse, "type">, site: MisuseSite): void {
    const knowingly = this.optOut.includes(misuse.rule);
    const severity: Severity = knowingly ? "note" : this.#warnings.has(misuse.rule) ? "warning" : "error";
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
    if (this.#story !== null && severity === "error") throw this.#crash(this.#story, finding, site);
  }

  #crash(story: StorySoFar, finding: Finding, { figures }: MisuseSite): StrictFinding {
    const { resource, kind } = finding;
    const pointer = story.pointerOf(resource);
    const known: CrashFigures = {
      ...(pointer === null ? {} : { pointer }),
      ...(kind === null ? {} : { kind }),
      ...this.#witness(finding),
      ...figures,
    };
    return bugCheckFor(finding, known, story.of(resource)) ?? new StrictFinding(finding);
  }
}
