/**
 * The helped ring's own code as a model: dispatchers, an engine that reads the doorbell as a cursor, its ISR, two DPCs,
 * and a requester who cancels. Every atomic operation of the code is one step of the explorer.
 */
import {
  cancelRequest,
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
import type { Keep, Model, Participant, Touch } from "../../fastpath/explore/mod.ts";

/** What may be left out, to see what it is for. */
export interface HelpedRingModelOptions {
  readonly requestCount: number;
  readonly slotCount: number;
  /** How many DPC workers there are. */
  readonly dpcCount: number;
  /** Request 0 is cancelled at any time after it was inserted. Default: false. */
  readonly cancels?: boolean;
  /** Without interrupts, the DPCs alone watch the engine's count. Default: true. */
  readonly interrupts?: boolean;
  /** DPCs start the oldest request too, should the ISR have stopped. Default: true. */
  readonly dpcHelps?: boolean;
  /** DPCs start the oldest request before they claim one, not after. Default: true. */
  readonly startsFirst?: boolean;
  /** Dispatchers start the oldest request after an insert. Default: true. */
  readonly dispatcherStarts?: boolean;
}

/** What the result column says of a request. */
const MOVED = 1;
/** See {@link MOVED}. */
const SKIPPED = 2;
/** In place of a number of completions: the ring was full. */
const REFUSED = -1;

const CURSORS = { TAIL, DOORBELL, COMPLETED, RETIRED };

/** Builds the model. */
export function helpedRingModel(options: HelpedRingModelOptions): Model {
  const { requestCount, slotCount, dpcCount, cancels = false } = options;
  const { interrupts = true, dpcHelps = true, startsFirst = true, dispatcherStarts = true } = options;
  const real = openHelpedRing(new Int32Array(helpedRingWords(slotCount)), 0, slotCount, true);
  // The words of the ring that matter, by their place in it; then ours, behind them.
  const ringWords = [...Object.values(CURSORS), ...Array.from({ length: slotCount }, (_, slot) => 64 + slot)];
  const names = [...Object.keys(CURSORS), ...Array.from({ length: slotCount }, (_, slot) => `entry ${slot}`)];
  const own = (name: string): number => names.push(name) - 1;
  const latch = own("interrupt");
  const requests = Array.from({ length: requestCount }, (_, request) => request);
  const positions = requests.map((request) => own(`position of ${request}`));
  const results = requests.map((request) => own(`result of ${request}`));
  const completions = requests.map((request) => own(`completions of ${request}`));
  const first = new Int32Array(names.length);
  ringWords.forEach((place, word) => first[word] = real.words[place]!);
  for (const word of positions) first[word] = NONE;
  const [doorbell, completed, retired] = [1, 2, 3];

  const everything = names.reduce((bits, _, word) => bits | 1 << word, 0);
  const bits = (words: readonly number[]): number => words.reduce((sum, word) => sum | 1 << word, 0);
  const ringBits = bits(ringWords.map((_, word) => word));
  const participant = (
    name: string,
    run: (ring: HelpedRing, word: Word, keep: Keep) => void,
    reach: number,
    more: Partial<Participant> = {},
  ): Participant => ({
    name,
    runs: more.ready === undefined ? "once" : "whenever",
    reach: { reads: reach & everything, writes: reach & everything },
    run: (touch, keep) => withSteps(real, ringWords, names, touch, (ring, word) => run(ring, word, keep)),
    ...more,
  });
  return {
    name: `helped ring, ${requestCount} requests, ${slotCount} slots, ${dpcCount} DPCs`,
    words: first,
    participants: [
      ...requests.map((request) =>
        participant(`dispatcher ${request}`, (ring, word, keep) => {
          const position = keep(insertRequest(ring, request));
          if (position === NONE) return word.store(completions[request]!, REFUSED);
          if (cancels && request === 0) word.store(positions[0]!, position);
          if (keep(dispatcherStarts ? 1 : 0) === 1) startOldest(ring);
        }, ringBits | bits([completions[request]!, ...(request === 0 ? [positions[0]!] : [])]))
      ),
      participant(
        "engine",
        (ring, word) => {
          const position = word.load(completed);
          const fetched = fetchEntry(ring, position);
          word.store(results[fetched < 0 ? ~fetched : fetched]!, fetched < 0 ? SKIPPED : MOVED);
          finishEntry(ring, position);
          if (interrupts) word.store(latch, 1);
        },
        ringBits | bits([latch, ...results]),
        {
          isHardware: true,
          ready: { reads: bits([doorbell, completed]), holds: (words) => words[doorbell] !== words[completed] },
        },
      ),
      ...(interrupts
        ? [participant(
          "ISR",
          (ring, word) => {
            word.store(latch, 0);
            startOldest(ring);
          },
          ringBits | bits([latch]),
          { ready: { reads: bits([latch]), holds: (words) => words[latch] !== 0 } },
        )]
        : []),
      ...Array.from({ length: dpcCount }, (_, dpc) =>
        participant(
          `DPC ${dpc}`,
          (ring, word, keep) => {
            if (dpcHelps && startsFirst) startOldest(ring);
            keep(0);
            // As retireRequest, half by half. One a run: it runs again as long as something is ready.
            const request = keep(claimReady(ring));
            if (request !== NONE) word.add(completions[request]!, 1);
            if (dpcHelps && !startsFirst) startOldest(ring);
          },
          ringBits | bits(completions),
          { ready: { reads: bits([completed, retired]), holds: (words) => words[completed] !== words[retired] } },
        )),
      ...(cancels
        ? [participant("requester 0", (ring, word) => {
          const position = word.load(positions[0]!);
          if (position !== NONE) cancelRequest(ring, position, 0);
        }, ringBits | bits([positions[0]!]))]
        : []),
    ],
    findings: (words) =>
      (completions.some((word) => words[word]! > 1) ? 1 : 0) |
      (requestCount <= slotCount && completions.some((word) => words[word] === REFUSED) ? 4 : 0),
    findingsAtEnd: (words) => completions.some((word) => words[word] === 0) ? 2 : 0,
    findingNames: ["CompletedTwice", "RequestLost", "RefusedWithRoom"],
    describe: (words) => names.map((name, word) => `${name} ${words[word]}`),
  };
}

/** The requests that were never completed, by the words of an end. */
export function undoneOf(model: Model, words: Int32Array): number[] {
  return model.describe(words).flatMap((part) => {
    const [, request, count] = part.match(/^completions of (\d+) (\d+)$/) ?? [];
    return count === "0" ? [Number(request)] : [];
  });
}

/** One shared word that is not the ring's. */
interface Word {
  readonly load: (word: number) => number;
  readonly store: (word: number, value: number) => void;
  readonly add: (word: number, value: number) => void;
}

/** Runs code over a ring whose atomic operations are steps. */
function withSteps(
  real: HelpedRing,
  ringWords: readonly number[],
  names: readonly string[],
  touch: Touch,
  run: (ring: HelpedRing, word: Word) => void,
): void {
  const step = (verb: string, word: number, change?: (old: number) => number): number =>
    touch({
      does: `${verb} ${names[word]}`,
      reads: 1 << word,
      writes: change === undefined ? 0 : 1 << word,
      perform: (words) => {
        const old = words[word]!;
        if (change !== undefined) words[word] = change(old);
        return old;
      },
    });
  const wordOf = (array: unknown, place: number): number => {
    const word = array === real.words ? ringWords.indexOf(place) : -1;
    if (word < 0) throw new Error(`an atomic operation on word ${place}, which nobody watches`);
    return word;
  };
  const { load, store, compareExchange } = Atomics;
  Object.assign(Atomics, {
    load: (array: unknown, place: number) => step("loads", wordOf(array, place)),
    store: (array: unknown, place: number, value: number) => step("stores", wordOf(array, place), () => value),
    compareExchange: (array: unknown, place: number, expected: number, value: number) =>
      step("swaps", wordOf(array, place), (old) => old === expected ? value : old),
  });
  try {
    run(real, {
      load: (word) => step("loads", word),
      store: (word, value) => void step("stores", word, () => value),
      add: (word, value) => void step("adds to", word, (old) => old + value),
    });
  } finally {
    Object.assign(Atomics, { load, store, compareExchange });
  }
}
