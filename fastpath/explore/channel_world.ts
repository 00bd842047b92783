/**
 * The shared memory of up to three channels in a few words: busy token, three queues, engine, interrupt latch, DPC
 * object, requests. Every method of a {@link ChannelPort} is one atomic step on it. A queue of up to seven requests is
 * one word, four bits a request, head in the lowest bits.
 *
 * The engine keeps to PG195: a doorbell to a running engine changes nothing, status is cleared by reading it, and an
 * interrupt that is latched twice is one interrupt. What goes wrong is noted in the words, where it stays.
 */
import type { Access, Touch } from "./participant.ts";

/** Words of one channel. */
export const CHANNEL_WORDS = 11;
const BUSY = 0;
const WORK = 1;
const WAITING = 2;
const READY = 3;
/** Bits 3:0 the request that the engine moves, 7:4 the one it finished, 11:8 the one whose status was read last. */
const ENGINE = 4;
const LATCH = 5;
const DPC = 6;
/** Four bits a request: {@link STARTED}, {@link CANCELLED}. */
const CLAIMS = 7;
/** One bit a request. */
const COMPLETED = 8;
/** Four bits a request: who was in work-to-do when its callback began and is there still. Ours, not the driver's. */
const AHEAD = 9;
/** What went wrong so far. Ours, too. */
const FINDINGS = 10;

const STARTED = 1;
const CANCELLED = 2;

/** The objects of a channel as bits: a word of the list above each, our notes left out. */
const OBJECTS_PER_CHANNEL = 9;

const STARTER = [BUSY, WORK, WAITING, READY, ENGINE, DPC, CLAIMS];
const REACH = {
  callback: [STARTER, STARTER],
  engine: [[ENGINE], [ENGINE, LATCH]],
  isr: [[...STARTER, LATCH], [...STARTER, LATCH]],
  dpc: [[READY, DPC], [READY, DPC, COMPLETED]],
  requester: [[CLAIMS], [CLAIMS]],
} as const;

/** What can go wrong, by bit. */
export const FINDING_NAMES: readonly FindingName[] = [
  "LostWakeup",
  "ProgramBeforeEnqueue",
  "RestartBeforeIdle",
  "MatchedAnother",
  "OutOfOrder",
  "CompletedTwice",
  "RequestLost",
  "StartedCancelled",
];

/** A finding of the explorer. The first three are rules of the catalogue, the others are what follows from them. */
export type FindingName =
  | "LostWakeup"
  | "ProgramBeforeEnqueue"
  | "RestartBeforeIdle"
  | "MatchedAnother"
  | "OutOfOrder"
  | "CompletedTwice"
  | "RequestLost"
  | "StartedCancelled";

/** A finding as a bit. */
export function findingBit(name: FindingName): number {
  return 1 << FINDING_NAMES.indexOf(name);
}

const CHANNEL_LETTERS = "ABC";

/** A request by name, `A2`: the second one of the first channel. Requests of a channel count from 1. */
export function requestName(channel: number, request: number): string {
  return `${CHANNEL_LETTERS[channel]}${request}`;
}

/** What a participant may ever touch, one bit an object. */
export interface Reach {
  readonly reads: number;
  readonly writes: number;
}

/** Who may touch what on a channel. The explorer holds every access against it. */
export function reachOf(channel: number, who: "callback" | "engine" | "isr" | "dpc" | "requester"): Reach {
  const [reads, writes] = REACH[who];
  return { reads: objects(channel, reads), writes: objects(channel, writes) };
}

/** When a participant that begins by itself may do so. */
export interface Readiness {
  readonly reads: number;
  readonly holds: (words: Int32Array) => boolean;
}

/** The engine was told to move something. */
export function engineReady(channel: number): Readiness {
  return readiness(channel, ENGINE, (word) => (word & 15) !== 0);
}

/** An interrupt is latched. */
export function interruptReady(channel: number): Readiness {
  return readiness(channel, LATCH, (word) => word !== 0);
}

