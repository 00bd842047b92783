/** The manners of the house, held over every file of the repository. Each rule is itself tested in tests/package/. */

import { assert } from "@std/assert";
import { forbiddenImports } from "../tools/tidy/arrows.ts";
import { CODE_RULES } from "../tools/tidy/code_rules.ts";
import { deadFiles, missingEntries, namedBy, strayFolders } from "../tools/tidy/reach.ts";
import { complaint, type Finding } from "../tools/tidy/rule.ts";
import { TEXT_RULES } from "../tools/tidy/text_rules.ts";
import { readTree } from "../tools/tidy/tree.ts";

const tree = readTree(new URL("../", import.meta.url));

const entries = tree.filter(({ path }) => /(?:^|\/)deno\.json$/.test(path))
  .flatMap(({ path, text }) => namedBy(JSON.parse(text), path.slice(0, -"deno.json".length)));

function hold(findings: readonly Finding[], reason: string): void {
  assert(findings.length === 0, complaint({ reason }, findings));
}

Deno.test("tidy: the whole repository is read", () => {
  assert(tree.length > 30, `only ${tree.length} files: the walk must have lost its way`);
});

for (const rule of [...CODE_RULES, ...TEXT_RULES]) {
  Deno.test(`tidy: ${rule.holds}`, () => {
    hold(tree.filter(({ path }) => rule.appliesTo(path)).flatMap(rule.find), rule.reason);
  });
}

Deno.test("tidy: knowledge flows one way between the rooms", () => {
  const code = tree.filter(({ path }) => path.endsWith(".ts"));
  hold(
    code.flatMap((source) => forbiddenImports(source)),
    "a room can be read and lifted out without the rooms above it; the table is KNOWLEDGE in tools/tidy/arrows.ts",
  );
});

Deno.test("tidy: every file is reached from an entry, a test, a task or an example", () => {
  hold(deadFiles(tree, entries), "dead code is read, kept up and believed by people for nothing");
});

Deno.test("tidy: every file that deno.json names is there", () => {
  hold(
    missingEntries(tree, entries),
    "a task or an export that leads nowhere fails in front of the person who uses it",
  );
});

Deno.test("tidy: every top-level folder has its place in the plan", () => {
  hold(strayFolders(tree), "the way of a request is to be seen from the folder listing");
});
