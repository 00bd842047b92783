/** A file through all eight channels: content, order of the strategies, the lower bound, idle engines. */
import { assert, assertEquals } from "@std/assert";
import { runRoundTrip } from "../../actors/runs/round_trip.ts";
import type { RoundTripResult } from "../../actors/runs/round_trip.ts";
import { FILE_COSTS } from "../../actors/scheduler/costs.ts";
import { STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { LINK_NAMES } from "../../sim/card/options.ts";
import type { LinkPreset } from "../../sim/card/link.ts";
import { Prng } from "../../sim/prng.ts";

function file(lengthBytes: number): Uint8Array {
  const prng = new Prng(lengthBytes);
  return Uint8Array.from({ length: lengthBytes }, () => prng.next32() & 0xff);
}

const SIZES = [1, 4096, 50_001, 300_000, 1 << 20, 8 << 20];
const FROM_BEST_TO_TYPICAL: readonly StrategyName[] = ["isr-reprogram", "prealloc-queue", "new-model", "classic"];

function run(strategy: StrategyName, bytes: Uint8Array, link: LinkPreset = "gen3x16"): RoundTripResult {
  return runRoundTrip({ strategy, bytes, link, engine: "table" });
}

for (const strategy of Object.keys(STRATEGIES) as StrategyName[]) {
  Deno.test(`every byte of a file comes back under ${strategy}, nothing lost, nothing twice, nothing below the bound [X-3]`, () => {
    for (const size of SIZES.slice(0, -1)) {
      const bytes = file(size);
      const result = run(strategy, bytes);
      assert(result.bytes.every((byte, index) => byte === bytes[index]), `${size} bytes`);
      assertEquals([result.completed, result.failed, result.lost, result.twice], [result.requests, 0, 0, 0]);
      assertEquals(result.violations, []);
      assert(
        result.simulatedNs >= result.bound.boundNs,
        `${size} bytes: ${result.simulatedNs} < ${result.bound.boundNs}`,
      );
    }
  });
}

Deno.test("isr-reprogram ≤ prealloc-queue ≤ new-model ≤ classic, whatever the size and the link", () => {
  for (const link of LINK_NAMES) {
    for (const size of SIZES) {
      const bytes = new Uint8Array(size);
      const timesNs = FROM_BEST_TO_TYPICAL.map((strategy) => run(strategy, bytes, link).simulatedNs);
      assertEquals(timesNs, timesNs.toSorted((left, right) => left - right), `${size} bytes over ${link}`);
    }
  }
});

Deno.test("with a large file isr-reprogram stays within 5 % of what link and CPU allow", () => {
  const { simulatedNs, bound } = run("isr-reprogram", new Uint8Array(16 << 20));
  assert(simulatedNs <= bound.boundNs * 1.05, `${simulatedNs} against ${bound.boundNs}`);
});

Deno.test("an engine with work waiting idles for the ISR's latency and no longer, on all eight channels at once [S0-38, S2-26]", () => {
  const result = run("isr-reprogram", new Uint8Array(8 << 20));
  assertEquals(result.idlePerTransferNs, FILE_COSTS.isrNs);
  assertEquals(result.busyPeak, 8);
});
