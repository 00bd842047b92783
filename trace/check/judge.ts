/**
 * Where findings are collected: one misuse, one leading finding; what only another kind of line can make certain waits
 * for it.
 */
import type { Misuse } from "../../machines/lifecycle.ts";
import type { RuleName } from "../../machines/rule.ts";
import type { Severity } from "../event.ts";
import { inDialect, ruleOfKind, RULES } from "../rules/mod.ts";
import type { Dialect } from "../rules/mod.ts";
import { expectedThere } from "./expected.ts";
import type { LogFinding } from "./finding.ts";

/** How many findings are kept; the rest is counted. */
const FINDINGS_KEPT = 10_000;
/** How many findings wait for certainty at a time. */
const SUSPICIONS_KEPT = 1000;

/** Whose transfer contexts are strictly sequential without being initialised again: KMDF's may be. */
export type Profile = "s0" | "kmdf";

/** What must appear in a log before some findings are certain. */
export type Evidence = "routine" | "device-done" | "dma-completion" | "dpc" | "waiting-insert";

/** Where and to what a misuse happened. */
export interface Site {
  readonly resource: string;
  readonly state?: string;
  readonly call: string;
  readonly expected?: readonly string[];
  readonly since: number | null;
  /** A clause with the numbers that decided. */
  readonly details?: string;
  readonly kind?: string;
  /** The line that was wrong, if it is not the present one. */
  readonly line?: number;
  /** It follows from a misuse that was reported already: a note. */
  readonly follows?: boolean;
  /** The log starts in the middle of it, so it can only be suspected: at most a warning. */
  readonly suspected?: boolean;
  /** The line shows it by itself: no line that could not be read explains it. */
  readonly byItself?: boolean;
  /** Beside another finding about the same line, not in its place. */
  readonly beside?: boolean;
  /** What the Linux kernel itself prints for it. */
  readonly kernel?: string;
  /** Another severity than the rule's. */
  readonly severity?: Severity;
  /** Another cure than the rule's, where it depends on what was done. */
  readonly fix?: string;
}

/** Collects findings. */
export class Judge {
  readonly profile: Profile;
  readonly dialect: Dialect;
  /** The line being read, from 1. */
  line = 0;
  dropped = 0;
  readonly findings: LogFinding[] = [];
  readonly #evidence = new Set<Evidence>();
  #suspicions: { readonly evidence: Evidence; readonly finding: LogFinding }[] = [];
  #ledLine = 0;
  #missedLine = 0;

  constructor(profile: Profile, dialect: Dialect = "windows") {
    this.profile = profile;
    this.dialect = dialect;
  }

  /** True if the present line has its leading finding. */
  get led(): boolean {
    return this.#ledLine === this.line;
  }

  /** The present line could not be read: what it said may explain what seems wrong from here on. */
  miss(): void {
    this.#missedLine = this.line;
  }

  /** Writes a finding down without reporting it: the line that explains it may be still to come. */
  draft(rule: RuleName, site: Site): LogFinding {
    return this.#finding(rule, site);
  }

  /** Reports what was written down: nothing has explained it. Where something still may, it is only suspected. */
  keepDraft(finding: LogFinding, suspected: boolean): void {
    if (suspected && finding.severity === "error") finding.severity = "warning";
    this.#keep(finding);
  }

  /** Reports a rule; null if this line has its leading finding already. */
  report(rule: RuleName, site: Site): LogFinding | null {
    // A chart that has no name for what it met says nothing about the driver: the log may lack lines.
    if (rule === "UnexpectedEvent") return null;
    if (site.beside !== true) {
      if (this.#ledLine === this.line) return null;
      this.#ledLine = this.line;
    }
    return this.#keep(this.#finding(rule, site));
  }

  /** Reports the first of what a chart had to say. True if it said anything. */
  reportFirst(misuses: readonly Misuse[], site: Site): boolean {
    const [first] = misuses;
    if (first === undefined) return false;
    this.report(first.rule, first.misuseKind === undefined ? site : { kind: first.misuseKind, ...site });
    return true;
  }

  /** Reports a rule now if the log has shown such a line, else when it does; never, if it never does. */
  reportWhen(evidence: Evidence, rule: RuleName, site: Site): void {
    if (this.#evidence.has(evidence)) this.report(rule, site);
    else if (this.#suspicions.length < SUSPICIONS_KEPT) {
      this.#suspicions.push({ evidence, finding: this.#finding(rule, site) });
    }
  }

  /** True if the log has shown such a line. */
  hasSeen(evidence: Evidence): boolean {
    return this.#evidence.has(evidence);
  }

  /** The log shows such lines: what waited for them is certain. */
  see(evidence: Evidence): void {
    if (this.#evidence.has(evidence)) return;
    this.#evidence.add(evidence);
    for (const suspicion of this.#suspicions) if (suspicion.evidence === evidence) this.#keep(suspicion.finding);
    this.#suspicions = this.#suspicions.filter((suspicion) => suspicion.evidence !== evidence);
  }

  #keep(finding: LogFinding): LogFinding {
    if (this.findings.length < FINDINGS_KEPT) this.findings.push(finding);
    else this.dropped++;
    return finding;
  }

  #finding(name: RuleName, site: Site): LogFinding {
    const rule = inDialect(ruleOfKind(RULES[name], site.kind), this.dialect);
    const { details, kind, kernel } = site;
    return {
      rule: name,
      ...(kind === undefined ? {} : { kind }),
      severity: this.#severity(name, site),
      verifier: rule.verifier,
      bugcheck: rule.bugcheck,
      linux: rule.linux,
      line: site.line ?? this.line,
      since: site.since,
      resource: site.resource,
      state: site.state ?? "",
      call: site.call,
      expected: this.#expected(name, site),
      message: details === undefined ? rule.sentence : `${rule.sentence.slice(0, -1)}: ${details}.`,
      fix: site.fix ?? rule.fix,
      ...(kernel === undefined ? {} : { kernel }),
    };
  }

  #expected(name: RuleName, { kind, call, expected = [] }: Site): readonly string[] {
    return this.dialect === "linux" ? expected : expectedThere(name, kind, call, expected);
  }

  #severity(name: RuleName, { follows, suspected, severity, since, byItself }: Site): Severity {
    if (follows === true) return "note";
    if (severity !== undefined) return severity;
    const own = RULES[name].severity;
    if (own !== "error") return own;
    const tolerated = this.profile === "kmdf" && name === "TransferContextNotReinitialised";
    // Whatever happened between the line that it came from and this one, the log does not tell all of it.
    const missed = byItself !== true && this.#missedLine > (since ?? 0);
    return suspected === true || tolerated || missed ? "warning" : "error";
  }
}
