/** What a rule of the house is: where it looks, what it finds, and why it is there. */

import { lineAt, type Source } from "./source.ts";

/** One place that breaks a rule. */
export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** What stands there, in a few words. */
  readonly what: string;
}

/** One rule of the house over one file at a time. */
export interface Rule {
  /** What holds, as a sentence: the title of its test. */
  readonly holds: string;
  /** Why, in a few words: the end of its failure message. */
  readonly reason: string;
  readonly appliesTo: (path: string) => boolean;
  readonly find: (source: Source) => Finding[];
}

/** The rooms that make up the published package. */
export const ROOMS: readonly string[] = ["machines", "sim", "fastpath", "actors", "trace"];

/** The top-level folder of a path; the path itself for a file at the top. */
export function roomOf(path: string): string {
  const slash = path.indexOf("/");
  return slash === -1 ? path : path.slice(0, slash);
}

/** Whether a path lies in one of the rooms. */
export function inRooms(...rooms: readonly string[]): (path: string) => boolean {
  return (path) => path.endsWith(".ts") && rooms.includes(roomOf(path));
}

/** Every place where a pattern (with the flag g) matches one view of the file. */
export function matches(source: Source, view: "text" | "code", pattern: RegExp): Finding[] {
  return [...source[view].matchAll(pattern)].map((match) => ({
    path: source.path,
    line: lineAt(source.text, match.index),
    what: source.text.slice(match.index, match.index + match[0].length).trim(),
  }));
}

/** What a broken rule says: every place on a line of its own, then the reason. */
export function complaint(rule: Pick<Rule, "reason">, findings: readonly Finding[]): string {
  const places = findings.map(({ path, line, what }) => `  ${path}:${line}: ${what}`);
  return `${findings.length} place(s):\n${places.join("\n")}\n  Why: ${rule.reason}`;
}
