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
import { createFillSlots } from "./1_dispatch.ts";
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
   * Takes up to `count` requests, from row `firstRequest` on, for one channel. Returns how many it took: fewer if the
   * channel has no more slots, which is no error; drain and come again.
   */
  submit(channel: number, firstRequest: number, count: number): number;
  /** Lets every engine finish what was submitted. Returns how many requests became ready to complete. */
  serve(): number;
  /** Completes everything that is ready. Returns how many requests. */
  drain(): number;
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
const repair = reportMisuse;
const repairEngine = reportEngineMisuse;

/** The path over one memory, in one thread. */
export function createOneThread(memory: PathMemory, engine?: Engine): OneThread {
  const { control, channelTable, channelCount, slotCount, slotMask, idleRow, requestTable, slotRow } = memory;
  const fillSlots = createFillSlots(memory);
  const serveRange = createServeRange(memory, engine);
  const drainRange = createDrainRange(memory);

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
    const word = channel * WORDS;
    const position = control[word + TAIL]!;
    const room = (slotCount - (position - control[word + FREE]!)) | 0;
    const taken = count < room ? count : room;
    const end = fillSlots(channel, position, firstRequest, taken) | 0;
    control[word + TAIL] = end;
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
    let completed = 0;
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

  return { submit, serve, drain };
}
