/** The scheduler actor on threads: its states, what it refuses, what an inspector sees, who cannot start and why. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ThreadScheduler } from "../../actors/threads/mod.ts";
import type { ThreadRequest, ThreadSchedulerOptions, ThreadSummary } from "../../actors/threads/mod.ts";
import type { AnyActorRef } from "xstate";
import { schedulerMachine } from "../../machines/mod.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { watch } from "../machines/watch.ts";

const SMALL = { h2cCount: 1, c2hCount: 1, requestCount: 8, slotCount: 4, ramBytes: 65536 } as const;

/** A request of 64 bytes to the card. */
function request(tag: number, more: Partial<ThreadRequest> = {}): ThreadRequest {
  return { tag, engine: 0, ramOffset: tag * 64, cardAddress: tag * 64, lengthBytes: 64, ...more };
}

/** Starts a scheduler, gives it `requests` when it runs and drains it when as many are back. */
function run(
  options: ThreadSchedulerOptions,
  requests: readonly ThreadRequest[],
  running?: (scheduler: ThreadScheduler) => void,
): Promise<
  { scheduler: ThreadScheduler; summary: ThreadSummary; back: [number, NtStatus, number][]; started: boolean }
> {
  return new Promise((resolve) => {
    const back: [number, NtStatus, number][] = [];
    let started = false;
    let due = Infinity;
    const scheduler = new ThreadScheduler({ ...SMALL, ...options }, {
      started: () => {
        started = true;
        due = scheduler.submit(requests).taken;
        running?.(scheduler);
      },
      completed: (tag, status, information) => {
        back.push([tag, status, information]);
        if (back.length === due) scheduler.drain();
      },
      ended: (summary) => resolve({ scheduler, summary, back, started }),
    });
    assertEquals(scheduler.submit([request(0)]), { taken: 0, status: "STATUS_INVALID_DEVICE_STATE" });
    scheduler.start();
    assertEquals(scheduler.life.state, "starting");
  });
}

