/**
 * The recipes of the explorer and the driver's own code are the same: explored side by side, step for step, they have
 * the same states, the same schedules and the same findings.
 */

import { assert, assertEquals } from "@std/assert";
import { channelModel, explore, literalRecipe, Places, tokenRecipe } from "../../fastpath/explore/mod.ts";
import type { Exploration, Model, Recipe } from "../../fastpath/explore/mod.ts";
import { REAL_RECIPES } from "./real_recipe.ts";

const PAIRS: readonly (readonly [Recipe, Recipe])[] = [
  [REAL_RECIPES["isr-reprogram"], tokenRecipe("isr-reprogram")],
  [REAL_RECIPES["xdma-literal"], literalRecipe],
];

function storyOf({ states, steps, longestSteps, ends, findings }: Exploration): unknown {
  const story = findings.map(({ name, steps }) => [name, ...steps.map((s) => `${s.participant} ${s.does}`)]);
  return { states, steps, longestSteps, ends: ends.length, story };
}

for (const [real, recipe] of PAIRS) {
  for (const requestCount of [1, 2, 3]) {
    Deno.test(`explore: ${recipe.name} with ${requestCount} requests takes the steps of the driver's own code`, () => {
      const [own, copied] = [real, recipe].map((each) => channelModel({ recipe: each, requestCounts: [requestCount] }));
      assert(own !== undefined && copied !== undefined);
      assertEquals(storyOf(explore(own)), storyOf(explore(copied)));
      // Callbacks differ in the number of their request only.
      if (requestCount === 1) assertEquals(sameStepsEverywhere(own, copied), []);
    });
  }
}

/** Walks both codes through every list of answers that can be given, and names the first places where they differ. */
function sameStepsEverywhere(one: Model, other: Model): string[] {
  return one.participants.flatMap((participant, index) => {
    const [first, second] = [new Places(participant), new Places(other.participants[index]!)];
    const open: (readonly [number, number, number])[] = [[0, 0, 0]];
    const seen = new Set<string>();
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      const [a, b, depth] = pair;
      if (seen.has(`${a} ${b}`) || depth > 12) continue;
      seen.add(`${a} ${b}`);
      const [does, doesToo] = [first.access(a), second.access(b)].map((access) =>
        access === null ? "ends" : `${access.does} ${access.reads} ${access.writes}`
      );
      if (does !== doesToo) return [`${participant.name}: ${does}, but ${doesToo}`];
      if (first.access(a) === null) continue;
      // Whatever memory could answer: no or nobody, and yes or the first request.
      for (const answer of [0, 1]) open.push([first.after(a, answer), second.after(b, answer), depth + 1]);
    }
    return [];
  });
}
