/**
 * An engine's queue on threads as a model: dispatchers that take slots and queue them, the card that claims what they
 * hold, DPCs that complete and give slots back, and an owner who cancels. The functions are those that the Workers run
 * (`actors/threads/`, `fastpath/helped_ring.ts`, `free_rows.ts`, `claims.ts`); every atomic operation of theirs is one
 * step, and so is every look at what a slot holds.
 */
import { createEngineQueues, giveSlot, NO_SLOT, openEngineQueues } from "../../actors/threads/engine_queue.ts";
import { queueSlot, takeSlot } from "../../actors/threads/engine_queue.ts";
import { cancelRequest, claimRequest, isCancelled } from "../../fastpath/claims.ts";
import { claimReady, fetchEntry, finishEntry, NONE, startOldest } from "../../fastpath/helped_ring.ts";
import type { Keep, Model, Participant } from "../../fastpath/explore/mod.ts";
import { AtomicWords } from "./atomic_words.ts";
import type { OwnWords } from "./atomic_words.ts";
import { countFree } from "./free_rows_model.ts";
import { watchRing } from "./helped_ring_model.ts";

/** What the model is made of. */
export interface EngineQueueModelOptions {
  /** By request: its engine. */
  readonly engineOf: readonly number[];
  /** By dispatcher: the requests that it takes, one after the other. */
  readonly dispatchers: readonly (readonly number[])[];
  readonly slotCount: number;
  readonly dpcCount: number;
  /** The owner cancels request 0 at any time. Default: false. */
  readonly cancels?: boolean;
  /** DPCs give slots back; without it, there must be one for each request. Default: true. */
  readonly gives?: boolean;
  /** The free list goes by its generation tags. Default: true. */
  readonly tags?: boolean;
  /** The card claims what it starts, and does not only look. Default: true. */
  readonly claims?: boolean;
}

/** What the card did with a request. */
const MOVED = 1;
const SKIPPED = 2;
/** What a request came back with: one of these, once. */
const DONE = 1;
const CANCELLED = 16;
/** What the owner was told. */
const TOLD_CANCELLED = 1;
const TOLD_LATE = 2;

const ROW_BITS = 0xffff;

/** Two small numbers to be kept as one. */
const pair = (first: number, second: number): number => first * 64 + second;

