/**
 * The driver's half of the path on threads: dispatcher and DPC of every channel. The other half is `device_side.ts`;
 * the two share nothing but the memory, and each publishes once a pass.
 */
import { checkBurst, createFillSlots } from "./1_dispatch.ts";
import { createQueue } from "./4_queue.ts";
import { createDrainRange } from "./6_dpc.ts";
import { controlAtomics } from "./control_words.ts";
import { DEVICE_WORKER, wake } from "./parking.ts";
import { CONTROL_WORDS, DONE, READY, SUBMITTED } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** What the driver's half does. */
export interface DispatchSide {
  /**
   * Takes up to `count` requests for one channel, from row `firstRequest` on; behind the last row comes the first.
   * Returns how many it took: fewer if the channel has no more slots, which is no error; drain and come again. A row
   * must not be under way already.
   *
   * A request that is not valid (length, direction, alignment, pages not locked) is taken too, and completed at once:
   * its status says why, it needs no slot, and the next {@link DispatchSide.drain} counts it. So what submit took and
   * what drain completed is the same in the end.
   *
   * @throws {RangeError} if there is no such channel, or `count` is not a whole number up to the count of request rows.
   */
  submit(channel: number, firstRequest: number, count: number): number;
  /**
   * One DPC for every channel: completes all that is ready. Returns how many requests completed since the last time,
   * refused ones too.
   */
  drain(): number;
  /** How many of the requests taken so far were not valid. */
  refused(): number;
}

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const WORDS = CONTROL_WORDS;
const check = checkBurst;
const FREE = DONE;
const FINISHED = READY;

/** The driver's half over one memory. One a memory. */
export function createDispatchSide(memory: PathMemory): DispatchSide {
  const { channelCount, slotCount, control } = memory;
  const fillSlots = createFillSlots(memory);
  const drainRange = createDrainRange(memory);
  const { publishSubmitted, startSubmitted } = createQueue(memory);
  const { load } = controlAtomics(memory);
  // So far, and those of them that drain has counted.
  let refusedCount = 0;
  let countedRefusals = 0;
  // Own cursors in plain arrays; nobody else writes them.
  const submitted = new Int32Array(channelCount);
  const done = new Int32Array(channelCount);
  for (let channel = 0; channel < channelCount; channel++) {
    submitted[channel] = Atomics.load(control, channel * CONTROL_WORDS + SUBMITTED);
    done[channel] = Atomics.load(control, channel * CONTROL_WORDS + DONE);
  }

  function submit(channel: number, firstRequest: number, count: number): number {
    check(memory, channel, count);
    const position = submitted[channel]!;
    const room = (slotCount - (position - done[channel]!)) | 0;
    const taken = count < room ? count : room;
    if (taken === 0) return 0;
    const end = fillSlots(channel, position, firstRequest, taken) | 0;
    const refused = (taken - (end - position)) | 0;
    if (refused !== 0) refusedCount += refused;
    if (end === position) return taken;
    submitted[channel] = end;
    publishSubmitted(channel, end);
    if (startSubmitted(channel, end)) wake(memory, DEVICE_WORKER);
    return taken;
  }

  function drain(): number {
    let completed = refusedCount - countedRefusals;
    countedRefusals = refusedCount;
    for (let channel = 0; channel < channelCount; channel++) {
      const from = done[channel]!;
      const to = load(channel * WORDS + FINISHED);
      if (from === to) continue;
      drainRange(channel, from, to);
      done[channel] = to;
      // Dispatcher and DPC are one side here: nobody on another thread waits for this cursor.
      control[channel * WORDS + FREE] = to;
      completed += (to - from) | 0;
    }
    return completed;
  }

  return { submit, drain, refused: () => refusedCount };
}
