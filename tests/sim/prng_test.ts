/** Repeatable luck. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import { Prng } from "../../sim/prng.ts";

const take = (prng: Prng, count: number): number[] => Array.from({ length: count }, () => prng.next32());

Deno.test("the same seed gives the same numbers, and other seeds give others", () => {
  assertEquals(take(new Prng(42), 100), take(new Prng(42), 100));
  assertEquals(take(new Prng("commit 1a2b"), 100), take(new Prng("commit 1a2b"), 100));
  const firsts = new Set([0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 40, "0", "1", "a", "b", ""].map((seed) => {
    return take(new Prng(seed), 2).join();
  }));
  assertEquals(firsts.size, 12);
});

Deno.test("the numbers of seed 1 stay what they are, on every machine and in every version", () => {
  // Computed from the definition of sfc32 (128 bits: a = 0, b = high, c = low, counter = 1, 12 rounds) with BigInt.
  const mask = 0xffff_ffffn;
  let [a, b, c, counter] = [0n, 0n, 1n, 1n];
  const next = (): number => {
    const result = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) | (c >> 11n)) & mask) + result) & mask;
    return Number(result);
  };
  for (let round = 0; round < 12; round++) next();
  assertEquals(take(new Prng(1), 1000), Array.from({ length: 1000 }, next));
});

Deno.test("draws stay inside their bounds and reach both ends", () => {
  const prng = new Prng("bounds");
  const seen = new Set<number>();
  for (let draw = 0; draw < 10_000; draw++) {
    const unit = prng.unit();
    assert(unit >= 0 && unit < 1);
    const value = prng.between(-3, 3);
    assert(Number.isInteger(value) && value >= -3 && value <= 3);
    seen.add(value);
    const wide = prng.below(2 ** 50);
    assert(Number.isSafeInteger(wide) && wide >= 0 && wide < 2 ** 50);
  }
  assertEquals(seen.size, 7);
  assertEquals(prng.below(1), 0);
  assertThrows(() => prng.below(0), AssertionFailure);
  assertThrows(() => prng.below(1.5), AssertionFailure);
  assertThrows(() => prng.pick([]), AssertionFailure);
});

Deno.test("draws below a wide limit use the bits above 2^32", () => {
  const prng = new Prng("wide");
  const limit = 2 ** 52;
  const buckets = new Uint32Array(16);
  const low = new Set<number>();
  for (let draw = 0; draw < 16_000; draw++) {
    const value = prng.below(limit);
    buckets[Math.floor(value / (limit / 16))]!++;
    low.add(value % 64);
  }
  for (const count of buckets) assert(count > 800 && count < 1200, `${buckets}`);
  assertEquals(low.size, 64);
});

Deno.test("every face of a die comes equally often", () => {
  const prng = new Prng("die");
  const faces = new Uint32Array(6);
  for (let roll = 0; roll < 60_000; roll++) faces[prng.below(6)]!++;
  // Chi-square with 5 degrees of freedom: beyond 20.5 once in a thousand fair dice; this one is always the same die.
  const chiSquare = faces.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert(chiSquare < 20.5, `${chiSquare}`);
  let hits = 0;
  for (let roll = 0; roll < 10_000; roll++) if (prng.chance(0.25)) hits++;
  assert(hits > 2300 && hits < 2700, `${hits}`);
  assert(!prng.chance(0) && prng.chance(1));
});

Deno.test("a shuffle keeps every item and changes the order", () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  const shuffled = new Prng("cards").shuffle([...items]);
  assertNotEquals(shuffled, items);
  assertEquals([...shuffled].sort((a, b) => a - b), items);
});

Deno.test("a fork has luck of its own: drawing more from it changes nothing elsewhere", () => {
  const first = new Prng(9);
  const forkOfFirst = first.fork("pages");
  take(forkOfFirst, 50);
  const second = new Prng(9);
  second.fork("pages");
  assertEquals(take(first, 20), take(second, 20));
  assertNotEquals(take(new Prng(9).fork("pages"), 4), take(new Prng(9).fork("faults"), 4));
});
