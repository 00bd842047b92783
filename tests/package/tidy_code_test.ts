/** Each rule about code finds what it forbids, and leaves alone what only looks like it. */

import { assert, assertEquals } from "@std/assert";
import { CODE_RULES } from "../../tools/tidy/code_rules.ts";
import { readSource } from "../../tools/tidy/source.ts";

const tried = new Set<string>();

/** What the rule of that title finds in one file. */
function found(holds: string, path: string, text: string): string[] {
  const rule = CODE_RULES.find((rule) => rule.holds.startsWith(holds));
  assert(rule !== undefined, `no rule that says "${holds}"`);
  tried.add(rule.holds);
  return rule.appliesTo(path) ? rule.find(readSource(path, text)).map(({ what }) => what) : [];
}

Deno.test("wall clocks, luck, timers and promises are found in the deterministic rooms", () => {
  const rule = "time is virtual";
  for (const room of ["machines", "sim", "sim/card", "fastpath", "actors/hal"]) {
    assertEquals(found(rule, `${room}/a.ts`, "const t = Date.now();"), ["Date.now"]);
  }
  assertEquals(found(rule, "sim/a.ts", "Math.random() + performance.now()"), ["Math.random", "performance.now"]);
  assertEquals(found(rule, "sim/a.ts", "setTimeout(f, 1);"), ["setTimeout("]);
  assertEquals(found(rule, "sim/a.ts", "const id = setInterval(f, 1), x = 2;"), ["setInterval("]);
  assertEquals(found(rule, "sim/a.ts", "async () => { await f(); }"), ["async", "await"]);
  assertEquals(found(rule, "sim/a.ts", "new Promise(f); queueMicrotask(g)"), ["new Promise", "queueMicrotask"]);
});

Deno.test("a clock's own timers, words in comments, and other rooms are left alone", () => {
  const rule = "time is virtual";
  assertEquals(found(rule, "sim/a.ts", "class C { setTimeout(fn: () => void, ms: number): number { return 1; } }"), []);
  assertEquals(found(rule, "sim/a.ts", "interface C { setTimeout(fn: () => void): number }"), []);
  assertEquals(found(rule, "sim/a.ts", "clock.setTimeout(fn, 1);"), []);
  assertEquals(found(rule, "sim/a.ts", '// Date.now()\nconst a = "Math.random()";'), []);
  assertEquals(found(rule, "sim/a.ts", "const updateNow = renewDate; awaited(asynchronous);"), []);
  assertEquals(found(rule, "examples/a.ts", "Date.now();"), []);
});

Deno.test("BigInt is found, and hexadecimal or plain numbers are not", () => {
  const rule = "no BigInt";
  assertEquals(found(rule, "sim/a.ts", "BigInt(1) + 12n + 0x10"), ["BigInt", "12n"]);
  assertEquals(found(rule, "sim/a.ts", "new BigUint64Array(1); view.getBigUint64(0)"), [
    "BigUint64Array",
    "getBigUint64",
  ]);
  assertEquals(found(rule, "sim/a.ts", "const n = 12; const a1n = 0x1f; // 5n"), []);
  assertEquals(found(rule, "tests/a.ts", "12n"), []);
});

Deno.test("the host is found in rooms only", () => {
  const rule = "the package asks nothing";
  assertEquals(found(rule, "trace/a.ts", "Deno.readTextFile(p); process.env"), ["Deno.readTextFile", "process.env"]);
  assertEquals(found(rule, "trace/a.ts", "this.process.step(); // Deno.args"), []);
  assertEquals(found(rule, "examples/a.ts", "Deno.args"), []);
});

Deno.test("printing is found outside examples, tools and tests", () => {
  const rule = "only examples, tools and tests print";
  assertEquals(found(rule, "sim/a.ts", "console.log(1)"), ["console.log"]);
  assertEquals(found(rule, "trace/a.ts", "console .error(1)"), ["console .error"]);
  assertEquals(found(rule, "tests/a_test.ts", "console.log(1)"), []);
  assertEquals(found(rule, "tools/a.ts", "console.log(1)"), []);
  assertEquals(found(rule, "examples/a.ts", "console.log(1)"), []);
});

Deno.test("any is found as annotation and cast, and the word elsewhere is not", () => {
  const rule = "types tell the truth";
  assertEquals(found(rule, "sim/a.ts", "f(a: any): any {}"), [": any", ": any"]);
  assertEquals(found(rule, "sim/a.ts", "x as any; y as unknown; z: anything"), ["as any"]);
  assertEquals(found(rule, "sim/a.ts", "// if any: any\ncount as many"), []);
});

Deno.test("a focused test is found", () => {
  const rule = "no test keeps";
  assertEquals(found(rule, "tests/a_test.ts", 'Deno.test.only("a", f)'), [".only("]);
  assertEquals(found(rule, "tests/a_test.ts", 'Deno.test({ name: "a", only: true, fn })'), ["only: true"]);
  assertEquals(found(rule, "tests/a_test.ts", "list.filter(readonly); // .only("), []);
});

Deno.test("a silenced type checker is found; an expected error in a test is not", () => {
  const rule = "the type checker";
  // Put together here, or it would silence the checker in this very file.
  const says = (directive: string): string => `// ${"@"}${directive}\nx`;
  assertEquals(found(rule, "tests/a_test.ts", says("ts-ignore")).length, 1);
  assertEquals(found(rule, "sim/a.ts", says("ts-nocheck")).length, 1);
  assertEquals(found(rule, "sim/a.ts", says("ts-expect-error: why")).length, 1);
  assertEquals(found(rule, "tests/a_test.ts", says("ts-expect-error: why")), []);
});

Deno.test("an export without documentation is found; overloads share the first one's", () => {
  const rule = "every export";
  assertEquals(found(rule, "sim/a.ts", "export const a = 1;"), ["export const a"]);
  assertEquals(found(rule, "sim/a.ts", "/** A. */\n\nexport function a(): void {}"), ["export function a"]);
  assertEquals(found(rule, "sim/a.ts", "// A.\nexport type A = 1;"), ["export type A"]);
  assertEquals(found(rule, "sim/a.ts", "/** A. */\nexport abstract class A {}"), []);
  assertEquals(found(rule, "sim/a.ts", "/** A. */\n// deno-lint-ignore no-explicit-any\nexport type A = 1;"), []);
  assertEquals(found(rule, "sim/a.ts", "/** A. */\nexport function a(x: 1): 1;\nexport function a(x: 2): 2;"), []);
  assertEquals(found(rule, "sim/mod.ts", 'export { a } from "./a.ts";'), []);
  assertEquals(found(rule, "tools/a.ts", "export const a = 1;"), []);
});

Deno.test("every rule about code was tried above", () => {
  assertEquals(CODE_RULES.filter(({ holds }) => !tried.has(holds)), []);
});
