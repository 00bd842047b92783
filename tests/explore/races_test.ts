/** Every interleaving of small models: what breaks the article's recipe, and that nothing breaks ours. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { channelModel, explore, literalRecipe, scheduleLines, tokenRecipe } from "../../fastpath/explore/mod.ts";
import type { Exploration, FindingName, Recipe, TokenRecipeOptions } from "../../fastpath/explore/mod.ts";
import { REAL_RECIPES } from "./real_recipe.ts";

function namesOf({ findings }: Exploration): string[] {
  return findings.map(({ name }) => name);
}

function shortest(recipe: Recipe, name: FindingName, requestCount: number): string[] {
  const model = channelModel({ recipe, requestCounts: [requestCount] });
  const finding = explore(model).findings.find((each) => each.name === name);
  assert(finding !== undefined, `${recipe.name} has no ${name}`);
  return finding.steps.map(({ participant, does }) => `${participant}: ${does}`);
}

for (const recipe of [literalRecipe, REAL_RECIPES["xdma-literal"]]) {
  Deno.test(`explore: LostWakeup in ${recipe.name}: busy is read, the ISR finds no work, then work is queued`, () => {
    const steps = shortest(recipe, "LostWakeup", 2);
    assertEquals(steps.length, 20);
    const read = steps.indexOf("callback A2: reads busy: 1");
    const empty = steps.indexOf("ISR A: takes the head of work-to-do: it is empty");
    const queued = steps.indexOf("callback A2: inserts A2 into work-to-do");
    assert(0 < read && read < empty && empty < queued, steps.join("\n"));
  });

  Deno.test(`explore: ProgramBeforeEnqueue in ${recipe.name}: the interrupt comes before the request waits`, () => {
    assertEquals(shortest(recipe, "ProgramBeforeEnqueue", 1), [
      "callback A1: callback of A1 begins",
      "callback A1: reads busy: 0",
      "callback A1: tries busy 0 → 1: taken",
      "callback A1: rings the doorbell for A1",
      "engine A: finishes the transfer, raises the interrupt",
      "ISR A: interrupt",
      "ISR A: reads the status: one transfer done",
      "ISR A: takes the head of waiting-for-device: nobody",
    ]);
  });

  Deno.test(`explore: RestartBeforeIdle in ${recipe.name}: two callbacks see a free engine and both start it`, () => {
    const steps = shortest(recipe, "RestartBeforeIdle", 2);
    assertEquals(steps.length, 8);
    const doorbells = steps.filter((step) => step.includes("rings the doorbell"));
    assertEquals(new Set(doorbells.map((step) => step.split(":")[0])).size, 2);
    assertEquals(steps.filter((step) => step.endsWith("reads busy: 0")).length, 2);
    assert(!steps.some((step) => step.startsWith("engine")), "the engine was still busy with the first one");
  });
}

Deno.test("explore: the driver's own isr-reprogram loses, doubles and overtakes nothing in any order of its steps [S2-13, S2-22]", () => {
  for (const requestCount of [1, 2, 3]) {
    const found = explore(channelModel({ recipe: REAL_RECIPES["isr-reprogram"], requestCounts: [requestCount] }));
    assertEquals(namesOf(found), []);
    assertEquals(found.ends.length, 1);
    assert(Number.isFinite(found.longestSteps), "a schedule goes round in circles");
  }
});

Deno.test("explore: two channels, three requests each, cancels: no order of steps breaks the token recipe", () => {
  const recipe = tokenRecipe("isr-reprogram with cancel", { cancellable: true });
  const found = explore(channelModel({ recipe, requestCounts: [3, 3], cancels: true }), { reduced: true });
  assertEquals(namesOf(found), []);
  // Each cancelled request was cancelled in time or too late.
  assertEquals(found.ends.length, 4);
  assert(found.states > 500_000, `only ${found.states} states`);
});

for (
  const recipe of [
    tokenRecipe("isr-reprogram with cancel", { cancellable: true }),
    REAL_RECIPES["isr-reprogram with cancel"],
  ]
) {
  Deno.test(`explore: two channels, three requests, one DPC for both, cancels: no order of steps breaks ${recipe.name}`, () => {
    const options = { recipe, requestCounts: [2, 1], cancels: true, sharedDpc: true };
    const found = explore(channelModel(options), { reduced: true });
    assertEquals([namesOf(found), found.ends.length], [[], 4]);
  });
}

const MUTANTS: readonly (readonly [title: string, left: TokenRecipeOptions, finding: FindingName])[] = [
  ["no look at the token after queuing", { looksAfterInsert: false }, "LostWakeup"],
  ["no look at the queue after giving the token back", { looksAfterRelease: false }, "LostWakeup"],
  ["the token is loaded and stored, not swapped", { takesAtomically: false }, "RestartBeforeIdle"],
  ["the doorbell before waiting-for-device", { insertsFirst: false }, "ProgramBeforeEnqueue"],
  ["the token is taken although somebody is queued", { looksForOthers: false }, "OutOfOrder"],
];

for (const [title, left, finding] of MUTANTS) {
  Deno.test(`explore: ${title}: ${finding}`, () => {
    const model = channelModel({ recipe: tokenRecipe(title, left), requestCounts: [finding === "OutOfOrder" ? 3 : 2] });
    const full = explore(model);
    assert(namesOf(full).includes(finding), namesOf(full).join(" "));
    // Leaving orders out must not leave findings out.
    assertEquals(namesOf(explore(model, { reduced: true })), namesOf(full));
  });
}

Deno.test("explore: a cancelled request that nobody claims before it starts is given to the device: StartedCancelled", () => {
  for (const cancellable of [false, true]) {
    const recipe = tokenRecipe("with or without the claim", { cancellable });
    const real = REAL_RECIPES[cancellable ? "isr-reprogram with cancel" : "isr-reprogram"];
    for (const each of [recipe, real]) {
      assertEquals(
        namesOf(explore(channelModel({ recipe: each, requestCounts: [2], cancels: true }))),
        cancellable ? [] : ["StartedCancelled"],
      );
    }
  }
});

Deno.test("explore: a schedule is told line by line, with who takes over and what changed", () => {
  const model = channelModel({ recipe: literalRecipe, requestCounts: [1] });
  const finding = explore(model).findings.find(({ name }) => name === "ProgramBeforeEnqueue");
  assert(finding !== undefined);
  const lines = scheduleLines(model, finding);
  assertEquals(lines.length, 9);
  assertEquals(lines[3]?.replace(/ +/g, " "), "4 rings the doorbell for A1 engine moves A1");
  assertEquals(
    lines[4]?.replace(/ +/g, " "),
    "5 engine A finishes the transfer, raises the interrupt engine idle, A1 done · interrupt latched",
  );
  assertEquals(
    lines[8]?.trim(),
    "busy 1 · work – · waiting – · ready – · engine idle · interrupt – · DPC –",
  );
});

Deno.test("explore: a model that does not fit into its words is refused with a sentence", () => {
  for (const requestCounts of [[5], [1, 1, 1, 1]]) {
    assertThrows(() => channelModel({ recipe: literalRecipe, requestCounts }), RangeError, "at most 3 channels");
  }
});
