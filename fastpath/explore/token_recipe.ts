/**
 * `isr-reprogram` as a recipe: the busy token is the right to pop work-to-do, to insert into waiting-for-device and to
 * ring the doorbell; whoever queues a request looks at the token again, whoever gives it back looks at the queue again.
 *
 * Each of the cures can be left out, so that it is seen what it is for.
 */
import type { ChannelPort } from "./channel_world.ts";
import { drainReady, matchInterrupt } from "./recipe.ts";
import type { Recipe } from "./recipe.ts";

/** What may be left out of the recipe, or put in. */
export interface TokenRecipeOptions {
  /** A callback takes the token only if nobody is in work-to-do, so that nobody is overtaken. Default: true. */
  readonly looksForOthers?: boolean;
  /** The token is tried again after a request was queued. Default: true. */
  readonly looksAfterInsert?: boolean;
  /** Work-to-do is looked at again after the token was given back. Default: true. */
  readonly looksAfterRelease?: boolean;
  /** The token is taken by compare-and-swap, not by a load and a store. Default: true. */
  readonly takesAtomically?: boolean;
  /** Waiting-for-device first, doorbell last. Default: true. */
  readonly insertsFirst?: boolean;
  /**
   * Requests may be cancelled: each is claimed for the device by compare-and-swap before it is started, and goes
   * straight to ready-to-complete if the requester was faster. Interlocked lists give nothing back from their middle,
   * so a cancelled request is marked, and skipped when its turn comes. Default: false.
   */
  readonly cancellable?: boolean;
}

/** The recipe, whole or with something left out. */
export function tokenRecipe(name: string, options: TokenRecipeOptions = {}): Recipe {
  const { looksAfterInsert = true, looksAfterRelease = true, takesAtomically = true } = options;
  const { looksForOthers = true, insertsFirst = true, cancellable = false } = options;

  const take = (channel: ChannelPort): boolean => {
    if (takesAtomically) return channel.tryTake();
    if (channel.isBusy()) return false;
    channel.setBusy();
    return true;
  };

  /** With the token. False if the request was cancelled and the token is still ours to use. */
  const start = (channel: ChannelPort, request: number): boolean => {
    if (cancellable && !channel.claim(request)) {
      channel.insertReady(request);
      channel.requestDpc();
      return false;
    }
    if (insertsFirst) channel.insertWaiting(request);
    channel.ring(request);
    if (!insertsFirst) channel.insertWaiting(request);
    return true;
  };

  const startNext = (channel: ChannelPort): void => {
    for (;;) {
      const next = channel.popWork();
      if (next !== 0) {
        if (start(channel, next)) return;
        continue;
      }
      channel.release();
      if (!looksAfterRelease || !channel.hasWork() || !take(channel)) return;
    }
  };

  return {
    name,
    callback: (channel, request) => {
      if (!(looksForOthers && channel.hasWork()) && take(channel)) {
        if (!start(channel, request)) startNext(channel);
        return;
      }
      channel.insertWork(request);
      if (looksAfterInsert && take(channel)) startNext(channel);
    },
    interrupt: (channel) => {
      if (!matchInterrupt(channel)) return;
      startNext(channel);
      channel.requestDpc();
    },
    drain: drainReady,
  };
}
