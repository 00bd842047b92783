/** The virtual clock, held against a plain sorted list. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { Prng } from "../../sim/prng.ts";

Deno.test("moments come in order of time, and equal times in order of scheduling", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const note = (argument: number): void => void seen.push(`${argument}@${clock.nowNs}`);
  clock.at(30, note, 1);
  clock.at(10, note, 2);
  clock.at(30, note, 3);
  clock.at(10, note, 4);
  clock.at(0, note, 5);
  assertEquals(clock.pendingCount, 5);
  assertEquals(clock.run(), 30);
  assertEquals(seen, ["5@0", "2@10", "4@10", "1@30", "3@30"]);
  assertEquals(clock.pendingCount, 0);
});

Deno.test("a moment scheduled for now from inside a moment runs after all that were scheduled for now before", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const note = (argument: number): void => void seen.push(argument);
  clock.at(5, () => {
    seen.push(1);
    clock.after(0, note, 3);
  });
  clock.at(5, note, 2);
  clock.run();
  assertEquals(seen, [1, 2, 3]);
  assertEquals(clock.nowNs, 5);
});

Deno.test("the past cannot be scheduled, nor a time that is no number", () => {
  const clock = new VirtualClock();
  clock.runUntil(100);
  assertEquals(clock.nowNs, 100);
  assertThrows(() => clock.at(99, () => {}), AssertionFailure);
  assertThrows(() => clock.after(-1, () => {}), AssertionFailure);
  assertThrows(() => clock.at(NaN, () => {}), AssertionFailure);
  clock.at(100, () => {});
  assertEquals(clock.pendingCount, 1);
});

Deno.test("a time without end or with a fraction cannot be scheduled", () => {
  const clock = new VirtualClock();
  assertThrows(() => clock.at(Infinity, () => {}), AssertionFailure);
  assertThrows(() => clock.at(0.5, () => {}), AssertionFailure);
  assertThrows(() => clock.at(2 ** 53, () => {}), AssertionFailure);
  assertEquals(clock.pendingCount, 0);
});

Deno.test("runUntil runs what falls on its end, leaves what comes later, and never turns back", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const note = (argument: number): void => void seen.push(argument);
  for (const timeNs of [9, 10, 11]) clock.at(timeNs, note, timeNs);
  clock.runUntil(10);
  assertEquals([seen, clock.nowNs, clock.pendingCount], [[9, 10], 10, 1]);
  clock.runUntil(3);
  assertEquals(clock.nowNs, 10);
  clock.runUntil(1000);
  assertEquals([seen, clock.nowNs], [[9, 10, 11], 1000]);
  assertThrows(() => clock.runUntil(-1), RangeError);
});

Deno.test("runUntil also runs what a moment schedules within its bound", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const again = (left: number): void => {
    seen.push(clock.nowNs);
    if (left > 0) clock.after(4, again, left - 1);
  };
  clock.at(2, again, 5);
  clock.runUntil(12);
  assertEquals(seen, [2, 6, 10]);
  assertEquals(clock.pendingCount, 1);
});

Deno.test("a cancelled moment never happens, and can be cancelled only once", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const note = (argument: number): void => void seen.push(argument);
  const ids = [1, 2, 3, 4, 5].map((value) => clock.at(value * 10, note, value));
  assert(clock.cancel(ids[2]!));
  assert(!clock.cancel(ids[2]!));
  assert(clock.cancel(ids[0]!));
  clock.run();
  assertEquals(seen, [2, 4, 5]);
  for (const id of ids) assert(!clock.cancel(id), "what has happened cannot be cancelled");
});

Deno.test("an old id never cancels the newer timer that took its slot", () => {
  const clock = new VirtualClock();
  let fired = 0;
  const old: number[] = [];
  for (let round = 0; round < 1000; round++) {
    const id = clock.after(1, () => fired++);
    for (const stale of old) assert(!clock.cancel(stale));
    clock.step();
    assertEquals(fired, round + 1);
    old.push(id);
    if (old.length > 20) old.shift();
  }
  assert(!clock.cancel(-1));
  assert(!clock.cancel(123456789));
});

Deno.test("a moment cannot cancel itself while it runs, but may cancel its neighbour", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const self = clock.at(1, () => void seen.push(`self ${clock.cancel(self)}`));
  const victim = clock.at(1, () => void seen.push("victim"));
  clock.at(1, () => void seen.push("last"));
  const killer = clock.at(0, () => void seen.push(`kill ${clock.cancel(victim)}`));
  clock.run();
  assertEquals(seen, ["kill true", "self false", "last"]);
  assert(!clock.cancel(killer));
});

Deno.test("the clock grows far beyond its first size and keeps order", () => {
  const clock = new VirtualClock();
  const prng = new Prng("growth");
  const count = 20_000;
  const times = Array.from({ length: count }, () => prng.below(5_000));
  const seen: number[] = [];
  const note = (argument: number): void => void seen.push(argument);
  times.forEach((timeNs, index) => clock.at(timeNs, note, index));
  const expected = times.map((_, index) => index).sort((a, b) => times[a]! - times[b]! || a - b);
  clock.run();
  assertEquals(seen, expected);
});

/** Schedules, cancels and runs at random beside a plain list. The larger `wanted`, the more stays pending. */
function compareWithModel(prng: Prng, spreadNs: number, wanted: readonly number[], actions: number): void {
  const clock = new VirtualClock();
  let model: { timeNs: number; order: number; id: number }[] = [];
  const happened: string[] = [];
  const expected: string[] = [];
  const note = (order: number): void => void happened.push(`${order} at ${clock.nowNs}`);
  const takeFirst = (): void => {
    let first = model[0]!;
    for (const entry of model) if (entry.timeNs < first.timeNs) first = entry;
    model.splice(model.indexOf(first), 1);
    expected.push(`${first.order} at ${first.timeNs}`);
  };
  let order = 0;
  for (let action = 0; action < actions; action++) {
    const isGrowing = model.length < wanted[Math.floor(action * wanted.length / actions)]!;
    const roll = prng.below(100);
    if (roll < (isGrowing ? 80 : 30)) {
      const timeNs = clock.nowNs + prng.below(spreadNs);
      model.push({ timeNs, order, id: clock.at(timeNs, note, order) });
      order++;
    } else if (roll < 85 && roll % 3 === 0 && model.length > 0) {
      const { id } = prng.pick(model);
      model = model.filter((entry) => entry.id !== id);
      assert(clock.cancel(id));
      assert(!clock.cancel(id));
    } else if (roll < 90) {
      const had = model.length > 0;
      if (had) takeFirst();
      assertEquals(clock.step(), had);
    } else {
      const until = clock.nowNs + prng.below(Math.ceil(spreadNs / 8));
      while (model.some((entry) => entry.timeNs <= until)) takeFirst();
      clock.runUntil(until);
      assertEquals(clock.nowNs, until);
    }
    assertEquals(clock.pendingCount, model.length);
  }
  while (model.length > 0) takeFirst();
  clock.run();
  assertEquals(happened, expected);
}

