/**
 * The code of `fastpath/parking.ts` as a model: a worker that finds nothing to do and goes to sleep, and others who
 * make work for it and wake it. What `Atomics.wait` and `Atomics.notify` do is one step each.
 */
import { sleepUnless, wake } from "../../fastpath/parking.ts";
import { HEADER_PARKED } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import type { Model, Participant, Touch } from "../../fastpath/explore/mod.ts";
import { AtomicWords } from "./atomic_words.ts";

const WORKER = 0;
/** How the worker stands, as the system sees it. */
const RUNNING = 0;
const SLEEPING = 1;

/** Thrown where the worker falls asleep: what it would do then is not of interest. */
const FELL_ASLEEP: unique symbol = Symbol("fell asleep");

/** What may be other than it is, to see what it is for. */
export interface ParkingModelOptions {
  /** How many make work. */
  readonly makerCount: number;
  /** The worker looks for work before it has said that it sleeps. Default: false. */
  readonly looksFirst?: boolean;
  /** Who wakes says "awake" in the worker's place. Default: false. */
  readonly wakesByWord?: boolean;
}

/** Builds the model. */
export function parkingModel({ makerCount, looksFirst = false, wakesByWord = false }: ParkingModelOptions): Model {
  const header = new Int32Array(HEADER_PARKED + 1);
  const memory = { header } as unknown as PathMemory;
  const all = new AtomicWords();
  const parked = all.watch("parked", header, HEADER_PARKED);
  const work = all.own("work");
  const system = all.own("asleep");
  const everything = all.bits([parked, work, system]);
  const participant = (name: string, run: Participant["run"]): Participant => ({
    ...{ name, run, runs: "once", reach: { reads: everything, writes: everything } },
  });

  /** Runs code with the system's two calls as steps. */
  function withSystem(touch: Touch, body: () => void): void {
    const { wait, notify } = Atomics;
    const bits = all.bits([parked, system]);
    Object.assign(Atomics, {
      wait: (_: unknown, __: number, expected: number) => {
        const slept = touch({
          does: "waits",
          reads: bits,
          writes: all.bits([system]),
          perform: (words) => words[parked] === expected ? words[system] = SLEEPING : RUNNING,
        });
        if (slept === SLEEPING) throw FELL_ASLEEP;
        return "not-equal";
      },
      notify: () =>
        touch({
          does: "notifies",
          reads: bits,
          writes: all.bits([system]),
          perform: (words) => words[system] = RUNNING,
        }),
    });
    try {
      body();
    } catch (thrown) {
      if (thrown !== FELL_ASLEEP) throw thrown;
    } finally {
      Object.assign(Atomics, { wait, notify });
    }
  }

  return {
    name: `parking, ${makerCount} makers of work`,
    words: all.first(),
    participants: [
      participant("worker", (touch) =>
        all.run(touch, (own) =>
          withSystem(touch, () => {
            const isAwaited = (): boolean => own.load(work) !== 0;
            const before = looksFirst && isAwaited();
            sleepUnless(memory, WORKER, looksFirst ? () => before : isAwaited);
          }))),
      ...Array.from(
        { length: makerCount },
        (_, maker) =>
          participant(`maker ${maker}`, (touch) =>
            all.run(touch, (own) =>
              withSystem(touch, () => {
                own.store(work, 1);
                if (!wakesByWord) return wake(memory, WORKER);
                if (Atomics.load(header, HEADER_PARKED) === 0) return;
                Atomics.store(header, HEADER_PARKED, 0);
                Atomics.notify(header, HEADER_PARKED);
              }))),
      ),
    ],
    findings: () => 0,
    findingsAtEnd: (words) => words[work] !== 0 && words[system] === SLEEPING ? 1 : 0,
    findingNames: ["SleptThrough"],
    describe: (words) => all.describe(words),
  };
}
