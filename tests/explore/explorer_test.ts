/** The explorer itself, on models small enough to be counted by hand. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import { explore } from "../../fastpath/explore/mod.ts";
import type { ExploredAccess, Model, Participant, Touch } from "../../fastpath/explore/mod.ts";

const REACH = { reads: 0b11, writes: 0b11 };

function load(word: number): ExploredAccess {
  return { does: `loads ${word}`, reads: 1 << word, writes: 0, perform: (words) => words[word]! };
}

function store(word: number, value: number): ExploredAccess {
  return { does: `stores ${value}`, reads: 0, writes: 1 << word, perform: (words) => words[word] = value };
}

function model(participants: readonly Participant[], expected: number): Model {
  return {
    name: "a small model",
    words: new Int32Array(2),
    participants,
    findings: () => 0,
    findingsAtEnd: (words) => words[0] === expected ? 0 : 1,
    findingNames: ["WrongSum"],
    describe: (words) => [words.join(" ")],
  };
}

function once(name: string, run: (touch: Touch) => void): Participant {
  return { name, run, runs: "once", reach: REACH };
}

const increments = (name: string): Participant =>
  once(name, (touch) => {
    const before = touch(load(0));
    touch(store(0, before + 1));
  });

Deno.test("explorer: two increments that load and store lose one, and the shortest way to it has four steps", () => {
  const { findings, ends, longestSteps } = explore(model([increments("one"), increments("other")], 2));
  assertEquals(findings.map(({ name, steps }) => [name, steps.length]), [["WrongSum", 4]]);
  assertEquals([ends.map(({ words }) => words[0]).sort(), longestSteps], [[1, 2], 4]);
  assertEquals(findings[0]?.steps.slice(0, 2).map(({ does }) => does), ["loads 0", "loads 0"]);
});

Deno.test("explorer: reduced, participants that share nothing take their steps in one order only", () => {
  const apart = [0, 1].map((word): Participant => ({
    ...once(`of word ${word}`, (touch) => {
      for (let step = 0; step < 5; step++) touch(store(word, step));
    }),
    reach: { reads: 0, writes: 1 << word },
  }));
  const [full, reduced] = [explore(model(apart, 4)), explore(model(apart, 4), { reduced: true })];
  assertEquals([full.states, reduced.states], [36, 11]);
  assertEquals([full.ends, reduced.ends].map((ends) => ends.length), [1, 1]);
});

Deno.test("explorer: reduced, one who only reads what another writes is not forgotten, whoever comes first", () => {
  const writer = { ...once("writer", (touch) => void touch(store(0, 1))), reach: { reads: 0, writes: 0b01 } };
  const reader = {
    ...once("reader", (touch) => void touch(store(1, touch(load(0))))),
    reach: { reads: 0b01, writes: 0b10 },
  };
  for (const participants of [[writer, reader], [reader, writer]]) {
    const { ends } = explore(model(participants, 1), { reduced: true });
    assertEquals(ends.map(({ words }) => words[1]).sort(), [0, 1], participants[0]!.name);
  }
});

Deno.test("explorer: reduced, somebody who is made ready by an outsider is not forgotten", () => {
  // The latecomer clashes with the first one, and only the waker, who clashes with nobody, lets it begin.
  const first = { ...once("first", (touch) => void touch(store(0, 1))), reach: { reads: 0, writes: 0b01 } };
  const latecomer: Participant = {
    ...once("latecomer", (touch) => void touch(store(0, 2))),
    ready: { reads: 0b10, holds: (words) => words[1] === 1 },
    reach: { reads: 0b10, writes: 0b01 },
  };
  const waker = { ...once("waker", (touch) => void touch(store(1, 1))), reach: { reads: 0, writes: 0b10 } };
  for (const reduced of [false, true]) {
    const { ends } = explore(model([first, latecomer, waker], 1), { reduced });
    assertEquals(ends.map(({ words }) => words[0]).sort(), [1, 2], `reduced: ${reduced}`);
  }
});

Deno.test("explorer: whoever stops for ever stops at each of its steps, and the others go on", () => {
  const { ends } = explore(model([increments("one"), increments("other")], 2), { suspend: 0 });
  const stopped = ends.filter(({ suspendedBefore }) => suspendedBefore !== null);
  assertEquals(
    new Set(stopped.map(({ suspendedBefore }) => suspendedBefore)),
    new Set(["loads 0", "stores 1", "stores 2"]),
  );
  assert(stopped.every(({ words }) => words[0] === 1));
});

Deno.test("explorer: a schedule without end is seen, and a model too large is refused", () => {
  const again: Participant = { name: "again", runs: "whenever", reach: REACH, run: (touch) => void touch(store(0, 1)) };
  assertEquals(explore(model([again], 1)).longestSteps, Infinity);
  assertThrows(() => explore(model([again], 1), { reduced: true }), AssertionFailure, "cycles");
  assertThrows(() => explore(model([increments("one"), increments("other")], 2), { statesMax: 3 }), RangeError, "3");
});

Deno.test("explorer: code that does not say what it touches, or that goes another way the next time, stops the run", () => {
  const beyond: Participant = { ...increments("one"), reach: { reads: 1, writes: 0 } };
  assertThrows(() => explore(model([beyond], 1)), AssertionFailure, "beyond");
  const waits = { ...increments("one"), ready: { reads: 0b100, holds: () => true } };
  assertThrows(() => explore(model([waits], 1)), AssertionFailure, "waits for what it did not say it reaches");
  let repeats = 0;
  const fickle = once("fickle", (touch) => {
    touch(load(0));
    if (repeats++ === 0) touch(load(1));
  });
  assertThrows(() => explore(model([fickle], 0)), AssertionFailure, "another way");
});
