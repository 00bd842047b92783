/** Finds the titles of tests, and the requirement numbers that they name in brackets. */

import { lineAt, type Source } from "../tidy/source.ts";

/** One `Deno.test` or `t.step`. */
export interface Title {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The title as written; what a template inserts stays as `${…}`. */
  readonly title: string;
  /** The test is switched off: it proves nothing. */
  readonly ignored: boolean;
}

const OPENING = /\bDeno\.test(?<mode>\.ignore|\.only|\.each)?\s*\(|\.step\s*\(/g;

/** Every title in one test file. A computed one (`Deno.test(name, …)`) has no text to read and is left out. */
export function titlesIn(source: Source): Title[] {
  return [...source.code.matchAll(OPENING)].flatMap((match) => {
    let open = match.index + match[0].length - 1;
    if (match.groups?.mode === ".each") {
      open = source.code.indexOf("(", closing(source.code, open));
      if (open === -1) return [];
    }
    const options = argument(source.code, open + 1);
    const isObject = source.code[options.from] === "{";
    const inside = isObject ? property(source.code, options, "name") : undefined;
    const span = inside ?? (isObject ? argument(source.code, options.to + 1) : options);
    const title = literalText(source, span);
    if (title === "") return [];
    const ignored = match.groups?.mode === ".ignore" ||
      (isObject && /\bignore\s*:\s*true\b/.test(source.code.slice(options.from, options.to)));
    return [{ path: source.path, line: lineAt(source.text, match.index), title, ignored }];
  });
}

/** The numbers in a title's brackets, and what stands there without being one. */
export function numbersIn(title: string): { readonly numbers: string[]; readonly misread: string[] } {
  const numbers: string[] = [];
  const misread: string[] = [];
  for (const [, inside = ""] of title.matchAll(/\[([^\[\]]*\b(?:S\d|X)-\d[^\[\]]*)\]/g)) {
    for (const word of inside.split(/[,\s]+/).filter((word) => word !== "")) {
      (/^(?:S\d|X)-\d+$/.test(word) ? numbers : misread).push(word);
    }
  }
  return { numbers, misread };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** From the first character of an argument to the comma or bracket behind it. */
function argument(code: string, start: number): Span {
  let from = start;
  while (from < code.length && /\s/.test(code[from] ?? "")) from++;
  let depth = 0;
  let to = from;
  for (; to < code.length; to++) {
    const c = code[to] ?? "";
    if (depth === 0 && (c === "," || c === ")" || c === "}")) break;
    if ("([{".includes(c)) depth++;
    if (")]}".includes(c)) depth--;
  }
  return { from, to };
}

/** The value of a property in an object literal; undefined where it has none of that name. */
function property(code: string, object: Span, name: string): Span | undefined {
  for (let at = object.from + 1; at < object.to - 1;) {
    const entry = argument(code, at);
    const key = code.slice(entry.from, entry.to).match(/^(\w+)\s*:/);
    if (key?.[1] === name) return argument(code, entry.from + key[0].length);
    at = entry.to + 1;
  }
  return undefined;
}

/** Where the bracket that opens at `open` closes. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === "(") depth++;
    if (code[i] === ")" && --depth === 0) return i;
  }
  return code.length;
}

/** What stands between quotes in a span, joined: `"a" + "b"` is `ab`. Empty when it holds no literal. */
function literalText(source: Source, { from, to }: Span): string {
  const quoted = source.code.slice(from, to).matchAll(/(["'`])[^]*?\1/g);
  return [...quoted].map((match) => {
    const start = from + match.index + 1;
    return source.text.slice(start, start + match[0].length - 2);
  }).join("");
}
