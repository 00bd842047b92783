/** Each rule about words, lengths and addresses finds what it forbids, and leaves alone what only looks like it. */

import { assert, assertEquals } from "@std/assert";
import { readSource } from "../../tools/tidy/source.ts";
import { TEXT_RULES } from "../../tools/tidy/text_rules.ts";

const tried = new Set<string>();

/** What the rule of that title finds in one file. */
function found(holds: string, path: string, text: string): string[] {
  const rule = TEXT_RULES.find((rule) => rule.holds.startsWith(holds));
  assert(rule !== undefined, `no rule that says "${holds}"`);
  tried.add(rule.holds);
  return rule.appliesTo(path) ? rule.find(readSource(path, text)).map(({ what }) => what) : [];
}

Deno.test("a line of 121 columns is found, one of 120 is not", () => {
  const rule = "no line is longer";
  assertEquals(found(rule, "sim/a.ts", "a".repeat(121)), ["121 columns, at most 120"]);
  assertEquals(found(rule, "sim/a.ts", `${"ü".repeat(120)}\n${"𝛑".repeat(120)}`), []);
  assertEquals(found(rule, "README.md", "a".repeat(500)), []);
  assertEquals(found(rule, "tests/a_test.ts", `Deno.test("${"a".repeat(121)}", () => {`), []);
});

Deno.test("a file of 401 lines is found; a chart may have 650", () => {
  const rule = "no file is longer";
  assertEquals(found(rule, "sim/a.ts", "a\n".repeat(401)), ["401 lines, at most 400"]);
  assertEquals(found(rule, "sim/a.ts", "a\n".repeat(400)), []);
  assertEquals(found(rule, "machines/a.ts", "a\n".repeat(650)), []);
  assertEquals(found(rule, "machines/a.ts", "a\n".repeat(651)).length, 1);
});

Deno.test("what is left to do is found, in comments and in prose", () => {
  const rule = "nothing is left";
  assertEquals(found(rule, "sim/a.ts", "// TODO: later\n// FIXME"), ["TODO", "FIXME"]);
  assertEquals(found(rule, "README.md", "XXX"), ["XXX"]);
  assertEquals(found(rule, "sim/a.ts", "const todo = MASK_XXXL; // nothing to do"), []);
});

Deno.test("a machine's path is found, a device node or a relative path is not", () => {
  const rule = "no path of somebody's machine";
  assertEquals(found(rule, "sim/a.ts", '"/home/ann/x"'), ["/home/ann"]);
  assertEquals(found(rule, "README.md", "see file:///work/main"), ["/work/main"]);
  assertEquals(found(rule, "README.md", "C:\\Users\\ann"), ["C:\\Users\\ann"]);
  assertEquals(found(rule, "sim/a.ts", "/dev/xdma0_h2c_0, docs/home/a, ../work/b, https://a.org/home/b"), []);
});

Deno.test("a registry's address is found, also in the lock file", () => {
  const rule = "no address of a package registry";
  const address = "https://registry.npmjs.org/xstate";
  assertEquals(found(rule, "deno.lock", `"${address}"`), [address]);
  assertEquals(found(rule, "README.md", "https://jsr.io/@dmactor/dmactor, npm:xstate@5, a registry"), []);
});

Deno.test("words about how the repository came about are found", () => {
  const rule = "the repository speaks of the project only";
  assertEquals(found(rule, "README.md", "Prompt, ChatGPT, LLM, an AI"), ["Prompt", "ChatGPT", "LLM", "AI"]);
  assertEquals(found(rule, "README.md", "answers promptly, maintains, fails, LLMNR"), []);
});

Deno.test("a note that readers cannot open is found, a page of docs/ is not", () => {
  const rule = "sources are cited";
  assertEquals(found(rule, "sim/a.ts", "// hal.md 4.3, ../shared/x"), ["hal.md", "../shared/"]);
  assertEquals(found(rule, "README.md", "docs/performance.md, marshal.md, PG195, S0-12"), []);
});

Deno.test("every rule about text was tried above", () => {
  assertEquals(TEXT_RULES.filter(({ holds }) => !tried.has(holds)), []);
});
