/**
 * Step 5: the engine finishes one request, its interrupt is matched to the oldest in waiting-for-device, that one moves
 * to ready-to-complete, and the next is programmed right here (S2-18). A channel completes in order, so the match is
 * the next position.
 *
 * As in step 1, ordinary requests go four at a time (`fours_interrupt.ts`), then one at a time in a loop that calls
 * nothing; a list of several descriptors and an engine that stops on an error leave both.
 */
import { LAST_DESCRIPTOR } from "./3_map.ts";
import { consumeDescriptors } from "./device.ts";
import type { Engine } from "./device.ts";
import { foursOf, nothing } from "./fours.ts";
import { ROW_MASK } from "./joint_table.ts";
import { CHANNEL_FAILED, CHANNEL_RESTART, CHANNEL_START, CHANNEL_STOP } from "./lives.ts";
import { EVENT_DEVICE_DONE, EVENT_START } from "./lives.ts";
import { reportMisuse } from "./misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS, DESCRIPTOR_WORDS, DIRECTION, DOORBELL, STARTED } from "./slots.ts";
import type { PathMemory } from "./slots.ts";
import { stepEngine } from "./steps.ts";

/**
 * Engine and ISR together, over the positions `from` up to `to`: the caller holds the token, `from` is in the device
 * and its doorbell has rung; everything up to `to` is submitted. Afterwards nothing is in the device.
 */
export type ServeRange = (channel: number, from: number, to: number) => void;

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const DONE_BY_DEVICE = EVENT_DEVICE_DONE;
const STARTED_NEXT = EVENT_START;
const RESTART = CHANNEL_RESTART;
const ONE_DESCRIPTOR = LAST_DESCRIPTOR;
const BELL = DOORBELL;
const WORDS = CONTROL_WORDS;
const ENGINE_ROW = CHANNEL_ROW;
const IN_DEVICE = STARTED;
const VERDICT = ROW_MASK;

/** {@link ServeRange} over one memory, with an engine that moves bytes or, without one, counts them. */
export function createServeRange(memory: PathMemory, moving?: Engine): ServeRange {
  const { requestTable, channelTable, control, slotRow, slotMoved, descriptors, slotCount, slotMask } = memory;
  const ringMask = slotCount - 1;
  const stride = memory.descriptorsPerSlot * DESCRIPTOR_WORDS;

  /**
   * Serves requests of one descriptor each, as long as every table allows the step. Returns where it stopped: at `to`,
   * or with that request in the device and nothing done to it.
   */
  function serveOrdinary(channel: number, from: number, to: number): number {
    const base = (channel * slotCount) | 0;
    const word = (channel * WORDS) | 0;
    const last = (to - 1) | 0;
    let engine = control[word + ENGINE_ROW]!;
    let position = from | 0;
    let slot = (base + (position & ringMask)) & slotMask;
    let row = slotRow[slot]!;
    while (position !== last) {
      // The engine fetches the descriptor. The ISR: match.
      const at = slot * stride;
      if (descriptors[at] !== ONE_DESCRIPTOR) return position;
      const done = requestTable[row | DONE_BY_DEVICE]!;
      // The ISR: program the next. All three tables are asked before anything changes.
      const next = (base + ((position + 1) & ringMask)) & slotMask;
      engine = channelTable[engine | RESTART]!;
      row = requestTable[slotRow[next]! | STARTED_NEXT]!;
      if ((done | engine | row) > VERDICT) return position;
      position = (position + 1) | 0;
      slotMoved[slot] = descriptors[at + 1]!;
      slotRow[slot] = done;
      // Insert first, doorbell last.
      slotRow[next] = row;
      control[word + BELL] = (position + 1) | 0;
      slot = next;
    }
    const at = slot * stride;
    const done = requestTable[row | DONE_BY_DEVICE]!;
    if (descriptors[at] !== ONE_DESCRIPTOR || done > VERDICT) return position;
    slotMoved[slot] = descriptors[at + 1]!;
    slotRow[slot] = done;
    return to;
  }

  // Moving takes far longer than everything else: such requests all take the way of the unusual ones.
  if (moving !== undefined) {
    return function serveAndMove(channel, from, to) {
      for (let position = from; position !== to;) position = serveOne(memory, channel, position, to, moving);
      control[channel * WORDS + IN_DEVICE] = to;
    };
  }

  /** Serves what did not go four at a time. */
  function serveRest(channel: number, from: number, to: number): void {
    let position = serveOrdinary(channel, from, to);
    while (position !== to) {
      position = serveOne(memory, channel, position, to, consumeDescriptors);
      if (position !== to) position = serveOrdinary(channel, position, to);
    }
  }

  const serveFours = foursOf(memory)?.serve ?? nothing;
  return function serveRange(channel, from, to) {
    const position = serveFours(channel, from, to);
    if (position !== to) serveRest(channel, position, to);
    control[channel * WORDS + IN_DEVICE] = to;
  };
}

/** Serves the request at `position`, whatever its list, and programs the next. Returns the next position. */
function serveOne(memory: PathMemory, channel: number, position: number, to: number, engine: Engine): number {
  const { control, requestTable, slotRow, slotCount } = memory;
  const word = channel * CONTROL_WORDS;
  const slot = channel * slotCount + (position & (slotCount - 1));
  const at = slot * memory.descriptorsPerSlot * DESCRIPTOR_WORDS;
  const movedBytes = engine(memory.descriptors, at, control[word + DIRECTION]!);
  memory.slotMoved[slot] = movedBytes;
  slotRow[slot] = requestTable[slotRow[slot]! | EVENT_DEVICE_DONE]!;
  reportMisuse(memory, channel, position, (position + 1) | 0);
  const next = (position + 1) | 0;
  // An engine that stopped on an error: status read, Run cleared, started again (PG195, channel status). If nothing is
  // to be programmed it looks, to the caller, like one that is done.
  if (movedBytes < 0) stepEngine(memory, channel, START_AFTER_ERROR);
  else if (next !== to) stepEngine(memory, channel, START_AGAIN);
  if (next === to) return next;
  const nextSlot = channel * slotCount + (next & (slotCount - 1));
  slotRow[nextSlot] = requestTable[slotRow[nextSlot]! | EVENT_START]!;
  reportMisuse(memory, channel, next, (next + 1) | 0);
  control[word + DOORBELL] = (next + 1) | 0;
  return next;
}

const START_AFTER_ERROR = [CHANNEL_FAILED, CHANNEL_STOP, CHANNEL_START];
const START_AGAIN = [CHANNEL_RESTART];