/** The DPC object is queued. */
export function dpcReady(channel: number): Readiness {
  return readiness(channel, DPC, (word) => word !== 0);
}

function readiness(channel: number, word: number, holds: (value: number) => boolean): Readiness {
  return { reads: object(channel, word), holds: (words) => holds(words[channel * CHANNEL_WORDS + word]!) };
}

function object(channel: number, word: number): number {
  return 1 << channel * OBJECTS_PER_CHANNEL + word;
}

function objects(channel: number, words: readonly number[]): number {
  return words.reduce((bits, word) => bits | object(channel, word), 0);
}

/** One channel as one participant reaches it. Requests are numbers from 1; 0 is none. */
export class ChannelPort {
  /** Which channel, from 0. */
  readonly channel: number;
  readonly #touch: Touch;

  /** A way to the words of `channel` through `touch`. */
  constructor(channel: number, touch: Touch) {
    this.channel = channel;
    this.#touch = touch;
  }

  /** Path 2 begins: the list of this request is there. Notes who was queued before it. */
  callbackBegins(request: number): void {
    this.#step(`callback of ${this.#name(request)} begins`, [WORK], [], (words, at) => {
      let before = 0;
      for (let queue = words[at + WORK]!; queue !== 0; queue >>>= 4) before |= 1 << (queue & 15) - 1;
      words[at + AHEAD]! |= before << 4 * (request - 1);
      return 0;
    });
  }

  /** Reads the busy token. */
  isBusy(): boolean {
    return this.#step("reads busy", [BUSY], [], (words, at) => words[at + BUSY]!, yesNo) === 1;
  }

  /** Compare-and-swap on the busy token: 0 to 1. */
  tryTake(): boolean {
    return this.#step("tries busy 0 → 1", [BUSY], [BUSY], (words, at) => {
      if (words[at + BUSY] === 1) return 0;
      words[at + BUSY] = 1;
      return 1;
    }, (answer) => answer === 1 ? "taken" : "it is 1 already") === 1;
  }

  /** Stores 1 into busy, whatever it was. */
  setBusy(): void {
    this.#step("sets busy := 1", [], [BUSY], (words, at) => words[at + BUSY] = 1);
  }

  /** Stores 0 into busy. */
  release(): void {
    this.#step("sets busy := 0", [], [BUSY], (words, at) => words[at + BUSY] = 0);
  }

  /** Is anything in work-to-do? */
  hasWork(): boolean {
    return this.#step("looks at work-to-do", [WORK], [], (words, at) => words[at + WORK]! === 0 ? 0 : 1, emptyOrNot) ===
      1;
  }

  /** Into work-to-do, at its tail. */
  insertWork(request: number): void {
    this.#insert(WORK, "work-to-do", request);
  }

  /** The head of work-to-do, or 0. */
  popWork(): number {
    return this.#pop(WORK, "work-to-do");
  }

  /** Into waiting-for-device, at its tail. */
  insertWaiting(request: number): void {
    this.#insert(WAITING, "waiting-for-device", request);
  }

  /** Into ready-to-complete, at its tail. */
  insertReady(request: number): void {
    this.#insert(READY, "ready-to-complete", request);
  }

  /** The head of ready-to-complete, or 0. */
  popReady(): number {
    return this.#pop(READY, "ready-to-complete");
  }

  /** The doorbell. A running engine does not hear it. */
  ring(request: number): void {
    this.#step(`rings the doorbell for ${this.#name(request)}`, [ENGINE], [ENGINE, CLAIMS], (words, at) => {
      if ((words[at + AHEAD]! >> 4 * (request - 1) & 15) !== 0) note(words, at, "OutOfOrder");
      leaveQueue(words, at, request);
      if ((words[at + CLAIMS]! >> (4 * (request - 1)) & CANCELLED) !== 0) note(words, at, "StartedCancelled");
      words[at + CLAIMS]! |= STARTED << 4 * (request - 1);
      if ((words[at + ENGINE]! & 15) === 0) words[at + ENGINE]! |= request;
      else note(words, at, "RestartBeforeIdle");
      return 0;
    });
  }

  /** The engine's own step: it finishes what it moves, and raises its interrupt. */
  finishTransfer(): void {
    this.#step("finishes the transfer, raises the interrupt", [ENGINE], [ENGINE, LATCH], (words, at) => {
      const engine = words[at + ENGINE]!;
      words[at + ENGINE] = engine & 0xf00 | (engine & 15) << 4;
      words[at + LATCH] = 1;
      return 0;
    });
  }

  /** The ISR begins: the latched interrupt is delivered. */
  interruptBegins(): void {
    this.#step("interrupt", [LATCH], [LATCH], (words, at) => words[at + LATCH] = 0);
  }

  /** Reads the engine's status, which clears it: did it finish anything? */
  service(): boolean {
    return this.#step("reads the status", [ENGINE], [ENGINE], (words, at) => {
      const finished = words[at + ENGINE]! >> 4 & 15;
      words[at + ENGINE] = words[at + ENGINE]! & 15 | finished << 8;
      return finished === 0 ? 0 : 1;
    }, (answer) => answer === 1 ? "one transfer done" : "nothing done") === 1;
  }

  /** The ISR matches: the head of waiting-for-device must be what the engine finished. 0 if nobody waits. */
  match(): number {
    const what = (answer: number): string => answer === 0 ? "nobody" : this.#name(answer);
    return this.#step("takes the head of waiting-for-device", [WAITING, ENGINE], [WAITING, ENGINE], (words, at) => {
      const request = words[at + WAITING]! & 15;
      words[at + WAITING]! >>>= 4;
      if (request === 0) note(words, at, "ProgramBeforeEnqueue");
      else if (request !== (words[at + ENGINE]! >> 8 & 15)) note(words, at, "MatchedAnother");
      words[at + ENGINE]! &= 0xff;
      return request;
    }, what);
  }

  /** IoRequestDpc: an object that is queued already is not queued again. */
  requestDpc(): void {
    this.#step("requests the DPC", [], [DPC], (words, at) => words[at + DPC] = 1);
  }

  /** The DPC begins: its object leaves the queue. False if it was not queued. */
  takeDpc(): boolean {
    return this.#step("takes the DPC request", [DPC], [DPC], (words, at) => {
      const queued = words[at + DPC]!;
      words[at + DPC] = 0;
      return queued;
    }, yesNo) === 1;
  }

  /** List back, status and byte count to the requester. */
  complete(request: number): void {
    this.#step(`completes ${this.#name(request)}`, [], [COMPLETED], (words, at) => {
      const bit = 1 << request - 1;
      if ((words[at + COMPLETED]! & bit) !== 0) note(words, at, "CompletedTwice");
      words[at + COMPLETED]! |= bit;
      return 0;
    });
  }

  /** The starter claims a request for the device, by compare-and-swap; false if it was cancelled before. */
  claim(request: number): boolean {
    return this.#step(`claims ${this.#name(request)} for the device`, [CLAIMS], [CLAIMS], (words, at) => {
      if ((words[at + CLAIMS]! >> 4 * (request - 1) & CANCELLED) !== 0) {
        leaveQueue(words, at, request);
        return 0;
      }
      words[at + CLAIMS]! |= STARTED << 4 * (request - 1);
      return 1;
    }, (answer) => answer === 1 ? "it is the device's" : "it was cancelled") === 1;
  }

  /** The requester cancels, by compare-and-swap; too late once the request is the device's. */
  cancel(request: number): boolean {
    return this.#step(`cancels ${this.#name(request)}`, [CLAIMS], [CLAIMS], (words, at) => {
      if ((words[at + CLAIMS]! >> 4 * (request - 1) & STARTED) !== 0) return 0;
      words[at + CLAIMS]! |= CANCELLED << 4 * (request - 1);
      return 1;
    }, (answer) => answer === 1 ? "marked" : "too late") === 1;
  }

  #insert(queue: number, queueName: string, request: number): void {
    this.#step(`inserts ${this.#name(request)} into ${queueName}`, [queue], [queue], (words, at) => {
      words[at + queue]! |= request << 4 * depthOf(words[at + queue]!);
      return 0;
    });
  }

  #pop(queue: number, queueName: string): number {
    return this.#step(`takes the head of ${queueName}`, [queue], [queue], (words, at) => {
      const request = words[at + queue]! & 15;
      words[at + queue]! >>>= 4;
      return request;
    }, (answer) => answer === 0 ? "it is empty" : this.#name(answer));
  }

  #step(
    does: string,
    reads: readonly number[],
    writes: readonly number[],
    perform: (words: Int32Array, at: number) => number,
    says?: (answer: number) => string,
  ): number {
    const { channel } = this;
    const access: Access = {
      does,
      reads: objects(channel, reads),
      writes: objects(channel, writes),
      perform: (words) => perform(words, channel * CHANNEL_WORDS),
    };
    return this.#touch(says === undefined ? access : { ...access, says });
  }

  #name(request: number): string {
    return requestName(this.channel, request);
  }
}

