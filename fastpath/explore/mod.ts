/**
 * Every interleaving of small models of the driver: which orders of steps break a recipe, and the shortest of them.
 *
 * @module
 */
export { explore } from "./explorer.ts";
export type { EndState, Exploration, ExploredFinding, ExploreOptions, ScheduledStep } from "./explorer.ts";
export type { Model } from "./model.ts";
export { Places } from "./participant.ts";
export type { Keep, Participant, Touch } from "./participant.ts";
export type { Access as ExploredAccess } from "./participant.ts";
export { channelModel } from "./channel_model.ts";
export type { ChannelModelOptions } from "./channel_model.ts";
export { ChannelPort, findingBit } from "./channel_world.ts";
export type { FindingName } from "./channel_world.ts";
export type { Recipe } from "./recipe.ts";
export { literalRecipe } from "./literal_recipe.ts";
export { tokenRecipe } from "./token_recipe.ts";
export type { TokenRecipeOptions } from "./token_recipe.ts";
export { standstills } from "./progress.ts";
export type { Standstill } from "./progress.ts";
export { scheduleLines } from "./schedule_text.ts";
