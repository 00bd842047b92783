/**
 * The recipes of the explorer and the driver's own code are the same: explored side by side, step for step, they have
 * the same states, the same schedules and the same findings.
 */

import { assert, assertEquals } from "@std/assert";
import { channelModel, explore, literalRecipe, Places, tokenRecipe } from "../../fastpath/explore/mod.ts";
import type { Exploration, Model, Recipe } from "../../fastpath/explore/mod.ts";
import { REAL_RECIPES } from "./real_recipe.ts";

interface Pair {
  readonly real: Recipe;
  readonly recipe: Recipe;
  /** The first request may be cancelled at any time. */
  readonly cancels: boolean;
}

const TOKEN_WITH_CANCEL = tokenRecipe("isr-reprogram with cancel", { cancellable: true });

const PAIRS: readonly Pair[] = [
  { real: REAL_RECIPES["isr-reprogram"], recipe: tokenRecipe("isr-reprogram"), cancels: false },
  { real: REAL_RECIPES["isr-reprogram with cancel"], recipe: TOKEN_WITH_CANCEL, cancels: true },
  { real: REAL_RECIPES["xdma-literal"], recipe: literalRecipe, cancels: false },
];

function storyOf({ states, steps, longestSteps, ends, findings }: Exploration): unknown {
  const story = findings.map(({ name, steps }) => [name, ...steps.map((s) => `${s.participant} ${s.does}`)]);
  return { states, steps, longestSteps, ends: ends.length, story };
}

for (const { real, recipe, cancels } of PAIRS) {
  for (const requestCount of [1, 2, 3]) {
    Deno.test(`explore: ${recipe.name} with ${requestCount} requests takes the steps of the driver's own code`, () => {
      const [own, copied] = [real, recipe].map((each) =>
        channelModel({ recipe: each, requestCounts: [requestCount], cancels })
      );
      assert(own !== undefined && copied !== undefined);
      // Somebody who cancels makes three requests very many states.
      const reduced = cancels && requestCount === 3;
      assertEquals(storyOf(explore(own, { reduced })), storyOf(explore(copied, { reduced })));
      // Callbacks differ in the number of their request only.
      if (requestCount === 1) assertEquals(sameStepsEverywhere(own, copied), []);
    });
  }
}

for (const sharedDpc of [false, true]) {
  const dpcs = sharedDpc ? "one DPC" : "a DPC each";
  Deno.test(`explore: two channels, three requests, cancels, ${dpcs}: the same story as the driver's own code`, () => {
    const [own, copied] = [REAL_RECIPES["isr-reprogram with cancel"], TOKEN_WITH_CANCEL].map((recipe) =>
      channelModel({ recipe, requestCounts: [2, 1], cancels: true, sharedDpc })
    );
    assert(own !== undefined && copied !== undefined);
    assertEquals(storyOf(explore(own, { reduced: true })), storyOf(explore(copied, { reduced: true })));
  });
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
