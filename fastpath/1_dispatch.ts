/**
 * Step 1: requests arrive. Each is validated (2), gets its list (3) and stands in its slot with it, ready to be queued
 * (4). The slots are the dispatcher's alone until the SUBMITTED cursor moves over them.
 *
 * The loop that ordinary requests take calls nothing: a call, even one that never happens, makes the compiler keep
 * every column in memory instead of in registers. What is not ordinary, a refusal or a long list, leaves the loop.
 */
import { PENDING, statusOf, validate } from "./2_validate.ts";
import { LAST_DESCRIPTOR, writeDescriptor, writeLongList } from "./3_map.ts";
import { refuse } from "./7_complete.ts";
import { ROW_MASK } from "./joint_table.ts";
import { EVENT_DISPATCH } from "./lives.ts";
import { reportMisuse } from "./misuse.ts";
import { CONTROL_WORDS, DESCRIPTOR_WORDS, DIRECTION, FLAG_WRITE } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/**
 * Puts `count` requests, from row `firstRequest` on, into the slots from `position` on. Returns the position behind
 * the last one taken; a request that is not valid is completed at once and takes no slot. There must be room.
 */
export type FillSlots = (channel: number, position: number, firstRequest: number, count: number) => number;

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const DISPATCH = EVENT_DISPATCH;
const TAKEN = PENDING;
const ONE_DESCRIPTOR = LAST_DESCRIPTOR;
const VERDICT = ROW_MASK;
const WRITE = FLAG_WRITE;
const WORDS = CONTROL_WORDS;
const WAY = DIRECTION;

/** {@link FillSlots} over one memory. Columns are constants of the closure: that is what makes the loop fast. */
export function createFillSlots(memory: PathMemory): FillSlots {
  const { requestTable, requestFlags, requestLength, requestHostLow, requestHostHigh } = memory;
  const { requestCardLow, requestCardHigh, requestStatus, slotRow, slotRequest, descriptors, control } = memory;
  const { arrivedRow, elementBytes, slotCount, slotMask, requestMask } = memory;
  const ringMask = slotCount - 1;
  const stride = memory.descriptorsPerSlot * DESCRIPTOR_WORDS;

  /** Takes requests as long as they are valid and fit into one descriptor. Returns how many. */
  function fillOrdinary(channel: number, position: number, firstRequest: number, count: number): number {
    const base = channel * slotCount;
    const direction = control[channel * WORDS + WAY]!;
    const isWrite = direction === WRITE;
    let said = 0;
    let taken = 0;
    for (; taken < count; taken++) {
      const request = (firstRequest + taken) & requestMask;
      const lengthBytes = requestLength[request]!;
      const hostLow = requestHostLow[request]!;
      if (validate(requestFlags[request]!, lengthBytes, hostLow, direction, elementBytes) !== 0) break;
      const slot = (base + ((position + taken) & ringMask)) & slotMask;
      const hostHigh = requestHostHigh[request]!;
      const cardLow = requestCardLow[request]!;
      const cardHigh = requestCardHigh[request]!;
      const at = slot * stride;
      if (isWrite) {
        writeDescriptor(descriptors, at, ONE_DESCRIPTOR, lengthBytes, hostLow, hostHigh, cardLow, cardHigh);
      } else {
        writeDescriptor(descriptors, at, ONE_DESCRIPTOR, lengthBytes, cardLow, cardHigh, hostLow, hostHigh);
      }
      const row = requestTable[arrivedRow | DISPATCH]!;
      said |= row;
      slotRow[slot] = row;
      slotRequest[slot] = request;
      requestStatus[request] = TAKEN;
    }
    if (said > VERDICT) reportMisuse(memory, channel, position, (position + taken) | 0);
    return taken;
  }

  return function fillSlots(channel, position, firstRequest, count) {
    let done = fillOrdinary(channel, position, firstRequest, count);
    let end = (position + done) | 0;
    while (done !== count) {
      if (fillOne(memory, channel, end, (firstRequest + done) & requestMask)) end = (end + 1) | 0;
      done++;
      const more = fillOrdinary(channel, end, firstRequest + done, count - done);
      done += more;
      end = (end + more) | 0;
    }
    return end;
  };
}

/** Takes one request, whatever it is. Returns false if it was refused. */
function fillOne(memory: PathMemory, channel: number, position: number, request: number): boolean {
  const { elementBytes, descriptorsPerSlot, slotCount, descriptors } = memory;
  const lengthBytes = memory.requestLength[request]!;
  const hostLow = memory.requestHostLow[request]!;
  const hostHigh = memory.requestHostHigh[request]!;
  const cardLow = memory.requestCardLow[request]!;
  const cardHigh = memory.requestCardHigh[request]!;
  const direction = memory.control[channel * CONTROL_WORDS + DIRECTION]!;
  const flags = memory.requestFlags[request]!;
  const found = validate(flags, lengthBytes, hostLow, direction, elementBytes * descriptorsPerSlot);
  if (found !== 0) {
    refuse(memory, request, statusOf(found));
    return false;
  }
  const slot = channel * slotCount + (position & (slotCount - 1));
  const at = slot * descriptorsPerSlot * DESCRIPTOR_WORDS;
  if (direction === FLAG_WRITE) {
    writeLongList(descriptors, at, lengthBytes, elementBytes, hostLow, hostHigh, cardLow, cardHigh);
  } else writeLongList(descriptors, at, lengthBytes, elementBytes, cardLow, cardHigh, hostLow, hostHigh);
  memory.slotRow[slot] = memory.requestTable[memory.arrivedRow | EVENT_DISPATCH]!;
  memory.slotRequest[slot] = request;
  memory.requestStatus[request] = PENDING;
  reportMisuse(memory, channel, position, (position + 1) | 0);
  return true;
}
