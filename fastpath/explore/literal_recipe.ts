/** `xdma-literal` as a recipe: the article word for word, with its three holes. */
import type { ChannelPort } from "./channel_world.ts";
import { drainReady, matchInterrupt } from "./recipe.ts";
import type { Recipe } from "./recipe.ts";

/** The article's paths 2, 3 and 4. */
export const literalRecipe: Recipe = {
  name: "xdma-literal",
  callback: (channel, request) => {
    if (channel.isBusy()) {
      channel.insertWork(request);
      return;
    }
    channel.tryTake();
    program(channel, request);
  },
  interrupt: (channel) => {
    if (!matchInterrupt(channel)) return;
    const next = channel.popWork();
    if (next === 0) channel.release();
    else program(channel, next);
    channel.requestDpc();
  },
  drain: drainReady,
};

function program(channel: ChannelPort, request: number): void {
  channel.ring(request);
  channel.insertWaiting(request);
}
