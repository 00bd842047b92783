/** Seed 003 by its own numbers: what setup costs a burst, and what every driver makes of it. */

import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, runBurst } from "../../mod.ts";
import type { BurstTimes, StrategyName } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

const MAKESPANS_US: Readonly<Partial<Record<StrategyName, number>>> = {
  "classic": 4344,
  "new-model": 4344,
  "prealloc-queue": 3224,
  "isr-reprogram": 3084,
  "three-stage": 3464,
  "registered": 2924,
  "copy": 3383,
};

Deno.test("burst: with the defaults every makespan is the known one, and the last transfer's latency too", async () => {
  const { rows } = await printed(["burst"]);
  for (const [strategy, us] of Object.entries(MAKESPANS_US)) {
    const row = rows.find((each) => each.strategy === strategy);
    assertEquals([strategy, row?.simulatedNs, row?.boundNs, row?.lastLatencyNs], [
      strategy,
      us * 1000,
      us * 1000,
      us * 1000,
    ]);
  }
});

Deno.test("burst: 160 µs of setup are 44 % of the 360 µs transfer and 30.8 % of the whole [S3-4]", async () => {
  const { out } = await seen(["burst", "--strategy", "classic"]);
  assert(out.includes("  44 % is S/D = 160/360; of the whole 520 µs it is 30.8 %\n"), out);
});

/** No interrupt, DPC, wake-up: setup and transfer alone, as the seed counts. */
const BARE: BurstTimes = { ...BURST_TIMES, isrNs: 0, dpcNs: 0, wakeNs: 0 };

function makespanNs(strategy: StrategyName, transferCount: number, times: BurstTimes = BARE): number {
  return runBurst({ strategy, transferCount, times, engine: "table" }).makespanNs;
}

Deno.test("burst: setups in series add 1.28 ms to the last of 8 transfers and 3.84 ms to the last of 24 [S3-6]", async () => {
  assertEquals(makespanNs("classic", 8) - 8 * BARE.dmaNs, 1_280_000);
  assertEquals(makespanNs("classic", 24) - 24 * BARE.dmaNs, 3_840_000);
  const { out } = await seen(["burst", "--strategy", "classic"]);
  assert(out.includes("1.28 ms for 8, 3.84 ms for 24"), out);
});

Deno.test("burst: with the next list made meanwhile the last of 8 ends at 3040 µs, 1120 µs earlier [S3-7]", () => {
  assertEquals(makespanNs("isr-reprogram", 8), 3_040_000);
  assertEquals(makespanNs("classic", 8) - makespanNs("isr-reprogram", 8), 7 * BARE.setupNs);
  // Steady state: what one more transfer costs.
  const periodNs = (strategy: StrategyName): number => makespanNs(strategy, 24) - makespanNs(strategy, 23);
  assertEquals((periodNs("classic") / periodNs("isr-reprogram")).toFixed(3), "1.444");
});

Deno.test("burst: whether a burst fits a frame of 120 Hz or 240 Hz is told for 8 and 24 transfers [S3-8]", async () => {
  const { out } = await seen(["burst", "--strategy", "new-model,isr-reprogram"]);
  const line = (strategy: string): string[] =>
    out.split("\n").filter((text) => text.startsWith(`  ${strategy} `)).at(-1)!.trim().split(/ {2,}/).slice(1);
  assert(out.includes("8 at 120 Hz (8.33 ms)  8 at 240 Hz (4.17 ms)"), out);
  assertEquals(line("new-model"), ["fits, 3.99 ms spare", "0.18 ms late", "4.70 ms late", "8.87 ms late"]);
  assertEquals(line("isr-reprogram"), ["fits, 5.25 ms spare", "fits, 1.08 ms spare", "0.56 ms late", "4.73 ms late"]);
});

Deno.test("burst: 30 MB at 240 Hz are 57.6 Gbit/s [S3-17]", async () => {
  const { out } = await seen(["burst", "--strategy", "classic", "--transfers", "1"]);
  assert(out.includes("30 MB × 240 × 8 = 57.6 Gbit/s"), out);
});

Deno.test("burst: any number of transfers from 8 to 24 is serialised by the one channel, to the nanosecond [S3-5]", () => {
  for (let count = 8; count <= 24; count++) {
    for (const strategy of ["new-model", "isr-reprogram"] as const) {
      const { makespanNs, boundNs, completed, latenciesNs } = runBurst({
        strategy,
        transferCount: count,
        times: BURST_TIMES,
        engine: "table",
      });
      assertEquals([strategy, count, completed, makespanNs], [strategy, count, count, boundNs]);
      // One at a time: no two complete closer than one transfer takes.
      latenciesNs.forEach((ns, index) => assert(index === 0 || ns - latenciesNs[index - 1]! >= BURST_TIMES.dmaNs));
    }
  }
});

Deno.test("burst: the gap between transfers shrinks from typical to pre-allocated to restarted in the ISR [S2-32]", async () => {
  const { rows } = await printed(["burst", "--strategy", "new-model,prealloc-queue,isr-reprogram"]);
  const { setupNs, isrNs, dpcNs } = BURST_TIMES;
  assertEquals(rows.map(({ gapNs }) => gapNs), [setupNs + isrNs + dpcNs, isrNs + dpcNs, isrNs]);
});

Deno.test("burst: c2h0 carries the burst where there is no H2C channel", async () => {
  const { out } = await seen(["burst", "--channels", "0,1", "--strategy", "isr-reprogram"]);
  assert(out.includes("8 transfers of 64 KiB on c2h0, all at t = 0"), out);
});
