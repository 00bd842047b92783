/**
 * All strategies, in the order of the demo: from the typical driver to the best, then the rivals.
 *
 * @module
 */
import type { Strategy, StrategyName } from "../strategy.ts";
import { classic } from "./classic.ts";
import { copy } from "./copy.ts";
import { isrReprogram } from "./isr_reprogram.ts";
import { newModel } from "./new_model.ts";
import { preallocQueue } from "./prealloc_queue.ts";
import { registered } from "./registered.ts";
import { syncRecipe } from "./sync_recipe.ts";
import { threeStage } from "./three_stage.ts";
import { xdmaLiteral } from "./xdma_literal.ts";

export { xdmaLiteralWithWindow } from "./xdma_literal.ts";
export { registeredWith } from "./registered.ts";
export { classic, copy, isrReprogram, newModel, preallocQueue, registered, syncRecipe, threeStage, xdmaLiteral };

/** Every strategy by name. */
export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  "classic": classic,
  "new-model": newModel,
  "prealloc-queue": preallocQueue,
  "isr-reprogram": isrReprogram,
  "three-stage": threeStage,
  "sync-recipe": syncRecipe,
  "registered": registered,
  "copy": copy,
  "xdma-literal": xdmaLiteral,
};
