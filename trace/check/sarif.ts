/** Reports as SARIF 2.1.0, the format in which code scanners exchange results (OASIS, sarif-v2.1.0). */
import { RULES } from "../rules/mod.ts";
import type { Rule } from "../rules/mod.ts";
import type { CheckReport, DamagedLine, LogFinding } from "./finding.ts";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * One SARIF log with one run over all files.
 *
 * @param unreadable One sentence for each file that could not be read at all.
 */
export function sarifLog(
  reports: readonly { readonly name: string; readonly report: CheckReport }[],
  unreadable: readonly string[] = [],
): Json {
  const used = [...new Set(reports.flatMap(({ report }) => report.findings.map(({ rule }) => rule)))].sort();
  const results = reports.flatMap(({ name, report }) => report.findings.map((one) => result(name, one, used)));
  const notifications: Json[] = [
    ...unreadable.map((text) => ({ level: "error", message: { text } })),
    ...reports.flatMap(({ name, report }) => report.damaged.map((one) => notification(name, one))),
  ];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "dmactor", rules: used.map(reportingDescriptor) } },
      columnKind: "utf16CodeUnits",
      invocations: [{
        executionSuccessful: notifications.length === 0,
        toolExecutionNotifications: notifications,
      }],
      results,
    }],
  };
}

function reportingDescriptor(name: string): Json {
  const rule: Rule | undefined = (RULES as Readonly<Record<string, Rule>>)[name];
  if (rule === undefined) return { id: name };
  const { sentence, fix, severity, verifier, bugcheck, linux, source } = rule;
  return {
    id: name,
    shortDescription: { text: sentence },
    help: { text: fix },
    defaultConfiguration: { level: severity },
    properties: { verifier, bugcheck, linux, source },
  };
}

function result(name: string, finding: LogFinding, used: readonly string[]): Json {
  const { rule, severity, message, fix, line, since, resource, state, call, expected, kind } = finding;
  return {
    ruleId: rule,
    ruleIndex: used.indexOf(rule),
    level: severity,
    message: { text: `${message} ${fix}` },
    locations: [location(name, line)],
    ...(since === null
      ? {}
      : { relatedLocations: [{ ...location(name, since), message: { text: "since this line" } }] }),
    properties: { resource, state, call, expected, ...(kind === undefined ? {} : { kind }) },
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
