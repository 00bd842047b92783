/**
 * The device's half of the path on threads: engine and ISR of every channel. A pass over a channel takes a bounded
 * number of atomic operations, whatever the length of its queue.
 */
import { createQueue } from "./4_queue.ts";
import { createServeRange } from "./5_interrupt.ts";
import { controlAtomics } from "./control_words.ts";
import type { Engine } from "./device.ts";
import { CONTROL_WORDS, DOORBELL, READY } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** What the device's half does. */
export interface DeviceSide {
  /** One pass over every channel whose doorbell rang. Returns how many requests became ready to complete. */
  serve(): number;
  /** True if a doorbell has rung that was not answered yet. */
  hasWork(): boolean;
}

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const WORDS = CONTROL_WORDS;
const BELL = DOORBELL;
const FINISHED = READY;

/** The device's half over one memory, with an engine that moves bytes or, without one, counts them. One a memory. */
export function createDeviceSide(memory: PathMemory, engine?: Engine): DeviceSide {
  const { channelCount, control } = memory;
  const serveRange = createServeRange(memory, engine);
  const { loadSubmitted, releaseToken, startAgain } = createQueue(memory);
  const { load, store } = controlAtomics(memory);
  // Own cursor in a plain array; nobody else writes it.
  const ready = new Int32Array(channelCount);
  for (let channel = 0; channel < channelCount; channel++) {
    ready[channel] = Atomics.load(control, channel * CONTROL_WORDS + READY);
  }

  function serveChannel(channel: number, from: number): number {
    const to = loadSubmitted(channel);
    serveRange(channel, from, to);
    ready[channel] = to;
    store(channel * WORDS + FINISHED, to);
    // Idle first, then look again: what was published before that look is started by us, what comes after by its
    // dispatcher.
    releaseToken(channel);
    startAgain(channel, to);
    return (to - from) | 0;
  }

  function serve(): number {
    let served = 0;
    for (let channel = 0; channel < channelCount; channel++) {
      const from = ready[channel]!;
      if (load(channel * WORDS + BELL) !== from) served += serveChannel(channel, from);
    }
    return served;
  }

  function hasWork(): boolean {
    for (let channel = 0; channel < channelCount; channel++) {
      if (load(channel * WORDS + BELL) !== ready[channel]) return true;
    }
    return false;
  }

  return { serve, hasWork };
}
