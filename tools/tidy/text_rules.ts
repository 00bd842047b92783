/** Rules about words, lengths and addresses in every text file of the repository. */

import { type Finding, matches, roomOf, type Rule } from "./rule.ts";
import type { Source } from "./source.ts";

/** These files name the words that they forbid. */
const SPEAKS_OF_WORDS: readonly string[] = ["tools/tidy/text_rules.ts", "tests/package/tidy_text_test.ts"];
const isWriting = (path: string): boolean => path !== "deno.lock" && !SPEAKS_OF_WORDS.includes(path);
const isTypeScript = (path: string): boolean => path.endsWith(".ts");

const COLUMNS_MAX = 120;
/** A test's title is one sentence that must stand in one piece, so that it can be found. */
const TITLE = /^\s*Deno\.test\(/;
const LINES_MAX = 400;
/** A chart is one literal: it cannot be cut without hiding a part of it from Stately. */
const CHART_LINES_MAX = 650;

function tooLong(source: Source): Finding[] {
  const lines = source.text.replace(/\n$/, "").split("\n").length;
  const max = roomOf(source.path) === "machines" ? CHART_LINES_MAX : LINES_MAX;
  return lines <= max ? [] : [{ path: source.path, line: max + 1, what: `${lines} lines, at most ${max}` }];
}

function longLines(source: Source): Finding[] {
  return source.text.split("\n").flatMap((text, index) =>
    [...text].length <= COLUMNS_MAX || TITLE.test(text)
      ? []
      : [{ path: source.path, line: index + 1, what: `${[...text].length} columns, at most ${COLUMNS_MAX}` }]
  );
}

/** The rules about text. */
export const TEXT_RULES: readonly Rule[] = [
  {
    holds: "no line is longer than 120 columns, titles of tests aside",
    reason: "two files fit side by side",
    appliesTo: isTypeScript,
    find: longLines,
  },
  {
    holds: "no file is longer than 400 lines, a chart than 650",
    reason: "a file holds one idea: look for the second thing hiding in it",
    appliesTo: isTypeScript,
    find: tooLong,
  },
  {
    holds: "nothing is left to do in the text",
    reason: "what is open belongs into an issue, where somebody looks for it",
    appliesTo: isWriting,
    find: (source) => matches(source, "text", /\b(?:TODO|FIXME|XXX|HACK)\b/g),
  },
  {
    holds: "no path of somebody's machine",
    reason: "it exists nowhere else: use a path from the root of the repository, or a temporary folder",
    appliesTo: isWriting,
    find: (source) =>
      matches(source, "text", /(?<![\w.@\-])(?:\/(?:home|root|Users|work|tmp|var\/tmp)\/|[A-Z]:\\Users\\)[\w.\-]*/g),
  },
  {
    holds: "no address of a package registry",
    reason: "where packages come from is configured outside the repository",
    appliesTo: (path) => !SPEAKS_OF_WORDS.includes(path),
    find: (source) =>
      matches(
        source,
        "text",
        /https?:\/\/[^\s"'`)]*(?:registry|npm\.jsr\.io|npmmirror|artifactory|nexus|verdaccio)[^\s"'`)]*/gi,
      ),
  },
  {
    holds: "the repository speaks of the project only",
    reason: "a reader wants to know what the code does, not how or by whom it came about",
    appliesTo: isWriting,
    find: (source) =>
      matches(source, "text", /\b(?:prompts?|chat ?gpt|claude|copilot|LLMs?|AI|language models?|AI-generated)\b/gi)
        .filter(({ what }) => what !== "ai"),
  },
  {
    holds: "sources are cited by their public names",
    reason: "a reader cannot open our notes: cite PG195, the Windows DDI, an issue, or a requirement's number",
    appliesTo: isWriting,
    find: (source) =>
      matches(
        source,
        "text",
        /(?<!docs\/)\b(?:hal|xdma|ecosystem|performance|call-log|style|design|mission)\.md\b|\.\.\/shared\//g,
      ),
  },
];
