/**
 * What the disasters have in common: a driver of a few lines runs, its call log is given to the checker, the
 * simulator's own findings must name the same rules, and strict mode shows the bug check. Then the cured driver, of
 * which nobody may say anything.
 */
import { BugCheck, CallLogTracer, LogChecker, RULES, StrictFinding, tee, textReport } from "../mod.ts";
import type { BenchOptions, CheckOptions, CheckReport, Finding, RuleName, Tracer } from "../mod.ts";
import { NO_FIGURES } from "./figures_of_row.ts";
import type { OptionName, Values } from "./options.ts";
import type { Recorder, Row, Run } from "./story.ts";
import { counted } from "./units.ts";

/** What every run of a disaster says of itself. */
export interface Misused {
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time of the run. */
  readonly simulatedNs: number;
}

/** A run, and what is expected of it. */
export interface Act<Result extends Misused> {
  /** Unique within the story, fit for a file name. */
  readonly name: string;
  /** The rules that it breaks; none for a cured run. */
  readonly breaks: readonly RuleName[];
  /** Rules that only the checker names, from the log as a whole: the simulator answers such a call with a reason. */
  readonly lints?: readonly RuleName[];
  /** The stop code that Windows shows for the first of them; none if Windows goes on. */
  readonly stops?: string;
  /** How its log is judged. */
  readonly check?: CheckOptions;
  /** Runs the driver in a world of these options. */
  readonly run: (world: BenchOptions) => Result;
}

/** A run that is over. */
export interface Enacted<Result extends Misused> {
  readonly act: Act<Result>;
  readonly result: Result;
  /** What the checker says of the run's call log. */
  readonly report: CheckReport;
  /** The same as text, the log named after the run. */
  readonly text: readonly string[];
  /** What strict mode stopped with; null if with nothing. */
  readonly crash: StrictFinding | null;
  /** Where it went otherwise than expected: one sentence each. */
  readonly failures: readonly string[];
}

const CHANNELS: Run["channels"] = ["h2c0", "c2h0"];

/** Common options that change nothing for a driver of a few lines. */
export const WITHOUT: Partial<Record<OptionName, string>> = {
  channels: "its driver has one engine each way",
  link: "what goes wrong does not depend on how fast anything is",
  polling: "its driver asks the engine's status",
};

/** The world that the options ask for. */
export function worldOf({ seed, engine, iommu }: Values): BenchOptions {
  return { seed, engine, iommu };
}

/** Runs an act twice: watched, for its findings and its log; and strictly, for the crash. */
export function enact<Result extends Misused>(
  recorder: Recorder,
  world: BenchOptions,
  act: Act<Result>,
): Enacted<Result> {
  const { name, run } = act;
  let log = "";
  const result = recorder.record({ name, channels: CHANNELS }, (watching) => {
    const tracer = new CallLogTracer((piece) => log += piece, { channels: CHANNELS });
    const trace: Tracer = watching === undefined ? tracer : tee(watching, tracer);
    const outcome = run({ ...world, trace });
    tracer.end();
    return outcome;
  });
  const checker = new LogChecker(act.check);
  checker.push(new TextEncoder().encode(log));
  const report = checker.finish();
  const crash = crashOf(() => run({ ...world, strict: true }));
  return {
    act,
    result,
    report,
    text: textReport(`${name}.jsonl`, report).split("\n"),
    crash,
    failures: failuresOf(act, result, report, crash),
  };
}

/** What a strict run stops with; null if it comes to its end. */
export function crashOf(run: () => void): StrictFinding | null {
  try {
    run();
    return null;
  } catch (crash) {
    if (!(crash instanceof StrictFinding)) throw crash;
    return crash;
  }
}

function failuresOf(
  { name, breaks, lints = [], stops }: Act<Misused>,
  { findings }: Misused,
  { findings: found, damaged }: CheckReport,
  crash: StrictFinding | null,
): string[] {
  const simulated = named(findings);
  const checked = named(found);
  // What no log can show, only the simulator names.
  const decidable = simulated.filter((rule) => RULES[rule as RuleName].undecidable === null);
  const warned = new Set<string>(findings.filter(({ severity }) => severity === "warning").map(({ rule }) => rule));
  const stopped = crash instanceof BugCheck ? crash.stopCode : undefined;
  return [
    ...differing(`${name}: the simulator names`, simulated, [...breaks].sort()),
    ...differing(`${name}: the checker names`, checked, [...decidable, ...lints].sort()),
    ...(damaged.length > 0 ? [`${name}: ${damaged.length} lines of its log are damaged`] : []),
    ...(stopped === stops ? [] : [`${name}: stops with ${stopped ?? "nothing"}, expected ${stops ?? "nothing"}`]),
    ...((crash === null) === breaks.every((rule) => warned.has(rule))
      ? []
      : [`${name}: strict mode stops with ${crash?.finding.rule}`]),
  ];
}

/** Rules worse than a note, each once, in the order of the alphabet. */
function named(findings: readonly { readonly rule: string; readonly severity: string }[]): string[] {
  const serious = findings.filter(({ severity }) => severity !== "note");
  return [...new Set(serious.map(({ rule }) => rule))].sort();
}

function differing(who: string, is: readonly string[], expected: readonly string[]): string[] {
  if (is.join() === expected.join()) return [];
  return [`${who} ${is.join(", ") || "nothing"}, expected ${expected.join(", ") || "nothing"}`];
}

/** A heading and what stands under it, with an empty line before. Lines that are too long are folded, not changed. */
export function section(heading: string, ...lines: readonly string[]): string[] {
  return ["", `  ${heading}`, "", ...lines.flatMap((line) => folded(`    ${line}`))];
}

/** Columns of a terminal that a story may use. */
const COLUMNS = 116;

/** A line in pieces that fit, broken between words; what goes on stands four columns further in. */
function folded(line: string): string[] {
  const indent = " ".repeat(line.length - line.trimStart().length + 4);
  const pieces: string[] = [];
  let rest = line.trimEnd();
  while (rest.length > COLUMNS) {
    const end = rest.lastIndexOf(" ", COLUMNS);
    if (end < indent.length) break;
    pieces.push(rest.slice(0, end));
    rest = indent + rest.slice(end + 1);
  }
  return [...pieces, rest];
}

/** What the checker prints, under a heading that says of which run. */
export function checkerSection({ act, text }: Enacted<Misused>): string[] {
  return section(`deno task check ${act.name}.jsonl`, ...text);
}

/** The blue screen, under a heading; nothing where Windows goes on. */
export function crashSection({ crash }: Enacted<Misused>): string[] {
  if (!(crash instanceof BugCheck)) return [];
  const byVerifier = crash.stopCode === "0xE6" && crash.finding.rule !== "DeviceAccessOutsideMapping";
  return section(`What Windows shows${byVerifier ? ", if Driver Verifier checks DMA" : ""}`, ...crash.lines);
}

/** What a story says of its failures, in place of its verdict; null if there are none. */
export function brokenVerdict(failures: readonly string[]): string | null {
  return failures.length === 0 ? null : `Broken: ${counted(failures.length, "failure")}, see the error stream.`;
}

/** The row of a run in `--json`. */
export function rowOf({ act, result, crash, report }: Enacted<Misused>, more: Partial<Row> = {}): Row {
  return {
    strategy: act.name,
    ...NO_FIGURES,
    simulatedNs: result.simulatedNs,
    rules: named(result.findings),
    lines: report.findings.map(({ line }) => line),
    stopCode: crash instanceof BugCheck ? crash.stopCode : null,
    ...more,
  };
}