Deno.test("the clock does what a plain list does, whatever is scheduled, cancelled and run", () => {
  for (let seed = 0; seed < 100; seed++) {
    const prng = new Prng(`clock ${seed}`);
    compareWithModel(prng, prng.pick([1, 4, 1000]), [20, 5], 300);
  }
});

Deno.test("many moments, near and far, behave as a few do", () => {
  // Up to 4 ns, a window, a span, a round and several rounds apart.
  for (const spreadNs of [4, 1500, 100_000, 3_000_000, 3_000_000_000, 40_000_000_000]) {
    for (let seed = 0; seed < 5; seed++) {
      compareWithModel(new Prng(`crowd ${spreadNs} ${seed}`), spreadNs, [150, 0, 60, 3, 100], 1500);
    }
  }
});

Deno.test("moments of one time keep their order, wherever they waited and from wherever they were scheduled", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const note = (argument: number): void => void seen.push(argument);
  // So many others that the list does not hold them.
  for (let other = 0; other < 100; other++) clock.at(5_000_000_000 + other, () => {});
  const dueNs = 3_333_333_333;
  // Ever closer: from another round, another span, another window, and the same one.
  [0, 3_300_000_000, dueNs - 40_000, dueNs - 5, dueNs].forEach((fromNs, index) => {
    clock.runUntil(Math.min(fromNs, dueNs - 1));
    clock.at(dueNs, note, index);
    clock.at(dueNs, note, index + 10);
  });
  clock.runUntil(dueNs);
  assertEquals(seen, [0, 10, 1, 11, 2, 12, 3, 13, 4, 14]);
});

Deno.test("a crowd that has passed leaves nothing behind: the next one begins anew", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const note = (argument: number): void => void seen.push(argument);
  const expected: number[] = [];
  for (let crowd = 0; crowd < 5; crowd++) {
    for (let index = 0; index < 200; index++) clock.after((index * 7919) % 200 * 10 ** crowd, note, index);
    const times = Array.from({ length: 200 }, (_, index) => (index * 7919) % 200);
    expected.push(...times.map((_, index) => index).sort((left, right) => times[left]! - times[right]!));
    clock.run();
  }
  assertEquals(seen, expected);
});

Deno.test("what a crowd leaves pending comes after the next crowd, if that is sooner", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const note = (argument: number): void => void seen.push(argument);
  for (let index = 0; index < 5; index++) clock.at(900_000_000, note, 1000 + index);
  for (let index = 0; index < 95; index++) clock.at(index, note, index);
  clock.runUntil(100);
  assertEquals(clock.pendingCount, 5);
  for (let index = 95; index < 200; index++) clock.at(10 * index, note, index);
  clock.run();
  const crowds = Array.from({ length: 200 }, (_, index) => index);
  assertEquals(seen, [...crowds, 1000, 1001, 1002, 1003, 1004]);
});

Deno.test("a callback that throws leaves the clock usable", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  clock.at(1, () => {
    throw new Error("driver");
  });
  clock.at(2, (argument) => void seen.push(argument), 7);
  assertThrows(() => clock.step(), Error, "driver");
  clock.run();
  assertEquals(seen, [7]);
});

Deno.test("as XState's clock it counts milliseconds and takes a timeout back", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.setTimeout(() => void seen.push(`late ${clock.nowNs}`), 2.5);
  const id = clock.setTimeout(() => void seen.push("never"), 1);
  clock.clearTimeout(id);
  clock.run();
  assertEquals(seen, ["late 2500000"]);
});
