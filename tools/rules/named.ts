/** Which rules the tests provoke: a test that does so begins its title with the rule's name. */

import { decidableRules, RULES } from "../../trace/rules/mod.ts";
import type { Rule } from "../../trace/rules/mod.ts";
import type { Title } from "../seeds/titles.ts";

/** The section of the rules that Linux has too. */
export const LINUX = "Linux, DMA-API debugging";

/** One source's rules and the tests that provoke them. */
export interface Section {
  readonly name: string;
  readonly rules: readonly { readonly rule: Rule; readonly tests: readonly Title[] }[];
}

/** The rules that a title names, before its colon: `SglDoublePut: …`, `A and B: …`. */
export function rulesIn(title: string): string[] {
  const colon = title.indexOf(":");
  return colon < 0 ? [] : title.slice(0, colon).split(/[^A-Za-z0-9]+/).filter((word) => word in RULES);
}

/** Every decidable rule in the sections of its sources; a rule that two sources know stands in both. */
export function sections(titles: readonly Title[]): Section[] {
  const tests = titles.filter(({ ignored }) => !ignored);
  const provoked = new Map<string, Title[]>();
  for (const test of tests) {
    for (const name of rulesIn(test.title)) provoked.set(name, [...provoked.get(name) ?? [], test]);
  }
  const section = (name: string, belongs: (rule: Rule) => boolean): Section => ({
    name,
    rules: decidableRules().filter(belongs).map((rule) => ({ rule, tests: provoked.get(rule.name) ?? [] })),
  });
  return [
    section("Driver Verifier, bug check 0xE6", ({ verifier }) => verifier !== null),
    section(LINUX, ({ linux }) => linux !== null),
    section("the requirements and the documentation", ({ verifier, linux }) => verifier === null && linux === null),
  ];
}
