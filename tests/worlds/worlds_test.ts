/** Seeded random worlds: invariants, repeatability, one story at two speeds. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { runBurst } from "../../actors/runs/burst.ts";
import { complaints, runWorld, tellWorld } from "../../actors/runs/random_world.ts";
import { STRATEGIES, xdmaLiteralWithWindow } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { Recorder } from "../../trace/event.ts";

Deno.test("150 random worlds hold every invariant and bring back what was sent [X-1, X-2, X-3, X-4, X-5, X-6]", () => {
  const strategies = new Set<string>();
  for (let seed = 0; seed < 150; seed++) {
    const world = runWorld(seed);
    strategies.add(world.result.strategy);
    assertEquals(complaints(world), [], `world ${seed}: deno task worlds --seeds 1 --first ${seed} --verbose`);
  }
  assertEquals(strategies.size, Object.keys(STRATEGIES).length, "every strategy occurs");
});

Deno.test("the same seed gives the same trace to the byte, another seed another one [S0-30]", () => {
  const trace = (seed: number): string => {
    const recorder = new Recorder();
    runWorld(seed, recorder);
    return recorder.toJsonLines();
  };
  for (const seed of [3, 14, 15]) {
    const first = trace(seed);
    assert(first.length > 10_000);
    assert(first === trace(seed), `seed ${seed} gave two different traces`);
    assertNotEquals(first, trace(seed + 1000));
  }
});

for (const strategy of Object.keys(STRATEGIES) as StrategyName[]) {
  Deno.test(`charts and tables tell the same story of ${strategy} in 25 worlds, event for event`, () => {
    // More of them: deno task worlds --engines
    const first = 1000 * strategy.length;
    for (let seed = first; seed < first + 25; seed++) {
      const [told, retold] = (["chart", "table"] as const).map((engine) => {
        const recorder = new Recorder();
        tellWorld(seed, strategy, engine, recorder);
        return recorder.toJsonLines();
      });
      assert(told!.length > 1_000);
      assert(told === retold, `seed ${seed}`);
    }
  });
}

Deno.test("the article's recipe word for word loses a wake-up when an interrupt falls between its steps; ours does not [S2-22]", () => {
  // The interrupt comes 361 µs after the first doorbell; the second callback has just read "busy" and not yet inserted.
  const times = { setupNs: 360_500, dmaNs: 360_000, isrNs: 1_000, dpcNs: 1_000, postNs: 0, wakeNs: 0, copyNs: 0 };
  const literal = runBurst({ strategy: xdmaLiteralWithWindow(1_000), transferCount: 2, times });
  assertEquals(literal.lost, 1);
  const [violation] = literal.violations.filter(({ invariant }) => invariant === "X-4");
  assert(violation!.sentence.includes("h2c0 (idle) holds 1 to do"), violation!.sentence);
  const cured = runBurst({ strategy: "isr-reprogram", transferCount: 2, times });
  assertEquals([cured.lost, cured.violations], [0, []]);
});

Deno.test("programming before inserting loses a transfer whose interrupt comes at once; inserting first does not [S2-22]", () => {
  const times = { setupNs: 10, dmaNs: 100, isrNs: 10, dpcNs: 10, postNs: 0, wakeNs: 0, copyNs: 0 };
  const literal = runBurst({ strategy: xdmaLiteralWithWindow(1_000), transferCount: 1, times });
  assertEquals(literal.lost, 1);
  assert(
    literal.violations.some(({ invariant, sentence }) => invariant === "X-4" && sentence.includes("1 in the device")),
  );
  assertEquals(runBurst({ strategy: "isr-reprogram", transferCount: 1, times }).lost, 0);
});
