/** Rules about what code may say, room by room. */

import { type Finding, inRooms, matches, roomOf, ROOMS, type Rule } from "./rule.ts";
import type { Source } from "./source.ts";

/** The rooms in which time is virtual and luck is seeded. */
const DETERMINISTIC = inRooms("machines", "sim", "fastpath", "actors");
const isTypeScript = (path: string): boolean => path.endsWith(".ts");

/** Wall clocks, luck, timers and promises: whatever would make two runs of a seed differ. */
const NOT_REPEATABLE = new RegExp(
  [/Date\.now/, /new\s+Date/, /performance\.\w+/, /Math\.random/, /crypto\.\w+/, /queueMicrotask/, /new\s+Promise/]
    .concat(/Promise\.\w+/, /await\s/, /async\s/).map(({ source }) => `\\b${source}`).join("|"),
  "g",
);
/** A call of the global timers; a clock's own method of that name, declared or called on it, is another thing. */
const TIMER = /(?<![.\w$#])(?:setTimeout|setInterval|setImmediate|requestAnimationFrame)\s*\(/g;

/** The character after the bracket that closes the one at `open`; an empty string at the end. */
function afterClosing(code: string, open: number): string {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === "(") depth++;
    if (code[i] === ")" && --depth === 0) return code.slice(i + 1).trimStart().charAt(0);
  }
  return "";
}

/** The code without the timers that are declared, not called: after their arguments stands a type or a body. */
function withoutDeclaredTimers(source: Source): string {
  return source.code.replaceAll(TIMER, (call: string, at: number) => {
    const next = afterClosing(source.code, at + call.length - 1);
    return next === "{" || next === ":" ? " ".repeat(call.length) : call;
  });
}

/** The rules about code. */
export const CODE_RULES: readonly Rule[] = [
  {
    holds: "time is virtual and luck is seeded below the examples",
    reason: "the same seed must give the same trace on every machine: take the clock and the random source of sim/",
    appliesTo: DETERMINISTIC,
    find: (source) => [
      ...matches(source, "code", NOT_REPEATABLE),
      ...matches({ ...source, code: withoutDeclaredTimers(source) }, "code", TIMER),
    ],
  },
  {
    holds: "no BigInt in the way of a request",
    reason:
      "addresses and nanoseconds are numbers below 2^53, 64-bit registers two halves; BigInt is many times slower",
    appliesTo: DETERMINISTIC,
    find: (source) => matches(source, "code", /\bBig(?:Int|Uint)\w*|\b[gs]etBig(?:Int|Uint)64\b|\b\d[\d_]*n\b/g),
  },
  {
    holds: "the package asks nothing of its host",
    reason:
      "the rooms run in Node and in a browser too: files, arguments and the terminal belong to examples/ and tools/",
    appliesTo: inRooms(...ROOMS),
    find: (source) => matches(source, "code", /(?<![.\w$])(?:Deno|process)\s*\.\s*\w+/g),
  },
  {
    holds: "only examples, tools and tests print",
    reason: "a library that prints takes the terminal away from the program that uses it",
    appliesTo: (path) => isTypeScript(path) && !["examples", "tools", "tests"].includes(roomOf(path)),
    find: (source) => matches(source, "code", /(?<![.\w$])console\s*\.\s*\w+/g),
  },
  {
    holds: "types tell the truth: no any by annotation or cast",
    reason: "any switches the checker off for everybody downstream; say unknown and narrow it",
    appliesTo: isTypeScript,
    find: (source) => matches(source, "code", /(?::\s*|\bas\s+)any\b/g),
  },
  {
    holds: "no test keeps the others from running",
    reason: "a forgotten .only silently skips the rest of the file",
    appliesTo: isTypeScript,
    find: (source) => matches(source, "code", /\.only\s*\(|\bonly\s*:\s*true\b/g),
  },
  {
    holds: "the type checker is never told to look away",
    reason: "@ts-expect-error in a test says what must not compile; elsewhere mend the type",
    appliesTo: isTypeScript,
    find: (source) => [
      ...matches(source, "text", /\/[/*]\s*@ts-(?:ignore|nocheck)\b/g),
      ...(roomOf(source.path) === "tests" ? [] : matches(source, "text", /\/[/*]\s*@ts-expect-error\b/g)),
    ],
  },
  {
    holds: "every export of a room is documented",
    reason: "the package is read through its documentation: shape, units, errors, source of truth",
    appliesTo: (path) => inRooms(...ROOMS)(path) && !path.endsWith("/mod.ts"),
    find: undocumentedExports,
  },
];

const EXPORT =
  /^export\s+(?:declare\s+)?(?:default\s+)?(?:abstract\s+)?(?:const|let|function|class|interface|type)\s+\w+/gm;

/** A JSDoc block must end right above an export, lint directives apart; overloads share that of the first. */
function undocumentedExports(source: Source): Finding[] {
  const lines = source.text.split("\n");
  const isDocumented = ({ line }: Finding): boolean => {
    let above = line - 2;
    while (lines[above]?.startsWith("// deno-lint-ignore")) above--;
    return lines[above]?.trimEnd().endsWith("*/") ?? false;
  };
  const exported = matches(source, "code", EXPORT);
  const documented = new Set(exported.filter(isDocumented).map(({ what }) => what));
  return exported.filter(({ what }) => !documented.has(what));
}
