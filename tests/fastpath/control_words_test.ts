/** The operations on cursors and tokens: what one does, and that two threads agree on their order. */
import { assert, assertEquals } from "@std/assert";
import { controlAtomics, plainControlAtomics } from "../../fastpath/control_words.ts";
import type { ControlAtomics } from "../../fastpath/control_words.ts";
import { PathMemory } from "../../fastpath/slots.ts";
import { makeMemory } from "./fixture.ts";
import { forbidden, runSide } from "./litmus.ts";
import type { LitmusOrder, LitmusReport } from "./litmus.ts";

const WORDS = [-1, 0, 1, 2 ** 31 - 1, -(2 ** 31)] as const;

/** The operations of one memory by kind, with the memory. */
const KINDS: readonly [string, () => [PathMemory, ControlAtomics]][] = [
  ["WebAssembly", () => {
    const memory = makeMemory();
    return [memory, controlAtomics(memory)];
  }],
  ["by the buffer alone", () => {
    const memory = new PathMemory(makeMemory().buffer);
    return [memory, controlAtomics(memory)];
  }],
  ["Atomics", () => {
    const memory = makeMemory();
    return [memory, plainControlAtomics(memory.control, memory.header)];
  }],
];

for (const [kind, make] of KINDS) {
  Deno.test(`${kind}: load and store reach the word that they are told, and no other`, () => {
    const [memory, { load, loadHeader, store }] = make();
    const last = memory.control.length - 1;
    const before = memory.control.slice();
    for (const index of [0, 1, 17, last]) {
      for (const value of WORDS) {
        assertEquals([store(index, value), load(index), memory.control[index]], [value, value, value]);
      }
      memory.control[index] = before[index]!;
    }
    assertEquals(memory.control, before);
    memory.header[33] = -7;
    memory.control[33] = 9;
    assertEquals([loadHeader(33), load(33)], [-7, 9]);
  });

  Deno.test(`${kind}: an exchange succeeds if the word is what was expected, and changes nothing if it is not`, () => {
    const [memory, { compareExchange }] = make();
    const index = memory.control.length - 1;
    for (const old of WORDS) {
      for (const expected of WORDS) {
        memory.control[index] = old;
        assertEquals(compareExchange(index, expected, 5), old, "what was there");
        assertEquals(memory.control[index], old === expected ? 5 : old);
      }
    }
  });
}

const ROUNDS = 200_000;
/** Rounds with both at it that tell operations without order from real ones. */
const ENOUGH = 50_000;
/** Threads that have come to stand on one processor may stand better the next time. */
const SESSIONS = 3;

/** Both sides for a while. */
async function session(kind: LitmusOrder["kind"]): Promise<{ met: number; overtaken: number; torn: number }> {
  const memory = makeMemory();
  memory.control.fill(0);
  const seen = new SharedArrayBuffer(ROUNDS * 16);
  const order = { wasm: memory.wasm!, kind, rounds: ROUNDS, seen };
  const worker = new Worker(new URL("./litmus_worker.ts", import.meta.url), { type: "module" });
  const heard = (): Promise<LitmusReport | null> =>
    new Promise((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data }) => resolve(data);
    });
  await heard();
  const report = heard();
  worker.postMessage({ ...order, side: 1 } satisfies LitmusOrder);
  const ours = runSide({ ...order, side: 0 });
  const theirs = await report;
  worker.terminate();
  assert(theirs !== null);
  const done = Math.min(ours.done, theirs.done);
  return { met: Math.min(ours.met, theirs.met), ...forbidden(seen, ROUNDS, done) };
}

/** Sessions until they have met often enough, or there is no machine for it. */
async function sessions(kind: LitmusOrder["kind"]): Promise<{ met: number; overtaken: number; torn: number }> {
  const sum = { met: 0, overtaken: 0, torn: 0 };
  for (let number = 0; number < SESSIONS && sum.met < ENOUGH; number++) {
    const { met, overtaken, torn } = await session(kind);
    sum.met += met;
    sum.overtaken += overtaken;
    sum.torn += torn;
  }
  return sum;
}

Deno.test("two threads: no load overtakes a store, and of two exchanges one succeeds", async () => {
  const { overtaken, torn } = await sessions("atomic");
  assertEquals({ overtaken, torn }, { overtaken: 0, torn: 0 });
});

Deno.test("and that would be seen: without order loads overtake stores, and exchanges are torn", async () => {
  const { met, overtaken, torn } = await sessions("plain");
  // On a machine that has no two processors for us there is nothing to see.
  assert(met < ENOUGH || overtaken > 0 && torn > 0, `${met} rounds: ${overtaken} overtaken, ${torn} torn`);
});
