/** What each strategy takes for a burst, against its closed form: the whole model runs, costs are parameters. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, runBurst } from "../../actors/runs/burst.ts";
import { randomBurst } from "../../actors/runs/random_times.ts";
import { STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { Prng } from "../../sim/prng.ts";
import { BOUNDED } from "../../tools/bounds.ts";

const SEED_003: Readonly<Record<string, number>> = {
  "classic": 4344,
  "new-model": 4344,
  "prealloc-queue": 3224,
  "isr-reprogram": 3084,
  "three-stage": 3464,
  "registered": 2924,
  "copy": 3383,
};

for (const [strategy, makespanUs] of Object.entries(SEED_003)) {
  for (const engine of ["chart", "table"] as const) {
    Deno.test(`eight transfers of seed 003 take ${makespanUs} µs under ${strategy} on the ${engine} engine [S3-3]`, () => {
      const result = runBurst({ strategy: strategy as StrategyName, transferCount: 8, times: BURST_TIMES, engine });
      assertEquals(result.makespanNs, makespanUs * 1000);
      assertEquals([result.completed, result.lost, result.twice], [8, 0, 0]);
      assertEquals(result.violations, []);
    });
  }
}

Deno.test("the makespan of every bounded strategy is its closed form on 150 random parameter sets", () => {
  const prng = new Prng("bounds test");
  for (let set = 0; set < 150; set++) {
    const { times, transferCount } = randomBurst(prng);
    for (const strategy of BOUNDED) {
      const result = runBurst({ strategy, times, transferCount, transferBytes: 4096, engine: "table" });
      assertEquals(
        result.makespanNs,
        result.boundNs,
        `${strategy}, set ${set}: ${JSON.stringify({ times, transferCount })}`,
      );
      assertEquals(result.violations, []);
    }
  }
});

Deno.test("strictly sequential setup costs the last of 8 transfers 1.28 ms, of 24 transfers 3.84 ms [S3-6]", () => {
  // Setup alone: the device and everything else cost nothing but their nanosecond.
  const times = { ...BURST_TIMES, dmaNs: 360_000, isrNs: 0, dpcNs: 0 };
  for (const [count, extraNs] of [[8, 1_280_000], [24, 3_840_000]] as const) {
    const { makespanNs } = runBurst({ strategy: "new-model", transferCount: count, times, engine: "table" });
    assertEquals(makespanNs - count * times.dmaNs, extraNs);
  }
});

Deno.test("preparing the next list while the device works leaves one setup: 3040 µs instead of 4160 µs [S3-7]", () => {
  const times = { ...BURST_TIMES, isrNs: 0, dpcNs: 0 };
  const run = (strategy: StrategyName, transferCount: number): number =>
    runBurst({ strategy, transferCount, times, engine: "table" }).makespanNs;
  assertEquals(run("classic", 8), 4_160_000);
  assertEquals(run("isr-reprogram", 8), 3_040_000);
  const steady = (run("classic", 65) - run("classic", 1)) / (run("isr-reprogram", 65) - run("isr-reprogram", 1));
  assertEquals(steady.toFixed(3), "1.444");
});

Deno.test("with work queued the engine idles exactly from its interrupt to the end of the ISR [S2-26, S2-18, S0-36]", () => {
  const result = runBurst({ strategy: "isr-reprogram", transferCount: 12, times: BURST_TIMES });
  assert(result.idleWithWorkCount >= 10);
  assertEquals(result.idleWithWorkNs, result.idleWithWorkCount * BURST_TIMES.isrNs);
});

Deno.test("restarting from the DPC idles for ISR and DPC latency, and starting the next before completing is the gain [S2-8, S2-9]", () => {
  const result = runBurst({ strategy: "prealloc-queue", transferCount: 12, times: BURST_TIMES });
  assertEquals(result.idleWithWorkNs, result.idleWithWorkCount * (BURST_TIMES.isrNs + BURST_TIMES.dpcNs));
  const times = { ...BURST_TIMES, postNs: 50_000 };
  const run = (strategy: StrategyName): number => runBurst({ strategy, transferCount: 8, times }).makespanNs;
  assertEquals(run("classic") - run("new-model"), 7 * 50_000, "the next one started before IoCompleteRequest");
});

Deno.test("utilisation is T / (T + a + b) in the long run [S2-27]", () => {
  const times = { ...BURST_TIMES, setupNs: 1_000 };
  const { utilisation } = runBurst({
    strategy: "isr-reprogram",
    transferCount: 2000,
    times,
    transferBytes: 4096,
    engine: "table",
  });
  assertEquals(utilisation.toFixed(3), (times.dmaNs / (times.dmaNs + times.isrNs)).toFixed(3));
});

Deno.test("from the typical driver to ISR reprogramming the gap between transfers shrinks at each step [S2-32]", () => {
  const gap = (strategy: StrategyName): number => {
    const { idleWithWorkNs, idleWithWorkCount } = runBurst({ strategy, transferCount: 8, times: BURST_TIMES });
    return idleWithWorkNs / idleWithWorkCount;
  };
  const { setupNs, isrNs, dpcNs } = BURST_TIMES;
  assertEquals(gap("new-model"), isrNs + dpcNs + setupNs);
  assertEquals(gap("prealloc-queue"), isrNs + dpcNs);
  assertEquals(gap("isr-reprogram"), isrNs);
});

Deno.test("every strategy has a formula and a title, under its own name", () => {
  for (const [name, strategy] of Object.entries(STRATEGIES)) {
    assertEquals(strategy.name, name);
    assert(strategy.formula.length > 0 && strategy.title.length > 0);
  }
});
