/** The stand-ins of std/ behave as the packages they stand in for, and their types say no where they should. */

import {
  assert,
  assertEquals,
  assertExists,
  assertFalse,
  assertInstanceOf,
  AssertionError,
  assertIsError,
  assertNotInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  equal,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { type AssertTrue, assertType, type Has, type IsAny, type IsExact } from "@std/testing/types";
import type { IsNever, IsNullable, IsUnknown, NotHas } from "@std/testing/types";

/** A value whose type the checker cannot narrow by looking at the line before. */
function maybe<T>(value: T): T | undefined {
  return Math.sqrt(4) === 2 ? value : undefined;
}

Deno.test("assert() narrows, and fails on what is falsy", () => {
  const word = maybe("magic");
  // @ts-expect-error: it may be undefined up to here
  word.length;
  assert(word !== undefined);
  assertEquals(word.length, 5);
  assertThrows(() => assert(0, "zero is falsy"), AssertionError, "zero is falsy");
});

Deno.test("assertExists(), assertInstanceOf() and assertStrictEquals() narrow", () => {
  const word: string | null | undefined = maybe<string | null>("magic");
  assertExists(word);
  assertType<IsExact<typeof word, string>>(true);

  const thrown: unknown = new RangeError("far");
  assertInstanceOf(thrown, RangeError);
  assertEquals(thrown.message, "far");

  const state: string = maybe("idle") ?? "busy";
  assertStrictEquals(state, "idle" as const);
  assertType<IsExact<typeof state, "idle">>(true);

  assertThrows(() => assertExists(undefined), AssertionError);
  assertThrows(() => assertInstanceOf("text", RangeError), AssertionError);
});

Deno.test("assertFalse(), assertIsError() and assertNotInstanceOf() narrow", () => {
  const answer: true | undefined = maybe<true>(true);
  assertThrows(() => assertFalse(answer), AssertionError);

  const thrown: unknown = new TypeError("wrong");
  assertIsError(thrown, TypeError, "wrong");
  assertEquals(thrown.name, "TypeError");

  const either: Date | RegExp = maybe<Date | RegExp>(/x/) ?? new Date(0);
  assertNotInstanceOf(either, Date);
  assertEquals(either.source, "x");
});

Deno.test("assertEquals() compares deeply, and both sides are of one type", () => {
  assertEquals({ a: [1, 2] }, { a: [1, 2] });
  assert(equal(new Set([1]), new Set([1])));
  // @ts-expect-error: a number is compared with text
  assertThrows(() => assertEquals(1, "1"), AssertionError);
});

Deno.test("assertThrows() and assertRejects() give back the error of the class asked for", async () => {
  const thrown = assertThrows(
    () => {
      throw new RangeError("too far");
    },
    RangeError,
    "far",
  );
  assertType<IsExact<typeof thrown, RangeError>>(true);
  const rejected = await assertRejects(() => Promise.reject(new SyntaxError("odd")), SyntaxError, "odd");
  assertType<IsExact<typeof rejected, SyntaxError>>(true);
  assertThrows(() => assertThrows(() => 1), AssertionError);
});

Deno.test("parseArgs() types each flag by how it was declared", () => {
  const args = parseArgs(["--json", "--seed", "007", "--link", "a", "--link", "b", "burst"], {
    boolean: ["json", "iommu"],
    string: ["seed", "file", "link", "out"],
    collect: ["link"],
    default: { out: "traces" },
  });
  const { json, iommu, seed, file, link, out, _: words } = args;
  assertEquals([json, iommu, seed, file, out], [true, false, "007", undefined, "traces"]);
  assertEquals([link, words], [["a", "b"], ["burst"]]);
  assertType<IsExact<typeof args.json, boolean>>(true);
  assertType<IsExact<typeof args.seed, string | undefined>>(true);
  assertType<IsExact<typeof args.link, string[]>>(true);
  assertType<IsExact<typeof args.out, string>>(true);
  assertType<IsExact<typeof args._, (string | number)[]>>(true);
  // @ts-expect-error: a flag without a value is no text
  const text: string = args.json;
  assertEquals(typeof text, "boolean");
});

Deno.test("parseArgs() knows negatable flags, aliases and what follows --", () => {
  const args = parseArgs(["--no-color", "-v", "run", "--", "--raw"], {
    boolean: ["color", "verbose"],
    negatable: ["color"],
    alias: { verbose: "v" },
    "--": true,
  });
  assertEquals([args.color, args.verbose, args._, args["--"]], [false, true, ["run"], ["--raw"]]);
});

Deno.test("the type assertions tell types apart", () => {
  // Spelled for the linter, which would not have an `any` written out.
  type Any = ReturnType<typeof JSON.parse>;
  assertType<IsExact<{ a: 1 }, { a: 1 }>>(true);
  assertType<IsExact<string | undefined, string>>(false);
  assertType<IsExact<Any, string>>(false);
  assertType<IsAny<Any>>(true);
  assertType<IsAny<unknown>>(false);
  assertType<IsUnknown<unknown>>(true);
  assertType<IsUnknown<Any>>(false);
  assertType<IsNever<never>>(true);
  assertType<IsNever<undefined>>(false);
  assertType<IsNullable<string | null>>(true);
  assertType<IsNullable<string>>(false);
  assertType<Has<"idle" | "busy", "busy">>(true);
  assertType<NotHas<"idle" | "busy", "lost">>(true);
  type _Holds = AssertTrue<IsExact<1, 1>>;
  // @ts-expect-error: a wrong claim does not compile
  assertType<IsExact<string, number>>(true);
  // @ts-expect-error: nor does one that stands as an alias
  type _Broken = AssertTrue<IsExact<1, 2>>;
});
