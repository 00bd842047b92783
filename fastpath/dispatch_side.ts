/**
 * The driver's half of the path on threads: dispatcher and DPC of every channel. The other half is `device_side.ts`;
 * the two share nothing but the memory, and each publishes once a pass.
 */
import { createFillSlots } from "./1_dispatch.ts";
import { publishSubmitted, startSubmitted } from "./4_queue.ts";
import { createDrainRange, loadReady } from "./6_dpc.ts";
import { DEVICE_WORKER, wake } from "./parking.ts";
import { CONTROL_WORDS, DONE, SUBMITTED } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** What the driver's half does. */
export interface DispatchSide {
  /**
   * Takes up to `count` requests, from row `firstRequest` on, for one channel. Returns how many it took: fewer if the
   * channel has no more slots, which is no error; drain and come again.
   */
  submit(channel: number, firstRequest: number, count: number): number;
  /** One DPC for every channel: completes all that is ready. Returns how many requests. */
  drain(): number;
}

/** The driver's half over one memory. One a memory. */
export function createDispatchSide(memory: PathMemory): DispatchSide {
  const { channelCount, slotCount, control } = memory;
  const fillSlots = createFillSlots(memory);
  const drainRange = createDrainRange(memory);
  // Own cursors in plain arrays; nobody else writes them.
  const submitted = new Int32Array(channelCount);
  const done = new Int32Array(channelCount);
  for (let channel = 0; channel < channelCount; channel++) {
    submitted[channel] = Atomics.load(control, channel * CONTROL_WORDS + SUBMITTED);
    done[channel] = Atomics.load(control, channel * CONTROL_WORDS + DONE);
  }

  function submit(channel: number, firstRequest: number, count: number): number {
    const position = submitted[channel]!;
    const room = (slotCount - (position - done[channel]!)) | 0;
    const taken = count < room ? count : room;
    if (taken === 0) return 0;
    const end = fillSlots(channel, position, firstRequest, taken);
    if (end === position) return taken;
    submitted[channel] = end;
    publishSubmitted(memory, channel, end);
    if (startSubmitted(memory, channel, end)) wake(memory, DEVICE_WORKER);
    return taken;
  }

  function drain(): number {
    let completed = 0;
    for (let channel = 0; channel < channelCount; channel++) {
      const from = done[channel]!;
      const to = loadReady(memory, channel);
      if (from === to) continue;
      drainRange(channel, from, to);
      done[channel] = to;
      // Dispatcher and DPC are one side here: nobody on another thread waits for this cursor.
      control[channel * CONTROL_WORDS + DONE] = to;
      completed += (to - from) | 0;
    }
    return completed;
  }

  return { submit, drain };
}
