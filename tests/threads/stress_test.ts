/** Seconds of `deno task stress`: more Workers than processors, several dispatchers, sums that must come out. */
import { assert, assertEquals } from "@std/assert";
import { runRound } from "../../tools/stress/round.ts";

Deno.test("under load, with eight dispatchers on fewer processors, every sum comes out", async () => {
  const round = await runRound({ seed: 1, requests: 12_000, dispatcherCount: 8, kill: false });
  assertEquals(round.broken, []);
  assertEquals(round.accepted, 12_000);
  assert(round.workers >= 10 && round.compared > 4_000 && round.cancelled > 50, JSON.stringify(round));
});

Deno.test("under load, with a Worker killed at any moment, every request is still accounted for", async () => {
  for (const seed of [2, 3]) {
    const round = await runRound({ seed, requests: 4_000, kill: true });
    assertEquals([round.broken, round.victim === null], [[], false]);
  }
});
