/** The catalogue: complete against its sources, and worded for a reader. */
import { assert, assertEquals } from "@std/assert";
import { bugCheckRow } from "../../actors/bug_checks.ts";
import { decidableRules, RULE_KINDS, ruleOfKind, RULES, UNNAMED } from "../../trace/rules/mod.ts";
import { rules } from "../../tools/rules/cli.ts";
import { rulesIn } from "../../tools/rules/named.ts";
import { titlesIn } from "../../tools/seeds/titles.ts";
import { readTree } from "../../tools/tidy/tree.ts";

const ALL = Object.values(RULES);

Deno.test("every parameter of bug check 0xE6 has a rule or a reason", () => {
  const known = new Set([...ALL, ...UNNAMED].map(({ verifier }) => verifier));
  const missing = Array.from({ length: 0x27 }, (_, number) => `0x${number.toString(16).toUpperCase().padStart(2, "0")}`)
    .filter((parameter) => !known.has(parameter));
  assertEquals(missing, []);
});

Deno.test("every check of Linux' DMA-API debugging has a rule", () => {
  const known = new Set(ALL.map(({ linux }) => linux));
  // L19 is L9 for a sync: one name, one number.
  const missing = Array.from({ length: 23 }, (_, index) => `L${index + 1}`).filter((number) => !known.has(number));
  assertEquals(missing, ["L19"]);
});

Deno.test("a rule is named as its key, in sentences, with a source", () => {
  for (const [name, rule] of Object.entries(RULES)) {
    assertEquals(rule.name, name);
    for (const text of [rule.sentence, rule.fix]) assert(/^[A-Z].*\.$/.test(text), `${name}: ${text}`);
    assert(rule.source !== "", name);
  }
});

Deno.test("what a kind says in its rule's place are sentences, and numbers are only taken away", () => {
  for (const rule of ALL) {
    for (const [kind, other] of Object.entries(RULE_KINDS[rule.name] ?? {})) {
      const told = ruleOfKind(rule, kind);
      for (const text of [told.sentence, told.fix]) assert(/^[A-Z].*\.$/.test(text), `${rule.name} ${kind}: ${text}`);
      assert([rule.verifier, null].includes(told.verifier) && [rule.bugcheck, null].includes(told.bugcheck), kind);
      assert(Object.keys(other).length > 0, kind);
    }
    assertEquals(ruleOfKind(rule, "no such kind"), rule);
  }
});

Deno.test("where a kind has no number in the catalogue, a strict run shows no bug check, and the other way round", () => {
  for (const rule of ALL) {
    for (const [kind, { verifier, bugcheck }] of Object.entries(RULE_KINDS[rule.name] ?? {})) {
      const numbered = rule.verifier !== null || rule.bugcheck !== null;
      assertEquals(bugCheckRow(rule.name, kind) === null, !numbered || verifier === null || bugcheck === null, kind);
    }
  }
});

Deno.test("warnings are the rules that can only be suspected", () => {
  const warnings = decidableRules().filter(({ severity }) => severity === "warning").map(({ name }) => name);
  assertEquals(warnings.sort(), [
    "FreeWithoutGrant",
    "KernelMemoryMappedToUser",
    "MappingLeakSuspected",
    "StatusNotChecked",
  ]);
});

Deno.test("a title names the rules before its colon, and no other word counts", () => {
  assertEquals(rulesIn("SglDoublePut: a list put twice"), ["SglDoublePut"]);
  assertEquals(rulesIn("MissingPut and AdapterNotPut: both"), ["MissingPut", "AdapterNotPut"]);
  assertEquals(rulesIn("a SglDoublePut without a colon"), []);
});

Deno.test("every rule that a log can show is provoked by a test", () => {
  const tests = readTree(new URL("../../", import.meta.url))
    .filter(({ path }) => /^tests\/check\/.*_test\.ts$/.test(path));
  const { status, out } = rules(["--strict", "--missing"], tests.flatMap(titlesIn));
  assertEquals(status, 0, out);
});
