/** Cancels on real threads: what is answered is what comes back, and the card has not touched what was cancelled. */
import { assert, assertEquals } from "@std/assert";
import { ThreadScheduler } from "../../actors/threads/mod.ts";
import type { CancelAnswer, Pipeline, ThreadSchedulerOptions, ThreadSummary } from "../../actors/threads/mod.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import { Prng } from "../../sim/prng.ts";

const COUNT = 512;
const BYTES = 256;
const SIZES = { h2cCount: 1, c2hCount: 1, requestCount: COUNT, ramBytes: 2 * COUNT * BYTES };

/** How many requests there and back went with a cancel of every third at some moment of the load. */
interface Cancelled {
  readonly summary: ThreadSummary;
  /** By request, there and then back: what was answered, if it was cancelled. */
  readonly answers: readonly (CancelAnswer["status"] | null)[];
  readonly statuses: readonly NtStatus[];
  readonly informations: readonly number[];
  readonly ram: Uint8Array;
}

/** Sends every cell to the card, cancels some meanwhile, then fetches every cell and cancels some again. */
function run(options: ThreadSchedulerOptions, seed: number): Promise<Cancelled> {
  const prng = new Prng(seed);
  return new Promise((resolve) => {
    const answers = new Array<CancelAnswer["status"] | null>(2 * COUNT).fill(null);
    const statuses = new Array<NtStatus>(2 * COUNT);
    const informations = new Array<number>(2 * COUNT);
    let back = 0;
    const send = (engine: number, first: number): void => {
      const requests = Array.from({ length: COUNT }, (_, cell) => ({
        ...{ tag: first + cell, engine, ramOffset: (first + cell) * BYTES, cardAddress: cell * BYTES },
        lengthBytes: BYTES,
      }));
      assertEquals(scheduler.submit(requests).taken, COUNT);
      for (let tries = 0; tries < COUNT / 3; tries++) cancel(first + prng.below(COUNT));
    };
    const cancel = (tag: number): void => {
      const { status } = scheduler.cancel(tag);
      // Not under way: it is back already.
      if (status !== "STATUS_INVALID_PARAMETER") answers[tag] = status;
      else assert(statuses[tag] !== undefined, `request ${tag} is out`);
    };
    const scheduler = new ThreadScheduler({ ...SIZES, ...options }, {
      started: () => send(0, 0),
      completed: (tag, status, information) => {
        statuses[tag] = status;
        informations[tag] = information;
        back++;
        // From inside of a batch, too, while the Workers go on.
        if (back % 5 === 0 && back % COUNT < COUNT - 8) cancel((back < COUNT ? 0 : COUNT) + prng.below(COUNT));
        if (back === COUNT) send(1, COUNT);
        if (back === 2 * COUNT) scheduler.drain();
      },
      ended: (summary) => resolve({ summary, answers, statuses, informations, ram: scheduler.ram }),
    });
    for (let at = 0; at < COUNT * BYTES; at++) scheduler.ram[at] = 1 + at % 251;
    scheduler.ram.fill(0xee, COUNT * BYTES);
    scheduler.start();
  });
}

const TEAMS: Readonly<Record<string, ThreadSchedulerOptions>> = {
  "two dispatchers, two DPCs, few slots": { dispatcherCount: 2, dpcCount: 2, slotCount: 4 },
  "three stages": { pipeline: "three-stage" satisfies Pipeline },
  "one thread": { pipeline: "one-thread" satisfies Pipeline },
};

for (const [team, options] of Object.entries(TEAMS)) {
  Deno.test(`threads, ${team}: a cancel under load means what it said, each request is back once, and cancelled bytes stay as they were`, async () => {
    let [inTime, late] = [0, 0];
    for (let seed = 0; seed < 3; seed++) {
      const { summary, answers, statuses, informations, ram } = await run(options, seed);
      const { accepted, completed, twice, misuse, settled, lost } = summary;
      assertEquals({ accepted, completed, twice, misuse, settled, lost }, {
        ...{ accepted: 2 * COUNT, completed: 2 * COUNT, twice: 0, misuse: null, settled: 0, lost: null },
      });
      for (let request = 0; request < 2 * COUNT; request++) {
        const isCancelled = answers[request] === "STATUS_SUCCESS";
        const due = isCancelled ? ["STATUS_CANCELLED", 0] : ["STATUS_SUCCESS", BYTES];
        assertEquals<readonly unknown[]>([statuses[request], informations[request]], due, `request ${request}`);
        if (isCancelled) inTime++;
        else if (answers[request] !== null) late++;
      }
      for (let cell = 0; cell < COUNT; cell++) {
        const sent = ram.subarray(cell * BYTES, (cell + 1) * BYTES);
        const fetched = ram.subarray((COUNT + cell) * BYTES, (COUNT + cell + 1) * BYTES);
        // Not fetched: host memory as it was. Not sent: the card's memory as it was, zeros.
        if (statuses[COUNT + cell] === "STATUS_CANCELLED") {
          assert(fetched.every((byte) => byte === 0xee), `cell ${cell}`);
        } else if (statuses[cell] === "STATUS_CANCELLED") assert(fetched.every((byte) => byte === 0), `cell ${cell}`);
        else assertEquals(fetched, sent, `cell ${cell}`);
      }
    }
    assert(inTime > 50, `${inTime} cancels came in time, ${late} too late`);
  });
}
