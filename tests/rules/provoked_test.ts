/**
 * "Provokes it and nothing else" is what a test does, not what its title says: for every rule that a log can show,
 * some test whose title names it calls `provokes` with it, which holds that nothing else worse than a note is found.
 */
import { assertEquals } from "@std/assert";
import { decidableRules } from "../../trace/rules/mod.ts";
import { rulesIn } from "../../tools/rules/named.ts";
import { readTree } from "../../tools/tidy/tree.ts";

/** A name that never leads: VaOutsideMdl or MdlShorterThanLength is more exact, and it follows as a note. */
const FOLLOWS = "DmaBufferInvalid";

/** The tests of the checker, each with its title and its source. */
function testsOfChecker(): { readonly title: string; readonly body: string }[] {
  return readTree(new URL("../../", import.meta.url))
    .filter(({ path }) => /^tests\/check\/.*_test\.ts$/.test(path))
    .flatMap(({ text }) => text.split(/^Deno\.test\("/m).slice(1))
    .map((source) => ({ title: source.slice(0, source.indexOf(`",`)), body: source }));
}

/** True if the test holds that this rule is found, and nothing else. */
function provokesAlone(rule: string, body: string): boolean {
  // A Linux trace is held against the whole list of what was found: one.
  return body.includes(`provokes("${rule}"`) ||
    new RegExp(`namesIn\\([^;]*\\),\\s*\\[\\s*"(?:error|warning) ${rule} [^"]*",?\\s*\\]\\)`).test(body);
}

Deno.test("every rule that a log can show is provoked alone by a test that names it", () => {
  const tests = testsOfChecker();
  const missing = decidableRules().filter(({ name }) =>
    name !== FOLLOWS && !tests.some(({ title, body }) => rulesIn(title).includes(name) && provokesAlone(name, body))
  );
  assertEquals(missing.map(({ name }) => name), []);
});

Deno.test("a title that names a rule before its colon provokes it", () => {
  const hollow = testsOfChecker().flatMap(({ title, body }) =>
    rulesIn(title).filter((rule) => rule !== FOLLOWS && !provokesAlone(rule, body)).map((rule) => `${rule}: ${title}`)
  );
  assertEquals(hollow, []);
});
