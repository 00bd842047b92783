/** The acceptance list, the scanner that finds its numbers in titles, and the command that prints both. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { REQUIREMENTS } from "../../tools/requirements.ts";
import { seeds } from "../../tools/seeds/cli.ts";
import { coverage, isCovered } from "../../tools/seeds/coverage.ts";
import { numbersIn, type Title, titlesIn } from "../../tools/seeds/titles.ts";
import { readSource } from "../../tools/tidy/source.ts";

// The numbers of the samples are put together here: this file's own titles name none.
const S0_2 = `[${"S0"}-2]`;

const titles = (text: string): string[] => titlesIn(readSource("tests/a_test.ts", text)).map(({ title }) => title);
const title = (text: string, ignored = false): Title => ({ path: "tests/a_test.ts", line: 1, title: text, ignored });

Deno.test("the list has 139 requirements and 6 invariants, numbered without a hole", () => {
  const sizes = { S0: 38, S1: 35, S2: 32, S3: 21, S4: 13, X: 6 };
  const expected = Object.entries(sizes).flatMap(([group, size]) =>
    Array.from({ length: size }, (_, index) => `${group}-${index + 1}`)
  );
  assertEquals(REQUIREMENTS.map(({ id }) => id), expected);
  assertEquals(REQUIREMENTS.filter(({ kind }) => kind !== "invariant").length, 139);
});

Deno.test("only requirements of the first two texts are put off as named misuses", () => {
  const misuses = REQUIREMENTS.filter(({ kind }) => kind === "misuse");
  assertEquals(misuses.length, 15);
  assert(misuses.every(({ group }) => group === "S0" || group === "S1"));
});

Deno.test("titles are found in every way to write a test", () => {
  assertEquals(titles('Deno.test("a", () => {});'), ["a"]);
  assertEquals(titles("Deno.test('a, b', { permissions: 'none' }, f);"), ["a, b"]);
  assertEquals(titles("Deno.test(`a ${b} c`, f);"), ["a ${b} c"]);
  assertEquals(titles('Deno.test("a " +\n  "b", f);'), ["a b"]);
  assertEquals(titles('Deno.test({ fn: () => g("x"), name: "a" });'), ["a"]);
  assertEquals(titles('Deno.test({ permissions: { read: true } }, "a", f);'), ["a"]);
  assertEquals(titles('Deno.test.each([[1, "x"], [2, "y"]])("a $0", f);'), ["a $0"]);
  assertEquals(titles('Deno.test("a", async (t) => { await t.step("b", f); });'), ["a", "b"]);
});

Deno.test("comments, other strings and computed titles are no titles", () => {
  assertEquals(titles('// Deno.test("a", f);\nconst b = \'Deno.test("c", f)\';'), []);
  assertEquals(titles('Deno.test(name, () => assertEquals(x, "a"));'), []);
});

Deno.test("a test that is switched off is known as such", () => {
  const found = titlesIn(
    readSource("a_test.ts", 'Deno.test.ignore("a", f);\nDeno.test({ name: "b", ignore: true, fn });'),
  );
  assertEquals(found.map(({ ignored, line }) => [ignored, line]), [[true, 1], [true, 2]]);
});

Deno.test("numbers stand in brackets, several with commas, and are exact", () => {
  assertEquals(numbersIn(`a list ${S0_2}`).numbers, ["S0-2"]);
  assertEquals(numbersIn("a [S1-14, S1-15] b [X-3]").numbers, ["S1-14", "S1-15", "X-3"]);
  assertEquals(numbersIn("like S0-2 without brackets, rows[3], [x-ray]").numbers, []);
  assertEquals(numbersIn("[S1-14 … S1-16]").misread, ["…"]);
  assertEquals(numbersIn("[S1-14–16]").misread, ["S1-14–16"]);

  const named = (id: string, text: string): boolean => {
    const requirement = coverage([title(text)]).requirements.find((requirement) => requirement.id === id);
    assert(requirement !== undefined);
    return isCovered(requirement);
  };
  assertEquals([named("S0-3", "a [S0-3]"), named("S0-3", "a [S0-31]"), named("S0-31", "a [S0-31]")], [
    true,
    false,
    true,
  ]);
});

Deno.test("a test that is switched off covers nothing", () => {
  const covered = coverage([title(`a ${S0_2}`, true)]);
  assertEquals(covered.summary.requirements, { named: 0, total: 139 });
  assertEquals(coverage([title(`a ${S0_2}`)]).summary.requirements, { named: 1, total: 139 });
});

Deno.test("the summary counts how things work, misuses and invariants apart", () => {
  const { summary } = coverage([title("a [S0-1, S0-2, S0-3, S2-1]"), title("b [X-1, S0-1]")]);
  assertEquals(summary.requirements, { named: 4, total: 139 });
  assertEquals(summary.works, { named: 2, total: 124 });
  assertEquals(summary.misuses, { named: 2, total: 15 });
  assertEquals(summary.invariants, { named: 1, total: 6 });
});

Deno.test("a number that does not exist is a problem with its place", () => {
  assertEquals(coverage([title("a [S0-39]")]).problems, ["tests/a_test.ts:1: S0-39 is no requirement"]);
  assertEquals(coverage([title("a [S7-1, X-6]")]).problems, ["tests/a_test.ts:1: S7-1 is no requirement"]);
});

Deno.test("the command prints each requirement with its tests, and the sum last", () => {
  const { status, out } = seeds([], [title(`a list is named ${S0_2}`)]);
  const lines = out.split("\n");
  assertEquals(status, 0);
  assertEquals(lines.filter((line) => /^(?:ok|missing) /.test(line)).length, 145);
  const at = lines.findIndex((line) => line.startsWith("ok      S0-2 "));
  assertStringIncludes(lines[at + 1] ?? "", `tests/a_test.ts:1 a list is named ${S0_2}`);
  assertStringIncludes(lines.at(-1) ?? "", "1 of 139 requirements are named by a test: 0 of 124 that describe how");
});

Deno.test("--missing, --kind and --json choose what is printed", () => {
  const given = [title(`a ${S0_2}`)];
  assertEquals(seeds(["--missing"], given).out.includes("S0-2 "), false);
  assertEquals(seeds(["--kind", "invariant"], given).out.split("\n").length, 7);
  const json = JSON.parse(seeds(["--json", "--kind=misuse"], given).out);
  assertEquals(json.requirements.length, 15);
  assertEquals(json.requirements[0].tests[0].title, `a ${S0_2}`);
  assertEquals(json.summary.requirements, { named: 1, total: 139 });
});

Deno.test("--strict fails on what is missing and on numbers that do not exist", () => {
  const all = [title(`a [${REQUIREMENTS.map(({ id }) => id).join(", ")}]`)];
  assertEquals(seeds(["--strict"], all).status, 0);
  assertEquals(seeds(["--strict"], all.concat(title("b [S0-99]"))).status, 1);
  assertEquals(seeds(["--strict"], []).status, 1);
  assertEquals(seeds([], []).status, 0);
});

Deno.test("what cannot be understood is one sentence and status 2", () => {
  for (const args of [["--mising"], ["S0-2"], ["--kind", "odd"], ["--kind"], ["-x"]]) {
    const { status, out, err } = seeds(args, []);
    assertEquals([status, out, err.split("\n").length], [2, "", 1], args.join(" "));
  }
  assertStringIncludes(seeds(["--mising"], []).err, '"--mising"');
});
