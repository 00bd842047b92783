/** Reports as SARIF 2.1.0, the format in which code scanners exchange results (OASIS, sarif-v2.1.0). */
import { inDialect, RULES } from "../rules/mod.ts";
import type { Dialect, Rule } from "../rules/mod.ts";
import type { CheckReport, DamagedLine, LogFinding } from "./finding.ts";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One log that was checked. */
interface NamedReport {
  readonly name: string;
  readonly report: CheckReport;
}

const DIALECTS: readonly Dialect[] = ["windows", "linux"];

/**
 * One SARIF log. All files of one dialect make one run, because a run describes each rule once: where call logs and
 * Linux traces were checked together there are two, and each explains its rules in its readers' words.
 *
 * @param unreadable One sentence for each file that could not be read at all; the first run has them.
 */
export function sarifLog(
  reports: readonly { readonly name: string; readonly report: CheckReport }[],
  unreadable: readonly string[] = [],
): Json {
  const spoken = DIALECTS.filter((dialect) => reports.some(({ report }) => report.dialect === dialect));
  const [first = "windows", ...others] = spoken;
  const of = (dialect: Dialect): NamedReport[] => reports.filter(({ report }) => report.dialect === dialect);
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      run(first, of(first), unreadable, others.length > 0),
      ...others.map((dialect) => run(dialect, of(dialect), [], true)),
    ],
  };
}

function run(dialect: Dialect, reports: readonly NamedReport[], unreadable: readonly string[], named: boolean): Json {
  const used = [...new Set(reports.flatMap(({ report }) => report.findings.map(({ rule }) => rule)))].sort();
  const results = reports.flatMap(({ name, report }) => report.findings.map((one) => result(name, one, used)));
  const notifications: Json[] = [
    ...unreadable.map((text) => ({ level: "error", message: { text } })),
    ...reports.flatMap(({ name, report }) => report.damaged.map((one) => notification(name, one))),
  ];
  return {
    tool: { driver: { name: "dmactor", rules: used.map((name) => reportingDescriptor(name, dialect)) } },
    // Runs of one tool in one file are told apart by this.
    ...(named ? { automationDetails: { id: `dmactor/${dialect}/` } } : {}),
    columnKind: "utf16CodeUnits",
    invocations: [{
      executionSuccessful: notifications.length === 0,
      toolExecutionNotifications: notifications,
    }],
    results,
  };
}

function reportingDescriptor(name: string, dialect: Dialect): Json {
  const rule: Rule | undefined = (RULES as Readonly<Record<string, Rule>>)[name];
  if (rule === undefined) return { id: name };
  const { sentence, fix, severity, verifier, bugcheck, linux, source } = inDialect(rule, dialect);
  return {
    id: name,
    shortDescription: { text: sentence },
    help: { text: fix },
    defaultConfiguration: { level: severity },
    properties: { verifier, bugcheck, linux, source },
  };
}

function result(name: string, finding: LogFinding, used: readonly string[]): Json {
  const { rule, severity, message, fix, line, since, resource, state, call, expected, kind, kernel } = finding;
  return {
    ruleId: rule,
    ruleIndex: used.indexOf(rule),
    level: severity,
    message: { text: `${message} ${fix}` },
    locations: [location(name, line)],
    ...(since === null
      ? {}
      : { relatedLocations: [{ ...location(name, since), message: { text: "since this line" } }] }),
    properties: {
      resource,
      state,
      call,
      expected,
      ...(kind === undefined ? {} : { kind }),
      ...(kernel === undefined ? {} : { kernel }),
    },
  };
}

function notification(name: string, { line, column, message }: DamagedLine): Json {
  return { level: "error", message: { text: message }, locations: [location(name, line, column)] };
}

function location(name: string, startLine: number, startColumn = 1): { readonly [key: string]: Json } {
  return { physicalLocation: { artifactLocation: { uri: uriOf(name) }, region: { startLine, startColumn } } };
}

/** A path as a URI reference (RFC 3986): only its slashes mean something, and the letter of a drive. */
function uriOf(path: string): string {
  const [drive = "", ...rest] = path.replaceAll("\\", "/").split("/");
  const encoded = rest.map(encodeURIComponent);
  if (/^[A-Za-z]:$/.test(drive)) return ["file://", drive, ...encoded].join("/");
  return [encodeURIComponent(drive), ...encoded].join("/");
}
