/**
 * Step 1: requests arrive. Each is validated (2), gets its list (3) and stands in its slot with it, ready to be queued
 * (4). The slots are the dispatcher's alone until the SUBMITTED cursor moves over them.
 *
 * Ordinary requests, valid and short enough for one descriptor, go four at a time (`fours_dispatch.ts`), then one at a
 * time in a loop that calls nothing: a call, even one that never happens, makes the compiler keep every column in
 * memory instead of in registers. What is not ordinary, a refusal or a long list, leaves both.
 */
import { isOrdinary, PENDING, statusOf, validate } from "./2_validate.ts";
import { LAST_DESCRIPTOR, writeLongList } from "./3_map.ts";
import { refuse } from "./7_complete.ts";
import { foursOf } from "./fours.ts";
import { ROW_MASK } from "./joint_table.ts";
import { EVENT_DISPATCH } from "./lives.ts";
import { reportMisuse } from "./misuse.ts";
import { CONTROL_WORDS, DESCRIPTOR_WORDS, DIRECTION, FLAG_LOCKED, FLAG_WRITE } from "./slots.ts";
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
const LOCKED = FLAG_LOCKED;
const WORDS = CONTROL_WORDS;
const WAY = DIRECTION;
const isUsual = isOrdinary;
// Where an address stands in a descriptor.
const SOURCE = 2;
const DESTINATION = 4;

/** {@link FillSlots} over one memory. Columns are constants of the closure: that is what makes the loop fast. */
export function createFillSlots(memory: PathMemory): FillSlots {
  const { requestTable, requestFlags, requestLength, requestHostLow, requestHostHigh } = memory;
  const { requestCardLow, requestCardHigh, requestStatus, slotRow, slotRequest, descriptors, control } = memory;
  const { arrivedRow, elementBytes, slotCount, slotMask, requestMask } = memory;
  const ringMask = slotCount - 1;
  const stride = memory.descriptorsPerSlot * DESCRIPTOR_WORDS;

  /** Takes ordinary requests, up to the first that is not. Returns how many. */
  function fillOrdinary(channel: number, position: number, firstRequest: number, count: number): number {
    const base = (channel * slotCount) | 0;
    const direction = control[channel * WORDS + WAY]!;
    const flags = direction | LOCKED;
    const host = direction === WRITE ? SOURCE : DESTINATION;
    const card = direction === WRITE ? DESTINATION : SOURCE;
    let taken = 0;
    for (; taken < count; taken++) {
      const request = (firstRequest + taken) & requestMask;
      const lengthBytes = requestLength[request]!;
      const hostLow = requestHostLow[request]!;
      if (!isUsual(requestFlags[request]!, lengthBytes, hostLow, flags, elementBytes)) break;
      const row = requestTable[arrivedRow | DISPATCH]!;
      if (row > VERDICT) break;
      const slot = (base + ((position + taken) & ringMask)) & slotMask;
      const at = slot * stride;
      descriptors[at] = ONE_DESCRIPTOR;
      descriptors[at + 1] = lengthBytes;
      descriptors[at + host] = hostLow;
      descriptors[at + host + 1] = requestHostHigh[request]!;
      descriptors[at + card] = requestCardLow[request]!;
      descriptors[at + card + 1] = requestCardHigh[request]!;
      slotRow[slot] = row;
      slotRequest[slot] = request;
      requestStatus[request] = TAKEN;
    }
    return taken;
  }

  /** Takes what did not go four at a time. */
  function fillRest(channel: number, position: number, firstRequest: number, count: number): number {
    let done = fillOrdinary(channel, position, firstRequest, count);
    let end = (position + done) | 0;
    while (done < count) {
      if (fillOne(memory, channel, end, (firstRequest + done) & requestMask)) end = (end + 1) | 0;
      done++;
      const more = fillOrdinary(channel, end, firstRequest + done, count - done);
      done += more;
      end = (end + more) | 0;
    }
    return end;
  }

  const fillFours = foursOf(memory)?.fill;
  if (fillFours === undefined) return fillRest;
  return function fillSlots(channel, position, firstRequest, count) {
    const taken = fillFours(channel, position, firstRequest, count);
    if (taken === count) return (position + count) | 0;
    return fillRest(channel, (position + taken) | 0, firstRequest + taken, count - taken);
  };
}

/**
 * What is asked of a dispatcher can be done at all: there is such a channel, and no row would be taken twice.
 *
 * @throws {RangeError} with one sentence, if not.
 */
export function checkBurst({ channelCount, requestCount }: PathMemory, channel: number, count: number): void {
  if (channel >>> 0 !== channel || channel >= channelCount) {
    throw new RangeError(`Cannot submit to channel ${channel}: expected a whole number from 0 to ${channelCount - 1}`);
  }
  if (count >>> 0 !== count || count > requestCount) {
    throw new RangeError(`Cannot submit ${count} requests: expected a whole number from 0 to ${requestCount}`);
  }
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
    refuse(memory, channel, request, statusOf(found));
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