/** Builds the model. */
export function engineQueueModel(options: EngineQueueModelOptions): Model {
  const {
    engineOf,
    dispatchers,
    slotCount,
    dpcCount,
    cancels = false,
    gives = true,
    tags = true,
    claims: claiming = true,
  } = options;
  const engines = Math.max(...engineOf) + 1;
  const queues = openEngineQueues(createEngineQueues(engines, slotCount), slotCount);
  const claims = new Int32Array(engineOf.length);
  const all = new AtomicWords();
  const watched = queues.map(({ engine, ring, free }) => {
    const name = engines > 1 ? ` of ${engine}` : "";
    const [tail, doorbell, completed, retired, ...entries] = watchRing(all, ring, name) as [
      ...[number, number, number, number],
      ...number[],
    ];
    const head = all.watch(`head${name}`, free.words, free.headAt);
    const behind = Array.from({ length: slotCount }, (_, slot) => all.watch(`behind ${slot}${name}`, free.next, slot));
    const holds = Array.from({ length: slotCount }, (_, slot) => all.own(`slot ${slot}${name} holds`));
    if (!tags) all.mutate(head, ROW_BITS);
    return { tail, doorbell, completed, retired, entries, head, behind, holds };
  });
  const requests = engineOf.map((_, request) => request);
  const claimed = requests.map((request) => all.watch(`claim of ${request}`, claims, request));
  const sent = dispatchers.map((_, dispatcher) => all.own(`sent by ${dispatcher}`));
  const results = requests.map((request) => all.own(`result of ${request}`));
  const backs = requests.map((request) => all.own(`completions of ${request}`));
  const told = all.own("owner was told");

  const participant = (
    name: string,
    reads: readonly number[],
    writes: readonly number[],
    run: (word: OwnWords, keep: Keep) => void,
    more: Partial<Participant> = {},
  ): Participant => ({
    name,
    runs: more.ready === undefined ? "once" : "whenever",
    reach: { reads: all.bits([...reads, ...writes]), writes: all.bits(writes) },
    run: (touch, keep) => all.run(touch, (word) => run(word, keep)),
    ...more,
  });

  const dispatcherOf = (own: readonly number[], dispatcher: number): Participant => {
    const its = watched.filter((_, engine) => own.some((request) => engineOf[request] === engine));
    return participant(
      `dispatcher ${dispatcher}`,
      [...own.map((request) => claimed[request]!), ...its.flatMap(({ completed, retired }) => [completed, retired])],
      its.flatMap(({ tail, doorbell, entries, head, behind, holds }) =>
        [tail, doorbell, head].concat(entries, behind, holds)
      )
        .concat(sent[dispatcher]!, cancels && own.includes(0) ? backs[0]! : []),
      (word, keep) => {
        const request = own[keep(word.load(sent[dispatcher]!))]!;
        const queue = queues[engineOf[request]!]!;
        const number = takeSlot(queue);
        keep(pair(request, number));
        if (number === NO_SLOT) return;
        word.store(sent[dispatcher]!, own.indexOf(request) + 1);
        if (cancels && request === 0 && isCancelled(claims, request)) {
          word.add(backs[request]!, CANCELLED);
          keep(pair(CANCELLED, number));
          return giveSlot(queue, number);
        }
        word.store(watched[queue.engine]!.holds[number]!, request);
        keep(pair(request, number));
        queueSlot(queue, number);
      },
      {
        // As long as no slot is free, its row stays where it is.
        ready: {
          reads: all.bits([sent[dispatcher]!, ...its.map(({ head }) => head)]),
          holds: (words) => {
            const request = own[words[sent[dispatcher]!]!];
            return request !== undefined && (words[watched[engineOf[request]!]!.head]! & ROW_BITS) !== NO_SLOT;
          },
        },
      },
    );
  };

  const card = (engine: number): Participant => {
    const { ring } = queues[engine]!;
    const { doorbell, completed, entries, holds } = watched[engine]!;
    const its = requests.filter((request) => engineOf[request] === engine);
    return participant(
      `card ${engine}`,
      [...entries, ...holds],
      [doorbell, completed, ...its.flatMap((request) => [claimed[request]!, results[request]!])],
      (word, keep) => {
        const position = keep(word.load(completed));
        const number = fetchEntry(ring, position);
        const request = word.load(holds[number]!);
        keep(pair(position, request));
        const starts = claiming ? claimRequest(claims, request) : !isCancelled(claims, request);
        word.store(results[request]!, starts ? MOVED : SKIPPED);
        keep(position);
        finishEntry(ring, position);
        startOldest(ring);
      },
      {
        isHardware: true,
        ready: { reads: all.bits([doorbell, completed]), holds: (words) => words[doorbell] !== words[completed] },
      },
    );
  };

  const dpc = (number: number): Participant =>
    participant(
      `DPC ${number}`,
      [
        ...claimed.slice(0, 1),
        ...watched.flatMap(({ completed, entries, holds }) => [completed, ...entries, ...holds]),
      ],
      watched.flatMap(({ doorbell, retired, head, behind }) => [doorbell, retired, ...(gives ? [head, ...behind] : [])])
        .concat(backs),
      (word, keep) => {
        // What is kept says which engine it is of: in other schedules another came first.
        for (const queue of queues) {
          const { holds } = watched[queue.engine]!;
          const stage = queue.engine * 4;
          keep(stage);
          const slot = claimReady(queue.ring);
          keep(pair(stage + 2, slot));
          if (slot === NONE) continue;
          const request = word.load(holds[slot]!);
          const cancelled = cancels && request === 0 && isCancelled(claims, request);
          word.add(backs[request]!, cancelled ? CANCELLED : DONE);
          keep(pair(stage + 3, slot));
          if (gives) giveSlot(queue, slot);
        }
      },
      {
        ready: {
          reads: all.bits(watched.flatMap(({ completed, retired }) => [completed, retired])),
          holds: (words) => watched.some(({ completed, retired }) => words[completed] !== words[retired]),
        },
      },
    );

  /** Every slot is in the free list. */
  const isWhole = (words: Int32Array, engine: number): boolean => {
    const { head, behind } = watched[engine]!;
    return countFree(words, head, behind) === slotCount;
  };
  const isBroken = (words: Int32Array): boolean =>
    (words[told] === TOLD_CANCELLED && (words[results[0]!] === MOVED || words[backs[0]!] === DONE)) ||
    (words[told] === TOLD_LATE && words[backs[0]!] === CANCELLED);
  return {
    name: `engine queues, requests for ${engineOf.join(", ")}, ${slotCount} slots, ${dpcCount} DPCs`,
    words: all.first(),
    participants: [
      ...dispatchers.map(dispatcherOf),
      ...queues.map(({ engine }) => card(engine)),
      ...Array.from({ length: dpcCount }, (_, number) => dpc(number)),
      ...(cancels
        ? [participant("owner", [], [claimed[0]!, told], (word) => {
          word.store(told, cancelRequest(claims, 0) === "cancelled" ? TOLD_CANCELLED : TOLD_LATE);
        })]
        : []),
    ],
    findings: (words) =>
      (backs.some((word) => ![0, DONE, CANCELLED].includes(words[word]!)) ? 1 : 0) | (isBroken(words) ? 4 : 0),
    findingsAtEnd: (words) =>
      (backs.some((word) => words[word] === 0) ? 2 : 0) |
      (gives && queues.some(({ engine }) => !isWhole(words, engine)) ? 8 : 0),
    findingNames: ["CompletedTwice", "RequestLost", "CancelBroken", "SlotLost"],
    describe: (words) => all.describe(words),
  };
}
