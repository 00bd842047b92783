/** The card's time as the owner reads it: it goes on where the word wraps, and never back. */
import { assertEquals } from "@std/assert";
import { CardTime, tellCardTime } from "../../actors/threads/card_time.ts";
import { createCounters } from "../../actors/threads/counters.ts";

Deno.test("the card's time is told to the microsecond and goes on beyond 2^32 of them", () => {
  const counters = new Int32Array(createCounters());
  const time = new CardTime(counters);
  const quarter = 2 ** 30 * 1000;
  const told = [0, 999, 1000, 1, 2, 3, 4, 5].map((step, index) => {
    const nowNs = index < 3 ? step : step * quarter + 77;
    tellCardTime(counters, nowNs);
    return [nowNs, time.nowNs()];
  });
  for (const [nowNs, seenNs] of told) assertEquals(seenNs, Math.floor(nowNs! / 1000) * 1000);
  assertEquals(time.nowNs(), 5 * quarter);
});
