/**
 * Step 4: work-to-do, and who may start the engine.
 *
 * The cursors and the token, one atomic operation a function, so that whoever wants to see every order of events can
 * drive them one by one. The engine's row is the token: the participant whose compareExchange takes it from idle to
 * busy, by the table, may pop work-to-do, insert into waiting-for-device and ring the doorbell. That cures the three
 * races of the article's recipe: lost wakeup (publish, then try the token; release, then look again), program before
 * enqueue (insert first, doorbell last), two starters (one token).
 */
import { ROW_MASK } from "./joint_table.ts";
import { CHANNEL_COMPLETED, CHANNEL_RESTART, CHANNEL_START, EVENT_START } from "./lives.ts";
import { engineMisused, misused } from "./misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS, DOORBELL, STARTED, SUBMITTED } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** The dispatcher hands slots up to `position` on. Atomic. */
export function publishSubmitted(memory: PathMemory, channel: number, position: number): void {
  Atomics.store(memory.control, channel * CONTROL_WORDS + SUBMITTED, position);
}

/** The end of work-to-do as it is now. Atomic. */
export function loadSubmitted(memory: PathMemory, channel: number): number {
  return Atomics.load(memory.control, channel * CONTROL_WORDS + SUBMITTED);
}

/**
 * Tries to become the one who may start the engine. A lost race is told apart by what was seen: a busy engine is no
 * misuse, its holder looks at work-to-do again before it goes idle; an engine that can be neither started nor
 * restarted is one, by the name that its chart gives. Atomic.
 */
export function takeToken(memory: PathMemory, channel: number): boolean {
  const { idleRow, channelTable } = memory;
  const at = channel * CONTROL_WORDS + CHANNEL_ROW;
  const seen = Atomics.compareExchange(memory.control, at, idleRow, channelTable[idleRow | CHANNEL_START]!);
  if (seen === idleRow) return true;
  const isBusy = channelTable[seen | CHANNEL_RESTART]! <= ROW_MASK;
  if (!isBusy) engineMisused(memory, channel, channelTable[seen | CHANNEL_START]!);
  return false;
}

/** The holder lets the engine go idle. It must look at work-to-do again afterwards. Atomic. */
export function releaseToken(memory: PathMemory, channel: number): void {
  const at = channel * CONTROL_WORDS + CHANNEL_ROW;
  // The row is the holder's alone while it is busy, so a plain read sees the holder's own last write.
  let row = memory.channelTable[memory.control[at]! | CHANNEL_COMPLETED]!;
  if (row > ROW_MASK) row = engineMisused(memory, channel, row);
  Atomics.store(memory.control, at, row);
}

/** The holder moves the request at `position` into waiting-for-device. Plain: the range is the holder's. */
export function enterDevice(memory: PathMemory, channel: number, position: number): void {
  const slot = channel * memory.slotCount + (position & (memory.slotCount - 1));
  let row = memory.requestTable[memory.slotRow[slot]! | EVENT_START]!;
  if (row > ROW_MASK) row = misused(memory, slot, row);
  memory.slotRow[slot] = row;
  memory.control[channel * CONTROL_WORDS + STARTED] = (position + 1) | 0;
}

/** The holder tells the engine about the request at `position`: the last act of starting it. Atomic. */
export function ringDoorbell(memory: PathMemory, channel: number, position: number): void {
  Atomics.store(memory.control, channel * CONTROL_WORDS + DOORBELL, (position + 1) | 0);
}

/**
 * What the only dispatcher of a channel does after it has published up to `submitted`: if nobody holds the token, start
 * the oldest. Nobody else publishes, so there is nothing to look at again. Returns true if it rang the doorbell.
 */
export function startSubmitted(memory: PathMemory, channel: number, submitted: number): boolean {
  if (!takeToken(memory, channel)) return false;
  const position = memory.control[channel * CONTROL_WORDS + STARTED]!;
  if (position === submitted) {
    releaseToken(memory, channel);
    return false;
  }
  enterDevice(memory, channel, position);
  ringDoorbell(memory, channel, position);
  return true;
}

/**
 * What an ISR does after it has gone idle at `position` and looked at work-to-do once more: if there is work and nobody
 * else took the token, start it. One try: if the token is taken, its holder has started this very request.
 */
export function startAgain(memory: PathMemory, channel: number, position: number): void {
  if (loadSubmitted(memory, channel) === position || !takeToken(memory, channel)) return;
  enterDevice(memory, channel, position);
  ringDoorbell(memory, channel, position);
}
