/** The catalogue: complete against its sources, and worded for a reader. */
import { assert, assertEquals } from "@std/assert";
import { decidableRules, RULES, UNNAMED } from "../../trace/rules/mod.ts";
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
