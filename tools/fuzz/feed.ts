/** Feeds one input to the checker, in pieces of any size, and holds what must be true of any report. */
import { Prng } from "../../sim/prng.ts";
import { LogChecker, sarifLog, textReport } from "../../trace/check/mod.ts";
import type { CheckReport } from "../../trace/check/mod.ts";
import type { FuzzInput } from "./input.ts";

const NEWLINE = 10;

/** What is wrong with the checker, or null. Whatever it throws is wrong. */
export function complaint({ bytes }: FuzzInput, seed: number): string | null {
  try {
    const report = fed(bytes, new Prng(seed).fork("pieces"));
    return wrongIn(report, bytes);
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.stack ?? error.message : String(error)}`;
  }
}

function fed(bytes: Uint8Array, random: Prng): CheckReport {
  const checker = new LogChecker({ profile: random.chance(0.5) ? "s0" : "kmdf" });
  const piece = random.pick([1, 3, 64, 1000, 1 << 20]);
  for (let at = 0; at < bytes.length; at += piece) checker.push(bytes.subarray(at, at + piece));
  return checker.finish();
}

function wrongIn(report: CheckReport, bytes: Uint8Array): string | null {
  const { summary, findings, damaged } = report;
  let lines = bytes.length > 0 && bytes.at(-1) !== NEWLINE ? 1 : 0;
  for (const byte of bytes) if (byte === NEWLINE) lines++;
  if (summary.lines !== lines) return `${summary.lines} lines were read of ${lines}`;
  const { errors, warnings, notes, findingsDropped } = summary;
  if (errors + warnings + notes !== findings.length) return "the summary does not count its findings";
  if (findingsDropped < 0 || damaged.length > summary.damaged) return "the summary does not count what it dropped";
  for (const { line, since, rule } of findings) {
    if (!(line >= 1 && line <= lines)) return `${rule} is in line ${line} of ${lines}`;
    if (since !== null && !(since >= 1 && since <= line)) return `${rule} of line ${line} is since line ${since}`;
  }
  for (const { line, column } of damaged) {
    if (!(line >= 1 && line <= lines && column >= 1)) return `a damaged line ${line}:${column} of ${lines}`;
  }
  const texts = [
    textReport("log", report),
    JSON.stringify(report),
    JSON.stringify(sarifLog([{ name: "log", report }])),
  ];
  // deno-lint-ignore no-control-regex -- a report must not spoil the terminal, whatever the log holds
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(texts[0]!)) return "a control character in the text report";
  return null;
}
