/**
 * Step 5: the engine finishes one request, its interrupt is matched to the oldest in waiting-for-device, that one moves
 * to ready-to-complete, and the next is programmed right here (S2-18). A channel completes in order, so the match is
 * the next position.
 *
 * As in step 1, the loop of ordinary requests calls nothing; a list of several descriptors and an engine that stops on
 * an error leave it.
 */
import { LAST_DESCRIPTOR } from "./3_map.ts";
import { consumeDescriptors } from "./device.ts";
import type { Engine } from "./device.ts";
import { ROW_MASK } from "./joint_table.ts";
import { CHANNEL_FAILED, CHANNEL_RESTART, CHANNEL_START, CHANNEL_STOP } from "./lives.ts";
import { EVENT_DEVICE_DONE, EVENT_START } from "./lives.ts";
import { engineMisused, reportMisuse } from "./misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS, DESCRIPTOR_WORDS, DIRECTION, DOORBELL, READY, STARTED } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

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
  const tableMask = requestTable.length - 1;
  const engineMask = channelTable.length - 1;
  const ringMask = slotCount - 1;
  const stride = memory.descriptorsPerSlot * DESCRIPTOR_WORDS;

  /** Serves requests of one descriptor each. Returns where it stopped: at `to`, or with that request in the device. */
  function serveOrdinary(channel: number, from: number, to: number): number {
    const base = channel * slotCount;
    const word = channel * WORDS;
    const before = control[word + ENGINE_ROW]!;
    let engine = before;
    let engineSaid = 0;
    let slot = (base + (from & ringMask)) & slotMask;
    let said = 0;
    let position = from;
    for (;;) {
      // The engine fetches the descriptor.
      const at = slot * stride;
      if (descriptors[at] !== ONE_DESCRIPTOR) break;
      slotMoved[slot] = descriptors[at + 1]!;
      // The ISR: match.
      let row = requestTable[(slotRow[slot]! | DONE_BY_DEVICE) & tableMask]!;
      said |= row;
      slotRow[slot] = row;
      position = (position + 1) | 0;
      if (position === to) break;
      // The ISR: program the next. Insert first, doorbell last.
      engine = channelTable[(engine | RESTART) & engineMask]!;
      slot = (base + (position & ringMask)) & slotMask;
      row = requestTable[(slotRow[slot]! | STARTED_NEXT) & tableMask]!;
      engineSaid |= engine;
      slotRow[slot] = row;
      control[word + BELL] = (position + 1) | 0;
      // Not legal: out of the loop, before the next step would write over what the table said.
      said |= row;
      if (row > VERDICT) break;
    }
    // Only the first step can be wrong: a restarted engine is busy, and a busy one may be restarted.
    if (engineSaid > VERDICT) engineMisused(memory, channel, channelTable[before | RESTART]!);
    if (said > VERDICT) reportMisuse(memory, channel, from, position === to ? to : (position + 1) | 0);
    return position;
  }

  // Moving takes far longer than everything else: such requests all take the way of the unusual ones.
  if (moving !== undefined) {
    return function serveAndMove(channel, from, to) {
      for (let position = from; position !== to;) position = serveOne(memory, channel, position, to, moving);
      control[channel * WORDS + IN_DEVICE] = to;
    };
  }

  return function serveRange(channel, from, to) {
    let position = serveOrdinary(channel, from, to);
    while (position !== to) {
      position = serveOne(memory, channel, position, to, consumeDescriptors);
      if (position !== to) position = serveOrdinary(channel, position, to);
    }
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
  const failed = movedBytes < 0;
  if (failed) stepEngine(memory, channel, CHANNEL_FAILED);
  // An engine that stopped on an error: status read, Run cleared (PG195, channel status).
  if (failed) stepEngine(memory, channel, CHANNEL_STOP);
  if (next === to) {
    // The caller lets a busy engine go; one that was stopped has to look as if it were.
    if (failed) stepEngine(memory, channel, CHANNEL_START);
    return next;
  }
  stepEngine(memory, channel, failed ? CHANNEL_START : CHANNEL_RESTART);
  const nextSlot = channel * slotCount + (next & (slotCount - 1));
  slotRow[nextSlot] = requestTable[slotRow[nextSlot]! | EVENT_START]!;
  reportMisuse(memory, channel, next, (next + 1) | 0);
  control[word + DOORBELL] = (next + 1) | 0;
  return next;
}

function stepEngine(memory: PathMemory, channel: number, event: number): void {
  const at = channel * CONTROL_WORDS + CHANNEL_ROW;
  const row = memory.channelTable[memory.control[at]! | event]!;
  memory.control[at] = row > ROW_MASK ? engineMisused(memory, channel, row) : row;
}

/** What the engine was last told, as it is now. Atomic. */
export function loadDoorbell(memory: PathMemory, channel: number): number {
  return Atomics.load(memory.control, channel * CONTROL_WORDS + DOORBELL);
}

/** The ISR hands slots up to `position` to the DPC. Atomic. */
export function publishReady(memory: PathMemory, channel: number, position: number): void {
  Atomics.store(memory.control, channel * CONTROL_WORDS + READY, position);
}
