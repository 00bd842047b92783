/**
 * The whole path in one thread: dispatcher, engine, ISR and DPC take turns, so the cursors need no atomics. The stages
 * are the same functions that the workers run.
 *
 * ```text
 * submit    1 dispatch  2 validate  3 map  4 queue      one channel, a burst of requests
 * serve     5 interrupt (engine and ISR)                every channel
 * drain     6 dpc  7 complete                           every channel
 * ```
 */
import { checkBurst, createFillSlots } from "./1_dispatch.ts";
import { createServeRange } from "./5_interrupt.ts";
import { createDrainRange } from "./6_dpc.ts";
import type { Engine } from "./device.ts";
import { ROW_MASK } from "./joint_table.ts";
import { CHANNEL_COMPLETED, CHANNEL_START, EVENT_START } from "./lives.ts";
import { reportEngineMisuse, reportMisuse } from "./misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS, DONE, DOORBELL, READY, STARTED, SUBMITTED } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** The three turns. */
export interface OneThread {
  /**
   * Takes up to `count` requests for one channel, from row `firstRequest` on; behind the last row comes the first.
   * Returns how many it took: fewer if the channel has no more slots, which is no error; drain and come again. A row
   * must not be under way already.
   *
   * A request that is not valid (length, direction, alignment, pages not locked) is taken too, and completed at once:
   * its status says why, it needs no slot, and the next {@link OneThread.drain} counts it. So what submit took and
   * what drain completed is the same in the end.
   *
   * @throws {RangeError} if there is no such channel, or `count` is not a whole number up to the count of request rows.
   */
  submit(channel: number, firstRequest: number, count: number): number;
  /** Lets every engine finish what was submitted. Returns how many requests became ready to complete. */
  serve(): number;
  /** Completes everything that is ready. Returns how many requests completed since the last time, refused ones too. */
  drain(): number;
  /** How many of the requests taken so far were not valid. */
  refused(): number;
}

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const WORDS = CONTROL_WORDS;
const ROW = CHANNEL_ROW;
const TAIL = SUBMITTED;
const FREE = DONE;
const FINISHED = READY;
const BELL = DOORBELL;
const COMPLETED = CHANNEL_COMPLETED;
const START = CHANNEL_START;
const VERDICT = ROW_MASK;
const IN_DEVICE = STARTED;
const INTO_DEVICE = EVENT_START;
const check = checkBurst;
const repair = reportMisuse;
const repairEngine = reportEngineMisuse;

/** The path over one memory, in one thread. */
export function createOneThread(memory: PathMemory, engine?: Engine): OneThread {
  const { control, channelTable, channelCount, slotCount, slotMask, idleRow, requestTable, slotRow } = memory;
  const fillSlots = createFillSlots(memory);
  const serveRange = createServeRange(memory, engine);
  const drainRange = createDrainRange(memory);
  // So far, and those of them that drain has counted.
  let refusedCount = 0;
  let countedRefusals = 0;

  function stepEngine(channel: number, event: number): void {
    const at = channel * WORDS + ROW;
    const row = channelTable[control[at]! | event]!;
    control[at] = row;
    if (row > VERDICT) repairEngine(memory, channel);
  }

  /** As `enterDevice` and `ringDoorbell`, over columns that are constants. */
  function startEngine(channel: number, position: number): void {
    const word = channel * WORDS;
    const slot = (channel * slotCount + (position & (slotCount - 1))) & slotMask;
    const next = (position + 1) | 0;
    stepEngine(channel, START);
    const row = requestTable[slotRow[slot]! | INTO_DEVICE]!;
    slotRow[slot] = row;
    control[word + IN_DEVICE] = next;
    if (row > VERDICT) repair(memory, channel, position, next);
    control[word + BELL] = next;
  }

  function submit(channel: number, firstRequest: number, count: number): number {
    check(memory, channel, count);
    const word = channel * WORDS;
    const position = control[word + TAIL]!;
    const room = (slotCount - (position - control[word + FREE]!)) | 0;
    const taken = count < room ? count : room;
    const end = fillSlots(channel, position, firstRequest, taken) | 0;
    control[word + TAIL] = end;
    const refused = (taken - (end - position)) | 0;
    if (refused !== 0) refusedCount += refused;
    if (end !== position && control[word + ROW] === idleRow) startEngine(channel, position);
    return taken;
  }

  function serve(): number {
    let served = 0;
    for (let channel = 0; channel < channelCount; channel++) {
      const word = channel * WORDS;
      const from = control[word + FINISHED]!;
      if (control[word + BELL] === from) continue;
      const to = control[word + TAIL]!;
      serveRange(channel, from, to);
      control[word + FINISHED] = to;
      stepEngine(channel, COMPLETED);
      served += (to - from) | 0;
    }
    return served;
  }

  function drain(): number {
    let completed = refusedCount - countedRefusals;
    countedRefusals = refusedCount;
    for (let channel = 0; channel < channelCount; channel++) {
      const word = channel * WORDS;
      const from = control[word + FREE]!;
      const to = control[word + FINISHED]!;
      if (from === to) continue;
      drainRange(channel, from, to);
      control[word + FREE] = to;
      completed += (to - from) | 0;
    }
    return completed;
  }

  return { submit, serve, drain, refused: () => refusedCount };
}