Deno.test("threads: it takes what it has capacity for and says so, and nothing before it runs or after it drained", async () => {
  const requests = Array.from({ length: 11 }, (_, tag) => request(tag));
  let seen: unknown;
  const { scheduler, summary, back } = await run({}, requests, (running) => {
    const more = running.submit([request(20)]);
    seen = [running.life.state, running.capacity, running.outstanding, more];
  });
  assertEquals(seen, ["running", 0, 8, { taken: 0, status: "STATUS_INSUFFICIENT_RESOURCES" }]);
  assertEquals(back.map(([tag]) => tag), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert(back.every(([, status, bytes]) => status === "STATUS_SUCCESS" && bytes === 64));
  assertEquals([scheduler.life.state, scheduler.capacity, summary.accepted], ["stopped", 8, 8]);
  assertEquals(scheduler.submit([request(0)]), { taken: 0, status: "STATUS_INVALID_DEVICE_STATE" });
  assertEquals([scheduler.life.context, scheduler.findings.all], [{ accepted: 8, completed: 8 }, []]);
  assertEquals(scheduler.look().map(({ worker, parked }) => [worker, parked]), [
    ["card", false],
    ["dispatch:0", false],
    ["dpc:0", false],
  ]);
  assert(scheduler.look().every(({ passes, handled }) => passes > 0 && handled > 0));
  assertThrows(() => scheduler.start(), Error, "twice");
});

Deno.test("threads: a request that is not valid comes back at once with a status, and takes no slot", async () => {
  const requests = [
    request(0, { ramOffset: SMALL.ramBytes - 32 }),
    request(1, { lengthBytes: 63 }),
    request(2, { lengthBytes: 0 }),
    request(3, { lengthBytes: 2 ** 20 }),
    request(4),
  ];
  const { summary, back } = await run({}, requests);
  const statuses = Object.fromEntries(back.map(([tag, status, bytes]) => [tag, `${status} ${bytes}`]));
  assertEquals(statuses, {
    0: "STATUS_INVALID_DEVICE_REQUEST 0",
    1: "STATUS_INVALID_PARAMETER 0",
    2: "STATUS_INVALID_PARAMETER 0",
    3: "STATUS_INVALID_PARAMETER 0",
    4: "STATUS_SUCCESS 64",
  });
  assertEquals([summary.misuse, summary.accepted, summary.completed], [null, 5, 5]);
});

Deno.test("threads: a number that cannot be is one sentence, and nothing of its batch is taken", async () => {
  const cases: readonly (readonly [Partial<ThreadRequest>, string])[] = [
    [{ engine: 2 }, "engine"],
    [{ engine: -1 }, "engine"],
    [{ engine: 0.5 }, "engine"],
    [{ ramOffset: NaN }, "ramOffset"],
    [{ cardAddress: -4 }, "cardAddress"],
    [{ lengthBytes: 2 ** 32 + 64 }, "lengthBytes"],
    [{ lengthBytes: -64 }, "lengthBytes"],
  ];
  const { summary } = await run({}, [request(0)], (running) => {
    for (const [more, name] of cases) {
      const error = assertThrows(() => running.submit([request(1), request(2, more)]), RangeError);
      assert(error.message.includes(name), error.message);
      assertEquals(running.outstanding, 1);
    }
  });
  assertEquals([summary.accepted, summary.completed, summary.twice], [1, 1, 0]);
});

Deno.test("threads: a Worker dies while everything drains: what is out comes back, and it still ends", async () => {
  for (const victim of ["card", "dispatch:0", "dpc:0"]) {
    const requests = Array.from({ length: 8 }, (_, tag) => request(tag));
    const { scheduler, summary, back } = await run({}, requests, (running) => {
      running.drain();
      running.kill(victim);
    });
    assertEquals([back.length, summary.completed, summary.twice, summary.misuse], [8, 8, 0, null]);
    assertEquals([scheduler.life.state, summary.lost?.worker], ["stopped", victim]);
  }
});

Deno.test("threads: a cancel of what is not out, or is done and not taken yet, says so in a sentence", async () => {
  const answers: unknown[] = [];
  const { summary, back } = await run({}, [request(0), request(1)], (running) => {
    answers.push(running.cancel(7));
    // The Workers go on while this thread looks; nothing is taken meanwhile.
    while (running.look().find(({ worker }) => worker === "dpc:0")!.handled < 2);
    answers.push(running.cancel(1));
    running.take();
    answers.push(running.cancel(1));
  });
  assertEquals(answers, [
    { status: "STATUS_INVALID_PARAMETER", why: "request 7 is not under way" },
    {
      status: "STATUS_INVALID_DEVICE_STATE",
      why: "request 1 went to the card, or was refused: it completes as it ends",
    },
    { status: "STATUS_INVALID_PARAMETER", why: "request 1 is not under way" },
  ]);
  assertEquals([back.map(([, status]) => status), summary.misuse], [["STATUS_SUCCESS", "STATUS_SUCCESS"], null]);
});

Deno.test("threads: a listener that throws robs nobody: the others of its batch come back, and then it is heard", async () => {
  const heard: unknown[] = [];
  const summary = await new Promise<ThreadSummary>((resolve) => {
    let back = 0;
    const scheduler = new ThreadScheduler(SMALL, {
      started: () => {
        scheduler.submit(Array.from({ length: 8 }, (_, tag) => request(tag)));
        // The Workers go on while this thread looks.
        while (back < 8) {
          try {
            scheduler.take();
          } catch (error) {
            heard.push(error);
          }
        }
        scheduler.drain();
      },
      completed: (tag) => {
        back++;
        if (tag === 2 || tag === 5) throw new Error(`listener of ${tag}`);
      },
      ended: resolve,
    });
    scheduler.start();
  });
  assertEquals([summary.accepted, summary.completed, summary.twice], [8, 8, 0]);
  assert(heard.length >= 1 && heard.length <= 2);
  assertEquals((heard[0] as Error).message, "listener of 2");
});

Deno.test("scheduler: requests come and go in batches, and more back than out is IrpCompletedTwice", () => {
  const [start, ready, drain] = [{ type: "START" }, { type: "READY" }, { type: "DRAIN" }] as const;
  const arrive = { type: "ARRIVE", count: 5 } as const;
  const back = (count: number) => ({ type: "COMPLETE", count }) as const;
  const running = () => watch(schedulerMachine).goes("running", start, ready, arrive);
  running().goes("draining", back(2), drain).goes("stopped", back(3));
  running().goes("running", back(5)).goes("stopped", drain);
  running().breaks("IrpCompletedTwice", back(6)).is("running");
});

Deno.test("threads: an inspector sees the scheduler's actor with its counts", async () => {
  const counts: number[] = [];
  const events: string[] = [];
  const requests = Array.from({ length: 8 }, (_, tag) => request(tag));
  await run({
    inspect: (inspection) => {
      if (inspection.type !== "@xstate.snapshot") return;
      if ((inspection.actorRef as AnyActorRef).id !== "scheduler") return;
      events.push(inspection.event.type);
      counts.push((inspection.snapshot as unknown as { context: { completed: number } }).context.completed);
    },
  }, requests);
  assertEquals(events.filter((type) => type !== "ARRIVE" && type !== "COMPLETE"), [
    ...["xstate.init", "START", "READY", "DRAIN"],
  ]);
  assertEquals(counts.at(-1), 8);
});

Deno.test("threads: a trace hears of the scheduler's steps, and of the Workers' counters whenever somebody looks", async () => {
  const events: TraceEvent[] = [];
  const trace = { on: true, emit: (event: TraceEvent) => void events.push(event) };
  await run({ trace }, [request(0)], (running) => void running.look());
  const notices = events.flatMap((event) => event.kind === "notice" ? [`${event.source} ${event.name}`] : []);
  assertEquals(notices, ["card", "dispatch:0", "dpc:0"].map((worker) => `thread:${worker} WorkerCounters`));
  const steps = events.flatMap((event) => event.kind === "state" ? [`${event.event} ${event.to}`] : []);
  assertEquals(
    steps,
    ["ARRIVE stopped", "START starting", "READY running", "ARRIVE running", "DRAIN draining"].concat(
      ["COMPLETE stopped"],
    ),
  );
});

Deno.test("threads: a Worker that cannot start is named with its reason, and the others end", async () => {
  const { summary, started, scheduler } = await run({ card: { cardMemoryBytes: 1 } }, []);
  assertEquals([started, scheduler.life.state, summary.lost?.worker], [false, "stopped", "card"]);
  assert(summary.lost!.why.startsWith("Cannot use 1 as cardMemoryBytes"), summary.lost!.why);
});
