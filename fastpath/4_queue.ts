/**
 * Step 4: work-to-do, and who may start the engine.
 *
 * The cursors and the token, one atomic operation a function, so that whoever wants to see every order of events can
 * drive them one by one. The engine's row is the token: the participant whose compareExchange takes it from idle to
 * busy, by the table, may pop work-to-do, insert into waiting-for-device and ring the doorbell. That cures the three
 * races of the article's recipe: lost wakeup (publish, then try the token; release, then look again), program before
 * enqueue (insert first, doorbell last), two starters (one token).
 */
import { controlAtomics } from "./control_words.ts";
import { ROW_MASK } from "./joint_table.ts";
import { CHANNEL_COMPLETED, CHANNEL_RESTART, CHANNEL_START, EVENT_START } from "./lives.ts";
import { engineMisused, misused } from "./misuse.ts";
import { CHANNEL_ROW, CONTROL_WORDS, DOORBELL, STARTED, SUBMITTED } from "./slots.ts";
import type { PathMemory } from "./slots.ts";

/** The cursors and the token of every channel of one memory. */
export interface Queue {
  /** The dispatcher hands slots up to `position` on. Atomic. */
  readonly publishSubmitted: (channel: number, position: number) => void;
  /** The end of work-to-do as it is now. Atomic. */
  readonly loadSubmitted: (channel: number) => number;
  /**
   * Tries to become the one who may start the engine. A lost race is told apart by what was seen: a busy engine is no
   * misuse, its holder looks at work-to-do again before it goes idle; an engine that can be neither started nor
   * restarted is one, by the name that its chart gives. Atomic.
   */
  readonly takeToken: (channel: number) => boolean;
  /** The holder lets the engine go idle. It must look at work-to-do again afterwards. Atomic. */
  readonly releaseToken: (channel: number) => void;
  /** The holder moves the request at `position` into waiting-for-device. Plain: the range is the holder's. */
  readonly enterDevice: (channel: number, position: number) => void;
  /** The holder tells the engine about the request at `position`: the last act of starting it. Atomic. */
  readonly ringDoorbell: (channel: number, position: number) => void;
  /**
   * What the only dispatcher of a channel does after it has published up to `submitted`: if nobody holds the token,
   * start the oldest. Nobody else publishes, so there is nothing to look at again. True if it rang the doorbell.
   */
  readonly startSubmitted: (channel: number, submitted: number) => boolean;
  /**
   * What an ISR does after it has gone idle at `position` and looked at work-to-do once more: if there is work and
   * nobody else took the token, start it. One try: if the token is taken, its holder has started this very request.
   */
  readonly startAgain: (channel: number, position: number) => void;
}

// What a module imports is looked up in a cell each time; a constant of its own becomes part of the code.
const WORDS = CONTROL_WORDS;
const ENGINE = CHANNEL_ROW;
const IN_DEVICE = STARTED;
const BELL = DOORBELL;
const TAIL = SUBMITTED;
const START = CHANNEL_START;
const RESTART = CHANNEL_RESTART;
const COMPLETED = CHANNEL_COMPLETED;
const INTO_DEVICE = EVENT_START;
const VERDICT = ROW_MASK;
const noteEngine = engineMisused;
const noteRequest = misused;

/** {@link Queue} over one memory. */
export function createQueue(memory: PathMemory): Queue {
  const { control, channelTable, requestTable, slotRow, slotCount, idleRow } = memory;
  const { load, store, compareExchange } = controlAtomics(memory);
  const ringMask = slotCount - 1;

  function publishSubmitted(channel: number, position: number): void {
    store(channel * WORDS + TAIL, position);
  }

  function loadSubmitted(channel: number): number {
    return load(channel * WORDS + TAIL);
  }

  function takeToken(channel: number): boolean {
    const at = channel * WORDS + ENGINE;
    // To look costs less than to try, and is as good: who holds the token looks at work-to-do after letting it go.
    let seen = load(at);
    if (seen === idleRow) seen = compareExchange(at, idleRow, channelTable[idleRow | START]!);
    if (seen === idleRow) return true;
    const isBusy = channelTable[seen | RESTART]! <= VERDICT;
    if (!isBusy) noteEngine(memory, channel, channelTable[seen | START]!);
    return false;
  }

  function releaseToken(channel: number): void {
    const at = channel * WORDS + ENGINE;
    // The row is the holder's alone while it is busy, so a plain read sees the holder's own last write.
    let row = channelTable[control[at]! | COMPLETED]!;
    if (row > VERDICT) row = noteEngine(memory, channel, row);
    store(at, row);
  }

  function enterDevice(channel: number, position: number): void {
    const slot = channel * slotCount + (position & ringMask);
    let row = requestTable[slotRow[slot]! | INTO_DEVICE]!;
    if (row > VERDICT) row = noteRequest(memory, slot, row);
    slotRow[slot] = row;
    control[channel * WORDS + IN_DEVICE] = (position + 1) | 0;
  }

  function ringDoorbell(channel: number, position: number): void {
    store(channel * WORDS + BELL, (position + 1) | 0);
  }

  function startSubmitted(channel: number, submitted: number): boolean {
    if (!takeToken(channel)) return false;
    const position = control[channel * WORDS + IN_DEVICE]!;
    if (position === submitted) {
      releaseToken(channel);
      return false;
    }
    enterDevice(channel, position);
    ringDoorbell(channel, position);
    return true;
  }

  function startAgain(channel: number, position: number): void {
    if (loadSubmitted(channel) === position || !takeToken(channel)) return;
    enterDevice(channel, position);
    ringDoorbell(channel, position);
  }

  return {
    ...{ publishSubmitted, loadSubmitted, takeToken, releaseToken },
    ...{ enterDevice, ringDoorbell, startSubmitted, startAgain },
  };
}
