/** The reader behind the manners: what is code, what is a comment, what is a literal, and what is imported. */

import { assert, assertEquals } from "@std/assert";
import { importsOf, resolve } from "../../tools/tidy/imports.ts";
import { readSource } from "../../tools/tidy/source.ts";
import { readTree } from "../../tools/tidy/tree.ts";

/** The code view with runs of blanks shortened. */
function codeOf(text: string): string {
  return readSource("a.ts", text).code.replace(/ +/g, " ");
}

Deno.test("comments and the insides of literals are no code", () => {
  assertEquals(codeOf("a(); // b()\nc(\"d()\", 'e');"), "a(); \nc(\" \", ' ');");
  assertEquals(codeOf("a /* b\nc */ d"), "a \n d");
  assertEquals(codeOf("#!/usr/bin/env deno\na"), " \na");
  assertEquals(codeOf('"\\"x" + y'), '" " + y');
});

Deno.test("what a template inserts is code, nested templates included", () => {
  assertEquals(codeOf("`a ${b + `c ${d}`} e` + f"), "` ${b + ` ${d}`} ` + f");
  assertEquals(codeOf("`a ${{ b: 1 }.b} c` + d"), "` ${{ b: 1 }.b} ` + d");
});

Deno.test("a regular expression is a literal, a division is not", () => {
  assertEquals(codeOf('x = /"[/"]+/g; y'), "x = / /g; y");
  assertEquals(codeOf("a = b / c; d = (e) / f"), "a = b / c; d = (e) / f");
  assertEquals(codeOf("// note\nreturn /'/.test(a) // b"), " \nreturn / /.test(a) ");
  assertEquals(codeOf("`a`/ 2 / b"), "` `/ 2 / b");
});

Deno.test("the code of every file has the length of its text", () => {
  for (const source of readTree(new URL("../../", import.meta.url))) {
    assertEquals(source.code.length, source.text.length, source.path);
  }
});

Deno.test("every form of import is seen, and whether it is of types only", () => {
  const text = `
    import a from "./a.ts";
    import { type B, c } from "./bc.ts";
    import type { D } from "./d.ts";
    import { type E,
      type F } from "./ef.ts";
    export * from "./g.ts";
    export type { H } from "./h.ts";
    import "./i.ts";
    const j = await import("./j.ts");
    new Worker(new URL("./k.ts", import.meta.url));
    import type, { l } from "./l.ts";
    import {} from "./m.ts";
    // import n from "./n.ts";
    const o = 'import o from "./o.ts"';
    // @ts-types="./p.d.ts"
    export * from "p";`;
  const found = importsOf(readSource("x.ts", text)).map(({ specifier, typeOnly }) => `${specifier} ${typeOnly}`);
  assertEquals(found.sort(), [
    ...["./a.ts false", "./bc.ts false", "./d.ts true", "./ef.ts true", "./g.ts false", "./h.ts true", "./i.ts false"],
    ...["./j.ts false", "./k.ts false", "./l.ts false", "./m.ts false", "./p.d.ts true", "p false"],
  ]);
});

Deno.test("a type named in an annotation is seen as an import too", () => {
  const found = importsOf(readSource("x.ts", 'let a: import("./a.ts").A;'));
  assertEquals(found, [{ specifier: "./a.ts", typeOnly: false, line: 1 }]);
});

Deno.test("an import knows its line, and its file", () => {
  assertEquals(importsOf(readSource("x.ts", '\n\nimport a from "./a.ts";'))[0]?.line, 3);
  assertEquals(resolve("sim/card/engine.ts", "../clock.ts"), "sim/clock.ts");
  assertEquals(resolve("mod.ts", "./sim/mod.ts"), "sim/mod.ts");
  assertEquals(resolve("mod.ts", "xstate"), undefined);
});

Deno.test("the tree is read without history and build output, in order", () => {
  const paths = readTree(new URL("../../", import.meta.url)).map(({ path }) => path);
  assert(paths.includes("deno.json") && paths.includes("std/assert/mod.ts"));
  assert(!paths.some((path) => path.startsWith(".git/") || path.startsWith("coverage/")));
  assertEquals(paths, [...paths].sort());
});
