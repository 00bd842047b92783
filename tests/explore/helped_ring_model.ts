/**
 * The helped ring's own code as a model: dispatchers, an engine that reads the doorbell as a cursor, its ISR, and two
 * DPCs. Every atomic operation of the code is one step of the explorer.
 */
import {
  claimReady,
  COMPLETED,
  DOORBELL,
  fetchEntry,
  finishEntry,
  helpedRingWords,
  insertRequest,
  NONE,
  openHelpedRing,
  RETIRED,
  startOldest,
  TAIL,
} from "../../fastpath/helped_ring.ts";
import type { HelpedRing } from "../../fastpath/helped_ring.ts";
import type { Keep, Model, Participant } from "../../fastpath/explore/mod.ts";
import { AtomicWords } from "./atomic_words.ts";
import type { OwnWords } from "./atomic_words.ts";

/** What may be left out, to see what it is for. */
export interface HelpedRingModelOptions {
  readonly requestCount: number;
  readonly slotCount: number;
  /** How many DPC workers there are. */
  readonly dpcCount: number;
  /** Without interrupts, the DPCs alone watch the engine's count. Default: true. */
  readonly interrupts?: boolean;
  /** DPCs start the oldest request too, should the ISR have stopped. Default: true. */
  readonly dpcHelps?: boolean;
  /** DPCs start the oldest request before they claim one, not after. Default: true. */
  readonly startsFirst?: boolean;
  /** Dispatchers start the oldest request after an insert. Default: true. */
  readonly dispatcherStarts?: boolean;
}

/** In place of a number of completions: the ring was full. */
const REFUSED = -1;

/** Names the words of a ring; returns their numbers, cursors in the order TAIL, DOORBELL, COMPLETED, RETIRED. */
export function watchRing(all: AtomicWords, { words, at, slotCount }: HelpedRing, name = ""): number[] {
  const cursors = Object.entries({ TAIL, DOORBELL, COMPLETED, RETIRED });
  return [
    ...cursors.map(([cursor, place]) => all.watch(`${cursor}${name}`, words, at + place)),
    ...Array.from({ length: slotCount }, (_, entry) => all.watch(`entry ${entry}${name}`, words, at + 64 + entry)),
  ];
}

/** Builds the model. */
export function helpedRingModel(options: HelpedRingModelOptions): Model {
  const { requestCount, slotCount, dpcCount } = options;
  const { interrupts = true, dpcHelps = true, startsFirst = true, dispatcherStarts = true } = options;
  const ring = openHelpedRing(new Int32Array(helpedRingWords(slotCount)), 0, slotCount, true);
  const all = new AtomicWords();
  const ringWords = watchRing(all, ring);
  const [, doorbell, completed, retired] = ringWords as [number, number, number, number];
  const latch = all.own("interrupt");
  const requests = Array.from({ length: requestCount }, (_, request) => request);
  const completions = requests.map((request) => all.own(`completions of ${request}`));
  const ringBits = all.bits(ringWords);

  const participant = (
    name: string,
    run: (word: OwnWords, keep: Keep) => void,
    reach: number,
    more: Partial<Participant> = {},
  ): Participant => ({
    name,
    runs: more.ready === undefined ? "once" : "whenever",
    reach: { reads: reach, writes: reach },
    run: (touch, keep) => all.run(touch, (word) => run(word, keep)),
    ...more,
  });
  return {
    name: `helped ring, ${requestCount} requests, ${slotCount} slots, ${dpcCount} DPCs`,
    words: all.first(),
    participants: [
      ...requests.map((request) =>
        participant(`dispatcher ${request}`, (word, keep) => {
          const position = keep(insertRequest(ring, request));
          if (position === NONE) return word.store(completions[request]!, REFUSED);
          if (keep(dispatcherStarts ? 1 : 0) === 1) startOldest(ring);
        }, ringBits | all.bits([completions[request]!]))
      ),
      participant(
        "engine",
        (word) => {
          const position = word.load(completed);
          fetchEntry(ring, position);
          finishEntry(ring, position);
          if (interrupts) word.store(latch, 1);
        },
        ringBits | all.bits([latch]),
        {
          isHardware: true,
          ready: { reads: all.bits([doorbell, completed]), holds: (words) => words[doorbell] !== words[completed] },
        },
      ),
      ...(interrupts
        ? [participant(
          "ISR",
          (word) => {
            word.store(latch, 0);
            startOldest(ring);
          },
          ringBits | all.bits([latch]),
          { ready: { reads: all.bits([latch]), holds: (words) => words[latch] !== 0 } },
        )]
        : []),
      ...Array.from({ length: dpcCount }, (_, dpc) =>
        participant(
          `DPC ${dpc}`,
          (word, keep) => {
            if (dpcHelps && startsFirst) startOldest(ring);
            keep(0);
            // As retireRequest, half by half. One a run: it runs again as long as something is ready.
            const request = keep(claimReady(ring));
            if (request !== NONE) word.add(completions[request]!, 1);
            if (dpcHelps && !startsFirst) startOldest(ring);
          },
          ringBits | all.bits(completions),
          { ready: { reads: all.bits([completed, retired]), holds: (words) => words[completed] !== words[retired] } },
        )),
    ],
    findings: (words) =>
      (completions.some((word) => words[word]! > 1) ? 1 : 0) |
      (requestCount <= slotCount && completions.some((word) => words[word] === REFUSED) ? 4 : 0),
    findingsAtEnd: (words) => completions.some((word) => words[word] === 0) ? 2 : 0,
    findingNames: ["CompletedTwice", "RequestLost", "RefusedWithRoom"],
    describe: (words) => all.describe(words),
  };
}

/** The requests that were never completed, by the words of an end. */
export function undoneOf(model: Model, words: Int32Array): number[] {
  return model.describe(words).flatMap((part) => {
    const [, request, count] = part.match(/^completions of (\d+) (\d+)$/) ?? [];
    return count === "0" ? [Number(request)] : [];
  });
}
