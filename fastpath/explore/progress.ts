/**
 * Who waits for whom: one participant stops for ever, at any one of its steps; which requests are left undone that are
 * not its own? Lock-free would mean: none, whoever it is and wherever it stops.
 *
 * What a token recipe guarantees, and what not, as {@link standstills} finds it:
 * - Channels never wait for each other, unless they share a DPC.
 * - A callback that stops before it takes the busy token holds up its own request only. One that stops between taking
 *   the token and the doorbell, or before it has looked at work-to-do again after giving the token back, holds up its
 *   channel: the protocol is *blocking* there, and nobody can help, because only the holder knows what it has popped.
 *   In a driver the callback runs at DISPATCH_LEVEL, where it can be interrupted and not be preempted; a worker thread
 *   can lose its processor inside that window, which is why the scheduler on Workers does not go by a token.
 * - Where a channel has one dispatcher for all of its requests, as on the fast path, what stands behind a stopped
 *   dispatcher is its own: whatever it has handed over completely is completed by the others.
 * - Nobody stands in for an ISR or a DPC that stops: its channel stands still.
 *   `fastpath/helped_ring.ts` shows what it takes to be lock-free in all of these places: an engine that reads its
 *   doorbell as a cursor, so that one compareExchange is right, choice and ring at once, and more than one DPC. The
 *   scheduler on Workers stands on it (`actors/threads/`).
 * - Nobody ever waits *actively*: there is no step that is repeated until somebody else has done something, so every
 *   schedule ends, and {@link explore} says after how many steps at the latest.
 */
import { callbackName, channelModel } from "./channel_model.ts";
import type { ChannelModelOptions } from "./channel_model.ts";
import { requestName, unfinishedOf } from "./channel_world.ts";
import { explore } from "./explorer.ts";

/** Somebody stopped for ever, and requests that are not its own are never completed. */
export interface Standstill {
  /** Who stopped. */
  readonly participant: string;
  /** The step that it never took, as in schedules. */
  readonly before: string;
  /** The requests left undone, its own left out; the most that were found. */
  readonly undone: readonly string[];
}

/** Stops every participant but the hardware at each of its steps. One entry a participant and step. */
export function standstills(options: ChannelModelOptions): Standstill[] {
  const model = channelModel(options);
  return model.participants.flatMap(({ name, isHardware = false }, suspend) => {
    if (isHardware) return [];
    const worst = new Map<string, Standstill>();
    for (const { words, suspendedBefore } of explore(model, { suspend, reduced: true }).ends) {
      if (suspendedBefore === null) continue;
      const undone = options.requestCounts.flatMap((requestCount, channel) =>
        unfinishedOf(words, channel, requestCount)
          .filter((request) => name !== callbackName(channel, request))
          .map((request) => requestName(channel, request))
      );
      if (undone.length <= (worst.get(suspendedBefore)?.undone.length ?? 0)) continue;
      worst.set(suspendedBefore, { participant: name, before: suspendedBefore, undone });
    }
    return [...worst.values()];
  });
}
