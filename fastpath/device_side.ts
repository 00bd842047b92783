/**
 * The device's half of the path on threads: engine and ISR of every channel. A pass over a channel takes a bounded
 * number of atomic operations, whatever the length of its queue.
 */
import { loadSubmitted, releaseToken, startAgain } from "./4_queue.ts";
import { createServeRange, loadDoorbell, publishReady } from "./5_interrupt.ts";
import type { Engine } from "./device.ts";
import { CONTROL_WORDS, READY } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** What the device's half does. */
export interface DeviceSide {
  /** One pass over every channel whose doorbell rang. Returns how many requests became ready to complete. */
  serve(): number;
  /** True if a doorbell has rung that was not answered yet. */
  hasWork(): boolean;
}

/** The device's half over one memory, with an engine that moves bytes or, without one, counts them. One a memory. */
export function createDeviceSide(memory: PathMemory, engine?: Engine): DeviceSide {
  const { channelCount, control } = memory;
  const serveRange = createServeRange(memory, engine);
  // Own cursor in a plain array; nobody else writes it.
  const ready = new Int32Array(channelCount);
  for (let channel = 0; channel < channelCount; channel++) {
    ready[channel] = Atomics.load(control, channel * CONTROL_WORDS + READY);
  }

  function serveChannel(channel: number, from: number): number {
    const to = loadSubmitted(memory, channel);
    serveRange(channel, from, to);
    ready[channel] = to;
    publishReady(memory, channel, to);
    // Idle first, then look again: what was published before that look is started by us, what comes after by its
    // dispatcher.
    releaseToken(memory, channel);
    startAgain(memory, channel, to);
    return (to - from) | 0;
  }

  function serve(): number {
    let served = 0;
    for (let channel = 0; channel < channelCount; channel++) {
      const from = ready[channel]!;
      if (loadDoorbell(memory, channel) !== from) served += serveChannel(channel, from);
    }
    return served;
  }

  function hasWork(): boolean {
    for (let channel = 0; channel < channelCount; channel++) {
      if (loadDoorbell(memory, channel) !== ready[channel]) return true;
    }
    return false;
  }

  return { serve, hasWork };
}
