/** Transfers that do not end: who waits for whom, and how everything comes back. */

import { assert, assertEquals } from "@std/assert";
import { allocateBuffer, Recorder, recoverableKit, runTimeout, System, Watchdog } from "../../mod.ts";
import type { NtStatus, TimeoutOptions, TimeoutResult } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

const ENGINES = ["chart", "table"] as const;

/** A run with a timer, in which nothing may be lost. */
function recovered(options: TimeoutOptions): TimeoutResult {
  const result = runTimeout(options);
  const { violations, findings, lost, twice, intact, waits } = result;
  assertEquals({ violations, findings, lost, twice, intact, waits }, {
    violations: [],
    findings: [],
    lost: 0,
    twice: 0,
    intact: true,
    waits: [],
  });
  return result;
}

for (const engine of ENGINES) {
  Deno.test(`${engine}: a lost interrupt is found by looking, and its request completes as if nothing had been [X-3, X-4]`, () => {
    for (const iommu of [false, true]) {
      const { acts, succeeded, timedOut, requests } = recovered({ engine, iommu, trouble: "lost-interrupt" });
      assertEquals(acts.map(({ found }) => found), ["interrupt lost"]);
      assertEquals([requests, succeeded, timedOut], [6, 6, 0]);
    }
  });

  Deno.test(`${engine}: a hanging engine is stopped and reset; one request times out, and the channel goes on [X-3, X-4]`, () => {
    const { acts, succeeded, timedOut, requests } = recovered({ engine, trouble: "hang" });
    assertEquals(acts.map(({ found }) => found), ["engine hangs"]);
    assertEquals([requests, succeeded, timedOut], [7, 6, 1]);
  });
}

Deno.test("a reset takes what every engine has: all of it times out once, is asked for again, and arrives [X-3, X-4]", () => {
  const { acts, succeeded, timedOut, requests } = recovered({ trouble: "hang", h2cCount: 4, requestCount: 24 });
  assert(acts.some(({ found }) => found === "engine hangs"));
  assertEquals([succeeded, requests], [24, 24 + timedOut]);
  assert(timedOut >= 2, `${timedOut} timed out`);
});

for (const polling of [false, true]) {
  const way = polling ? "polled" : "by interrupt";
  Deno.test(`${way}: an engine that stops on an error it was not told to log is no success and no endless look [X-3, X-4]`, () => {
    // The vendor's enable bits leave out write errors: beyond the card's memory an H2C engine stops without a word.
    const cardMemoryBytes = 0x10000;
    const device = recoverableKit({ h2cCount: 1, c2hCount: 0, cardMemoryBytes });
    const system = new System({ device, polling });
    const wanted = [0, cardMemoryBytes, 4096].map((cardAddress, tag) => {
      const { mdl } = allocateBuffer(system, 4096);
      return { channelIndex: 0, mdl, lengthBytes: 4096, cardAddress, tag, directIo: true };
    });
    const ends: (readonly [number, NtStatus])[] = [];
    system.scheduler.onCompleted(({ parameters, status }) => ends.push([parameters.tag, status]));
    system.scheduler.start(wanted);
    for (const parameters of wanted) assert(system.scheduler.submit(parameters));
    const dog = new Watchdog(system, 1_000_000);
    dog.start();
    system.clock.runUntil(20_000_000);
    assertEquals(ends, [[0, "STATUS_SUCCESS"], [1, "STATUS_IO_TIMEOUT"], [2, "STATUS_SUCCESS"]]);
    assertEquals(dog.acts.map(({ irp, found }) => [irp, found]), [[1, "engine hangs"]]);
    assertEquals([system.clock.pendingCount, system.findings.all], [0, []]);
  });
}

Deno.test("a timer that has nothing to do does nothing", () => {
  const { acts, latenciesNs } = recovered({ trouble: "none" });
  assertEquals(acts, []);
  assertEquals(latenciesNs, runTimeout({ trouble: "none", watchdog: false }).latenciesNs);
});

for (
  const [trouble, status, ending] of [
    ["lost-interrupt", "0x6", "done, but its message never came"],
    ["hang", "0x1", "busy, no descriptor completed"],
  ] as const
) {
  Deno.test(`${trouble} without a timer: the chain of who waits for whom ends at the engine and what it says [X-4]`, () => {
    const { waits, lost, violations, findings } = runTimeout({ trouble, watchdog: false });
    const inDevice = waits.filter(({ state }) => state === "inDevice");
    const queued = waits.filter(({ state }) => state === "mappedQueued");
    assertEquals([inDevice.length, inDevice.length + queued.length], [1, lost]);
    for (const wait of queued) assertEquals(wait.waitsFor, inDevice[0]!.waiter);
    assertEquals(inDevice[0]!.waitsFor, "channel:h2c0");
    const [engine] = waits.filter(({ waiter }) => waiter === "channel:h2c0");
    assertEquals([engine!.waitsFor, engine!.because], ["the interrupt of h2c0", `Status ${status}: ${ending}`]);
    assertEquals(waits[0]!.waiter, "process");
    assertEquals(waits.at(-1)!.because, `${lost} lists are not put`);
    assertEquals(violations.map(({ invariant }) => invariant), ["X-3", "X-4"]);
    // A driver that waits for ever breaks no rule of any routine.
    assertEquals(findings, []);
  });
}

Deno.test("a plan of bad luck drawn from a seed gives the same run, event for event [S0-30]", () => {
  const told = (seed: number | string): string => {
    const trace = new Recorder();
    const { armed } = runTimeout({ trouble: "plan", requestCount: 12, engine: "table", seed, trace });
    return JSON.stringify(armed) + trace.toJsonLines();
  };
  assertEquals(told("a seed"), told("a seed"));
  assert(told("a seed") !== told("another"));
});

Deno.test("40 plans of bad luck: whatever strikes, every request ends once and every byte arrives [S0-30, X-3, X-4]", () => {
  const armed = new Map<string, number>();
  const found = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const result = recovered({ trouble: "plan", requestCount: 12, engine: "table", seed, iommu: seed % 2 === 1 });
    for (const [name, times] of Object.entries(result.armed)) armed.set(name, (armed.get(name) ?? 0) + times);
    for (const act of result.acts) found.add(act.found);
  }
  for (const name of ["interruptLost", "earlyInterrupt", "brokenDescriptor"]) {
    assert((armed.get(name) ?? 0) > 20, name);
  }
  assert(found.has("interrupt lost"));
});

Deno.test("timeout: the story says who waits for whom, and that nothing is lost with a timer [X-4]", async () => {
  const { status, out } = await seen(["timeout", "--engine", "table"]);
  assertEquals(status, 0);
  for (const words of ["waits for", "done, but its message never came", "busy, no descriptor completed"]) {
    assert(out.includes(words), `not said: ${words}`);
  }
  const { rows } = await printed(["timeout", "--engine", "table"]);
  assertEquals(rows.map(({ stuck }) => stuck), [4, 3, 0, 0, 0, 0]);
  assertEquals(rows.map(({ intact }) => intact), [false, false, true, true, true, true]);
});

Deno.test("timeout: with --polling the note says why a lost interrupt needs interrupts", async () => {
  const { err } = await seen(["timeout", "--polling", "--engine", "table"]);
  assert(err.includes("its driver waits for one") && !err.includes("asks the engine's status"), err);
});
