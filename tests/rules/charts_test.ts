/** Every rule is what a lifecycle chart says, or it is written down why no chart can say it. */
import { assert, assertEquals } from "@std/assert";
import { BESIDE_CHARTS, RULES, WHY_BESIDE_CHARTS } from "../../trace/rules/mod.ts";
import { readTree } from "../../tools/tidy/tree.ts";

const charts = readTree(new URL("../../", import.meta.url))
  .filter(({ path }) => path.startsWith("machines/") && path !== "machines/rule.ts")
  .map(({ text }) => text).join("\n");
const named = Object.keys(RULES).filter((name) => charts.includes(`rule: "${name}"`));

Deno.test("a rule is named by a chart or has a reason not to be, and never both", () => {
  const rest = Object.keys(RULES).filter((name) => !named.includes(name));
  assertEquals(Object.keys(BESIDE_CHARTS).sort(), rest.sort());
});

Deno.test("each reason is needed, and is a sentence", () => {
  for (const [why, sentence] of Object.entries(WHY_BESIDE_CHARTS)) {
    assert(Object.values(BESIDE_CHARTS).includes(why as keyof typeof WHY_BESIDE_CHARTS), `nothing is for ${why}`);
    assert(/^[A-Z].*\.$/.test(sentence), sentence);
  }
});
