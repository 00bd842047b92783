/** The synchronous recipe at work: many lists on one adapter, the loop's ends, and the lock that adapters share. */
import { assert, assertEquals } from "@std/assert";
import { callsOf, drive, equal, timesOf } from "./drive.ts";
import type { Driven, Wanted } from "./drive.ts";

const PAGES = 16;
const SETUP_NS = 1_000;
const DMA_NS = 50_000;

/** Who holds lists when: +1 at each FILL, -1 at each Put, in the order of the story. */
function outstanding({ events }: Driven): { atNs: number; held: number; change: number }[] {
  const steps: { atNs: number; held: number; change: number }[] = [];
  let held = 0;
  for (const event of events) {
    if (event.kind !== "state" || !event.actor.startsWith("sgl:")) continue;
    const change = event.event === "FILL" ? 1 : event.event === "PUT_SCATTER_GATHER_LIST" ? -1 : 0;
    if (change !== 0) steps.push({ atNs: event.atNs, held: held += change, change });
  }
  return steps;
}

Deno.test("the recipe keeps 32 lists of one adapter outstanding, more than the 24 that a burst wants [S0-9]", () => {
  const { system, outcomes } = drive({
    strategy: "sync-recipe",
    wanted: equal(32),
    costs: { setupNs: SETUP_NS },
    dmaNs: DMA_NS,
  });
  assertEquals(system.hal.adapters[0]!.counters.listsPeak, 32);
  assertEquals(outcomes.filter(({ status }) => status === "STATUS_SUCCESS").length, 32);
  assertEquals(system.findings.all, []);
});

for (const mapRegisters of [16, 40, 47, 48, 100]) {
  const fitting = Math.floor(mapRegisters / PAGES);
  Deno.test(`with ${mapRegisters} map registers at ${PAGES} a list the loop ends at ${fitting}, and each Put brings one [S0-10, S0-11]`, () => {
    const driven = drive({
      strategy: "sync-recipe",
      wanted: equal(12, PAGES * 4096),
      costs: { setupNs: SETUP_NS },
      dmaNs: DMA_NS,
      system: { addressBits: 32, mapRegisters },
    });
    const steps = outstanding(driven);
    const firstPut = steps.findIndex(({ change }) => change < 0);
    assertEquals(firstPut, fitting, "lists before the first Put");
    assertEquals(Math.max(...steps.map(({ held }) => held)), fitting);
    // From then on each Put is followed by exactly one new list, a setup later, until no I/O is left.
    const builds = steps.filter(({ change }) => change > 0).slice(fitting);
    const puts = steps.filter(({ change }) => change < 0);
    assertEquals(builds.map(({ atNs }) => atNs), puts.slice(0, builds.length).map(({ atNs }) => atNs + SETUP_NS));
    // It ended by asking once too often, never by guessing, and every refusal said why.
    const refused = driven.events.filter((event) =>
      event.kind === "call" && event.call === "BuildScatterGatherListEx" &&
      event.ret === "STATUS_INSUFFICIENT_RESOURCES"
    );
    assertEquals(refused.length, 12 - fitting);
    assertEquals(driven.system.driver.reasonlessCount, 0);
    assertEquals(driven.violations, []);
  });
}

Deno.test("one Put lets as many lists be built as fit into what it freed [S0-11]", () => {
  // 32 pages, then sixteen requests of 4 pages: the first Put makes room for eight of them.
  const wanted: Wanted[] = [...equal(1, 32 * 4096), ...equal(16, 4 * 4096)];
  const driven = drive({
    strategy: "sync-recipe",
    wanted,
    costs: { setupNs: SETUP_NS },
    dmaNs: DMA_NS,
    system: { addressBits: 32, mapRegisters: 35 },
  });
  const steps = outstanding(driven);
  assertEquals(steps.slice(0, 10).map(({ change }) => change), [1, -1, 1, 1, 1, 1, 1, 1, 1, 1]);
  assertEquals(steps[10]!.change, -1);
  assertEquals(driven.violations, []);
});

Deno.test("new I/O alone resumes the loop too, without a Put [S0-11]", () => {
  const newIoNs = 30_000;
  const driven = drive({
    strategy: "sync-recipe",
    wanted: [...equal(3, PAGES * 4096), { lengthBytes: 4096, atNs: newIoNs }],
    costs: { setupNs: SETUP_NS },
    dmaNs: DMA_NS,
    system: { addressBits: 32, mapRegisters: 40 },
  });
  const builds = driven.events.flatMap((event) =>
    event.kind === "call" && event.call === "BuildScatterGatherListEx" ? [[event.atNs, event.ret]] : []
  );
  const full = "STATUS_INSUFFICIENT_RESOURCES";
  assertEquals(builds.slice(0, 4), [
    [1 * SETUP_NS, "STATUS_SUCCESS"],
    [2 * SETUP_NS, "STATUS_SUCCESS"],
    [3 * SETUP_NS, full],
    [newIoNs + SETUP_NS, full],
  ]);
  // The loop that had run out of I/O takes it up again, too.
  const idle = drive({
    strategy: "sync-recipe",
    wanted: [...equal(1), { lengthBytes: 4096, atNs: newIoNs }],
    costs: { setupNs: SETUP_NS },
    dmaNs: DMA_NS,
  });
  assertEquals(timesOf(idle.events, "irp:1", "MAP"), [newIoNs + SETUP_NS]);
  assertEquals([driven.violations, idle.violations], [[], []]);
});

Deno.test("eight adapters wait less for the HAL's lock than one under the same load, and are done sooner [S0-15]", () => {
  const wanted = equal(64).map((request, tag) => ({ ...request, channelIndex: tag % 8 }));
  const run = (
    adapters: "shared" | "per-channel",
  ): { waitedNs: number; endNs: number; calls: number; done: number } => {
    const { system, endNs, outcomes, violations, events } = drive({
      strategy: "isr-reprogram",
      wanted,
      costs: { setupNs: 10_000, halLockNs: 4_000 },
      dmaNs: 20_000,
      system: { adapters, h2cCount: 4, c2hCount: 4, processors: 8 },
    });
    assertEquals(violations, []);
    return {
      waitedNs: system.halLocks.reduce((sum, lock) => sum + lock.waitedNs, 0),
      endNs,
      calls: callsOf(events).filter((call) => call === "GetScatterGatherList").length,
      done: outcomes.length,
    };
  };
  const shared = run("shared");
  const eight = run("per-channel");
  assertEquals([shared.calls, eight.calls, shared.done, eight.done], [64, 64, 64, 64]);
  // Eight setups end at 6 µs and queue for one lock: the last waits for seven others.
  assert(shared.waitedNs >= 4_000 * (1 + 2 + 3 + 4 + 5 + 6 + 7), `${shared.waitedNs} ns`);
  assertEquals(eight.waitedNs, 0);
  assert(eight.endNs < shared.endNs, `${eight.endNs} and ${shared.endNs} ns`);
});