/** What was noted in the words of one channel. */
export function findingsOf(words: Int32Array, channel: number): number {
  return words[channel * CHANNEL_WORDS + FINDINGS]!;
}

/** Requests of a channel that are not completed, from 1 on. */
export function unfinishedOf(words: Int32Array, channel: number, requestCount: number): number[] {
  const completed = words[channel * CHANNEL_WORDS + COMPLETED]!;
  return Array.from({ length: requestCount }, (_, index) => index + 1)
    .filter((request) => (completed >> request - 1 & 1) === 0);
}

/** What is wrong with a channel in which nothing happens any more. */
export function findingsAtRest(words: Int32Array, channel: number, requestCount: number): number {
  if (unfinishedOf(words, channel, requestCount).length === 0) return 0;
  return words[channel * CHANNEL_WORDS + WORK]! !== 0 ? findingBit("LostWakeup") : findingBit("RequestLost");
}

/** One channel, part by part: token, queues, engine, interrupt, DPC. */
export function describeChannel(words: Int32Array, channel: number): string[] {
  const word = (index: number): number => words[channel * CHANNEL_WORDS + index]!;
  const name = (request: number): string => requestName(channel, request);
  const queue = (bits: number): string => {
    const names: string[] = [];
    for (let left = bits; left !== 0; left >>>= 4) names.push(name(left & 15));
    return names.length === 0 ? "–" : names.join(" ");
  };
  const engine = word(ENGINE);
  const doing = (engine & 15) !== 0 ? `moves ${name(engine & 15)}` : "idle";
  const done = (engine >> 4 & 15) !== 0 ? `, ${name(engine >> 4 & 15)} done` : "";
  return [
    `busy ${word(BUSY)}`,
    `work ${queue(word(WORK))}`,
    `waiting ${queue(word(WAITING))}`,
    `ready ${queue(word(READY))}`,
    `engine ${doing}${done}`,
    `interrupt ${word(LATCH) !== 0 ? "latched" : "–"}`,
    `DPC ${word(DPC) !== 0 ? "queued" : "–"}`,
  ];
}

function note(words: Int32Array, at: number, name: FindingName): void {
  words[at + FINDINGS]! |= findingBit(name);
}

/** Nobody is behind this one any more. */
function leaveQueue(words: Int32Array, at: number, request: number): void {
  words[at + AHEAD]! &= ~(15 << 4 * (request - 1) | 0x1111 << request - 1);
}

function depthOf(queue: number): number {
  return queue === 0 ? 0 : 8 - (Math.clz32(queue) >> 2);
}

function yesNo(answer: number): string {
  return answer === 0 ? "0" : "1";
}

function emptyOrNot(answer: number): string {
  return answer === 0 ? "it is empty" : "somebody is there";
}
